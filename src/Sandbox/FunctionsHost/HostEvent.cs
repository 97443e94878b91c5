namespace IterationBranches.Sandbox.FunctionsHost;

public enum HostEventKind
{
    WorkerStarted,
    WorkerExited,
    Stdout,
    Stderr,
    InvocationStarted,
    InvocationSucceeded,
    InvocationFailed,

    /// <summary>A line of an invocation; from a warning on, with its level before it.</summary>
    Log,
    PoisonMessage,

    /// <summary>What the real host would keep silent about: why something will not work.</summary>
    Diagnostic,
    HostStopped,
}

/// <summary>One thing the host saw. Its text holds no header, query, body or key.</summary>
/// <param name="Function">Null when it belongs to no function, as all console output of the worker.</param>
public sealed record HostEvent(DateTimeOffset At, HostEventKind Kind, string? Function, string Text);

public sealed class HostEvents(TimeProvider clock, Action<HostEvent>? sink)
{
    public void Tell(HostEventKind kind, string? function, string text) =>
        sink?.Invoke(new HostEvent(clock.GetUtcNow(), kind, function, text));
}
