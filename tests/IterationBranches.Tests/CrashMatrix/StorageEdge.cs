using System.Collections.Concurrent;
using IterationBranches.Provisioning;
using IterationBranches.Testing;
using IterationBranches.Testing.Faults;

namespace IterationBranches.Tests.CrashMatrix;

/// <summary>What goes wrong with one call to queue or lease.</summary>
/// <param name="Hold">Null: the call fails, and may be tried again.</param>
internal sealed record StorageFault(bool AfterEffect, Hold? Hold);

/// <summary>Queue and lease as a process on the other side of a network has them: each call is counted, and can fail or be held.</summary>
internal sealed class StorageEdge(CallBook calls)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Operation, int Nth), StorageFault> _faults = [];

    public void Add(Call call, StorageFault fault)
    {
        lock (_lock)
        {
            _faults[(call.Operation, call.Nth)] = fault;
        }
    }

    public async Task<T> CallAsync<T>(Worker worker, string operation, bool isWrite, Func<Task<T>> effect)
    {
        await worker.LivesAsync();
        var nth = calls.Add(Service.Storage, operation, isWrite);
        StorageFault? fault;
        lock (_lock)
        {
            _faults.Remove((operation, nth), out fault);
        }

        if (fault is { AfterEffect: false })
        {
            await StrikeAsync(fault, operation);
        }

        try
        {
            var answer = await effect();
            if (fault is { AfterEffect: true })
            {
                await StrikeAsync(fault, operation);
            }

            return answer;
        }
        finally
        {
            fault?.Hold?.Pass();
            await worker.LivesAsync();
        }
    }

    public Task CallAsync(Worker worker, string operation, bool isWrite, Func<Task> effect) => CallAsync(worker, operation, isWrite, async () =>
    {
        await effect();
        return true;
    });

    private static Task StrikeAsync(StorageFault fault, string operation) =>
        fault.Hold?.StayAsync() ?? throw new PeerException(Failure.Transient, $"storage failed: {operation}", fault.AfterEffect ? null : 503);
}

internal sealed class QueueOfWorker(Worker worker, ILookQueue queue, StorageEdge edge) : ILookQueue
{
    public Task SendAsync(LookMessage message, TimeSpan? delay, CancellationToken cancellationToken) =>
        edge.CallAsync(worker, "send", isWrite: true, () => queue.SendAsync(message, delay, cancellationToken));

    public Task<DateTimeOffset?> FindFrontAsync(CancellationToken cancellationToken) =>
        edge.CallAsync(worker, "peek", isWrite: false, () => queue.FindFrontAsync(cancellationToken));

    public Task PoisonAsync(string text, string reason, CancellationToken cancellationToken) =>
        edge.CallAsync(worker, "poison", isWrite: true, () => queue.PoisonAsync(text, reason, cancellationToken));
}

internal sealed class SitesOfWorker(Worker worker, ConcurrentQueue<string> refreshed, StorageEdge edge) : ISiteRefresher
{
    public Task RefreshAsync(string siteId, CancellationToken cancellationToken) => edge.CallAsync(worker, "refresh_site", isWrite: true, () =>
    {
        refreshed.Enqueue(siteId);
        return Task.CompletedTask;
    });
}

internal sealed class LocksOfWorker(Worker worker, ITrackLocks locks, StorageEdge edge) : ITrackLocks
{
    public async Task<ITrackLease?> TryTakeAsync(string track, CancellationToken cancellationToken)
    {
        try
        {
            return await edge.CallAsync(worker, "take_lease", isWrite: true, TakeAsync) is { } lease
                ? new Lease(worker, lease, edge)
                : null;
        }
        catch (PeerException)
        {
            // It may have been taken all the same; who does not know that does not renew it.
            worker.AbandonLease();
            throw;
        }

        async Task<ITrackLease?> TakeAsync()
        {
            var taken = await locks.TryTakeAsync(track, cancellationToken);
            if (taken is not null && !worker.IsFit)
            {
                // The request came late, and nobody is there to renew what it took.
                worker.AbandonLease();
            }

            return taken;
        }
    }

    public Task<TrackMemory> ReadAsync(string track, CancellationToken cancellationToken) =>
        edge.CallAsync(worker, "read_memory", isWrite: false, () => locks.ReadAsync(track, cancellationToken));

    private sealed class Lease(Worker worker, ITrackLease lease, StorageEdge edge) : ITrackLease
    {
        public TrackMemory Memory => lease.Memory;

        public Task ProveAsync(CancellationToken cancellationToken) =>
            edge.CallAsync(worker, "prove_lease", isWrite: false, () => lease.ProveAsync(cancellationToken));

        public Task RememberAsync(TrackMemory memory, CancellationToken cancellationToken) =>
            edge.CallAsync(worker, "remember", isWrite: true, () => lease.RememberAsync(memory, cancellationToken));

        public async ValueTask DisposeAsync()
        {
            try
            {
                await edge.CallAsync(worker, "release_lease", isWrite: true, () => lease.DisposeAsync().AsTask());
            }
            catch (PeerException)
            {
                // As the real one: it runs out by itself.
                worker.AbandonLease();
            }
        }
    }
}
