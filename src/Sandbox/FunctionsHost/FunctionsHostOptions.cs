using System.Collections.ObjectModel;
using IterationBranches.Sandbox.FunctionsHost.Flex;

namespace IterationBranches.Sandbox.FunctionsHost;

public sealed record FunctionsHostOptions
{
    /// <summary>A published app root: host.json, a folder with function.json for each function, and the executable.</summary>
    public required string AppDirectory { get; init; }

    /// <summary>The port of the HTTP front on 127.0.0.1; 0: any free one.</summary>
    public int Port { get; init; }

    /// <summary>The app settings. The handler gets these, and of this process's own environment only what a process cannot do without.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>The key of functions whose <c>authLevel</c> is <c>function</c>; null: a random one.</summary>
    public string? FunctionKey { get; init; }

    /// <summary>The key of the admin endpoints; null: a random one.</summary>
    public string? MasterKey { get; init; }

    /// <summary>False: no timer fires by itself, only when asked.</summary>
    public bool RunTimers { get; init; } = true;

    /// <summary>Shows the logs of failed invocations, which the real host throws away.</summary>
    public bool PrintDiscardedLogs { get; init; }

    /// <summary>How long a received message stays invisible; renewed at half of it. The real host's is 10 minutes and cannot be set.</summary>
    public TimeSpan ProcessingVisibility { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Starts the handler where it cannot write into the app root; null: as any process.</summary>
    public ReadOnlyRoot? ReadOnlyRoot { get; init; }

    /// <summary>Told of each event, on whatever thread it happens.</summary>
    public Action<HostEvent>? OnEvent { get; init; }

    // Settings and keys are secrets.
    public override string ToString() => $"Functions host for {AppDirectory}";
}
