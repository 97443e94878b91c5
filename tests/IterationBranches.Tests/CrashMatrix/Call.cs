using IterationBranches.Sandbox.StandIns;

namespace IterationBranches.Tests.CrashMatrix;

internal enum Service
{
    Boards,
    PlanetScale,
    KeyVault,

    /// <summary>Queue and lease, which are in memory here; and the sites, which are a list.</summary>
    Storage,
}

/// <summary>The n-th call of an operation, counted from the start of a run.</summary>
internal sealed record Call(Service Service, string Operation, int Nth, bool IsWrite)
{
    public override string ToString() => $"{Service} {Operation} #{Nth}";
}

/// <summary>Every remote call, in order.</summary>
internal sealed class CallBook
{
    private readonly Lock _lock = new();
    private readonly List<Call> _calls = [];

    public IReadOnlyList<Call> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _calls];
            }
        }
    }

    public void Clear()
    {
        lock (_lock)
        {
            _calls.Clear();
        }
    }

    public void Listen(StandIn standIn, Service service) =>
        standIn.Calls.Added = call => Add(service, call.Operation, call.Method is not ("GET" or "HEAD"));

    /// <returns>Which call of its operation it is, from 1.</returns>
    public int Add(Service service, string operation, bool isWrite)
    {
        lock (_lock)
        {
            var nth = 1 + _calls.Count(call => call.Service == service && call.Operation == operation);
            _calls.Add(new(service, operation, nth, isWrite));
            return nth;
        }
    }
}
