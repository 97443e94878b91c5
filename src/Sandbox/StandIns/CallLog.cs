using System.Collections.Concurrent;

namespace IterationBranches.Sandbox.StandIns;

/// <summary>One request that a stand-in answered. It holds no header, query or body: those may carry secrets.</summary>
public sealed record Call(DateTimeOffset At, string Operation, string Method, string Path, string? Principal, int Status, string? Fault)
{
    /// <summary>Whether the call changed the service: not a read, and answered 2xx.</summary>
    public bool IsWrite => Method is not ("GET" or "HEAD") && Status is >= 200 and < 300;
}

public sealed class CallLog
{
    private readonly ConcurrentQueue<Call> _calls = new();

    /// <summary>Told of each call, on the thread of the request.</summary>
    public Action<Call>? Added { get; set; }

    public IReadOnlyList<Call> All => [.. _calls];

    public int Writes => _calls.Count(call => call.IsWrite);

    public int Count(string operation) => _calls.Count(call => call.Operation == operation);

    public void Add(Call call)
    {
        _calls.Enqueue(call);
        Added?.Invoke(call);
    }
}
