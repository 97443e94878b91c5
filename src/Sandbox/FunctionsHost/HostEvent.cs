namespace IterationBranches.Sandbox.FunctionsHost;

public enum HostEventKind
{
    HandlerStarted,
    HandlerExited,
    Stdout,
    Stderr,
    InvocationStarted,
    InvocationSucceeded,
    InvocationFailed,

    /// <summary>A line of the <c>Logs</c> of an answer; the only log that belongs to an invocation.</summary>
    Log,
    PoisonMessage,

    /// <summary>What the real host would keep silent about: why something will not work.</summary>
    Diagnostic,
    HostStopped,
}

/// <summary>One thing the host saw. Its text holds no header, query, body or key.</summary>
/// <param name="Function">Null when it belongs to no function, as all console output of the handler.</param>
public sealed record HostEvent(DateTimeOffset At, HostEventKind Kind, string? Function, string Text);

public sealed class HostEvents(TimeProvider clock, Action<HostEvent>? sink)
{
    public void Tell(HostEventKind kind, string? function, string text) =>
        sink?.Invoke(new HostEvent(clock.GetUtcNow(), kind, function, text));
}
