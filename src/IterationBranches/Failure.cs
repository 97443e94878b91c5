namespace IterationBranches;

/// <summary>What happens next after an outside system said no.</summary>
public enum Failure
{
    /// <summary>The network, a 5xx, a timeout: the same call may well succeed later.</summary>
    Transient,

    /// <summary>The other side is busy, and may have said until when (<see cref="ServiceException.RetryAfter"/>).</summary>
    ToldToWait,

    /// <summary>A permission, a limit or a setting: it fails the same way until somebody changes something.</summary>
    PersonNeeded,
}

/// <summary>A refusal of an outside system. Its message names what to do and never holds a secret.</summary>
public abstract class ServiceException(Failure failure, string message, int? status = null, Exception? inner = null)
    : Exception(message, inner)
{
    public Failure Failure { get; } = failure;

    /// <summary>The HTTP status, or null when no answer arrived.</summary>
    public int? Status { get; } = status;

    /// <summary>The error code of the service's own error body, or null.</summary>
    public string? Code { get; init; }

    /// <summary>How long the service asked to wait, or null when it did not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether the service was not asked to change anything, because what was read before spoke against it.</summary>
    public bool WasNotAsked { get; init; }

    /// <summary>
    /// Whether the call certainly had no effect: nothing was asked for, or the service answered and refused for good. A conflict or
    /// a "wait" may be the answer to a repetition, by the client, of a call whose first answer was lost.
    /// </summary>
    public bool HadNoEffect => WasNotAsked || (Failure == Failure.PersonNeeded && Status is >= 400 and < 500);
}
