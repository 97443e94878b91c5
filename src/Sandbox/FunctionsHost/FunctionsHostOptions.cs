using System.Collections.ObjectModel;
using IterationBranches.Sandbox.FunctionsHost.Flex;

namespace IterationBranches.Sandbox.FunctionsHost;

public sealed record FunctionsHostOptions
{
    /// <summary>A published app root: host.json, functions.metadata, worker.config.json, and the worker.</summary>
    public required string AppDirectory { get; init; }

    /// <summary>The port of the HTTP front on 127.0.0.1; 0: any free one.</summary>
    public int Port { get; init; }

    /// <summary>The app settings. The worker gets these, and of this process's own environment only what a process cannot do without.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>The storage account as the host itself reaches it, a connection string; null: as the app does.</summary>
    public string? HostStorage { get; init; }

    /// <summary>The key of functions whose <c>authLevel</c> is <c>function</c>; null: a random one.</summary>
    public string? FunctionKey { get; init; }

    /// <summary>The key of the admin endpoints; null: a random one.</summary>
    public string? MasterKey { get; init; }

    /// <summary>False: no timer fires by itself, only when asked.</summary>
    public bool RunTimers { get; init; } = true;

    /// <summary>False: nothing is taken from a queue.</summary>
    public bool RunQueues { get; init; } = true;

    /// <summary>Starts the worker where it cannot write into the app root; null: as any process.</summary>
    public ReadOnlyRoot? ReadOnlyRoot { get; init; }

    /// <summary>Told of each event, on whatever thread it happens.</summary>
    public Action<HostEvent>? OnEvent { get; init; }

    // Settings and keys are secrets.
    public override string ToString() => $"Functions host for {AppDirectory}";
}
