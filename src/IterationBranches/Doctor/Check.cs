namespace IterationBranches.Doctor;

public enum Outcome
{
    Ok,

    /// <summary>It works; somebody should know of it.</summary>
    Warning,

    /// <summary>Something that the app needs is wrong, missing, refused or out of reach.</summary>
    Failed,
}

/// <summary>What was found out about one thing.</summary>
/// <param name="Text">One sentence, without a secret.</param>
/// <param name="Mend">The setting, step, role or permission that is missing; null when there is nothing to mend.</param>
public sealed record Check(string Name, Outcome Outcome, string Text, string? Mend = null)
{
    public static Check Ok(string name, string text) => new(name, Outcome.Ok, text);

    public static Check Warning(string name, string text, string mend) => new(name, Outcome.Warning, text, mend);

    public static Check Failed(string name, string text, string mend) => new(name, Outcome.Failed, text, mend);

    /// <summary>What a refusal means for a check: what it is about was not seen, so that it failed, whatever the reason.</summary>
    /// <param name="mend">For what a person must mend.</param>
    public static Check Of(string name, ServiceException refusal, Func<ServiceException, string> mend) => refusal.Failure switch
    {
        Failure.ToldToWait => Failed(
            name, refusal.Message, refusal.RetryAfter is { } wait ? $"Ask again in {Math.Ceiling(wait.TotalSeconds):0} seconds." : "Ask again in a minute."),
        Failure.Transient => Failed(
            name, refusal.Message, "Ask again; if it stays so, check the address in the settings, and whether network, firewall and private endpoints let the app through."),
        _ => Failed(name, refusal.Message, mend(refusal)),
    };
}
