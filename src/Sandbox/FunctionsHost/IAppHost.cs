namespace IterationBranches.Sandbox.FunctionsHost;

/// <summary>What runs the function app: the stand-in, or the real Core Tools.</summary>
public interface IAppHost : IAsyncDisposable
{
    /// <summary>The HTTP front. Only after <see cref="StartAsync"/>.</summary>
    Uri Address { get; }

    string FunctionKey { get; }

    string MasterKey { get; }

    /// <summary>By function.</summary>
    IReadOnlyDictionary<string, InvocationCount> Invocations { get; }

    /// <summary>Ends with the reason when the host stops by itself.</summary>
    Task<string> Stopped { get; }

    /// <summary>Ends when the functions are loaded.</summary>
    /// <exception cref="HostStoppedException">It does not get that far.</exception>
    Task StartAsync(CancellationToken cancellationToken = default);

    /// <summary>Runs a timer function now and waits for its end.</summary>
    Task<InvocationResult> RunTimerAsync(string function);

    /// <summary>Ends when nothing runs and no message is left: neither visible nor delayed.</summary>
    Task WaitUntilEmptyAsync(CancellationToken cancellationToken = default);

    /// <summary>Waits at most <paramref name="grace"/> (10 s) for what runs, and then kills the worker.</summary>
    Task StopAsync(TimeSpan? grace = null);
}
