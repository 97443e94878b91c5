namespace IterationBranches.Http;

/// <summary>What the answers of a service mean, as exceptions of its own.</summary>
internal interface IRefusals
{
    /// <returns>Null: the answer is no refusal, and may be read.</returns>
    ServiceException? Of(Answer answer);

    /// <param name="why">Says nothing of what was in the answer, which may be a secret.</param>
    ServiceException NotUnderstood(Answer answer, string why);

    /// <summary>No whole answer came, or there was no token to ask with.</summary>
    ServiceException NoAnswer(Exception cause);

    /// <summary>Nothing could be sent: a setting has a form that no header and no address has.</summary>
    ServiceException NotSent(Exception cause);

    /// <summary>A part of the path is empty, <c>.</c> or <c>..</c>.</summary>
    ServiceException Unusable(string part);
}
