using IterationBranches.Provisioning;

namespace IterationBranches.Testing;

/// <summary>Leases and memories without a storage account.</summary>
public sealed class InMemoryTrackLocks : ITrackLocks
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, TrackMemory> _memories = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, Lease> _holders = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>How many times a lease was proved, over all tracks.</summary>
    public int Proofs { get; private set; }

    /// <summary>Takes the lease away from whoever holds it, as when it runs out.</summary>
    public void Break(string track)
    {
        lock (_lock)
        {
            _holders.Remove(track);
        }
    }

    public Task<ITrackLease?> TryTakeAsync(string track, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_holders.ContainsKey(track))
            {
                return Task.FromResult<ITrackLease?>(null);
            }

            var lease = new Lease(this, track, _memories.GetValueOrDefault(track) ?? new());
            _holders[track] = lease;
            return Task.FromResult<ITrackLease?>(lease);
        }
    }

    public Task<TrackMemory> ReadAsync(string track, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_memories.GetValueOrDefault(track) ?? new());
        }
    }

    private sealed class Lease(InMemoryTrackLocks owner, string track, TrackMemory memory) : ITrackLease
    {
        public TrackMemory Memory { get; private set; } = memory;

        public Task ProveAsync(CancellationToken cancellationToken)
        {
            lock (owner._lock)
            {
                owner.Proofs++;
                return IsHeld ? Task.CompletedTask : Task.FromException(new LeaseLostException(track));
            }
        }

        public Task RememberAsync(TrackMemory memory, CancellationToken cancellationToken)
        {
            lock (owner._lock)
            {
                if (!IsHeld)
                {
                    return Task.FromException(new LeaseLostException(track));
                }

                Memory = owner._memories[track] = memory;
                return Task.CompletedTask;
            }
        }

        public ValueTask DisposeAsync()
        {
            lock (owner._lock)
            {
                if (IsHeld)
                {
                    owner._holders.Remove(track);
                }
            }

            return ValueTask.CompletedTask;
        }

        private bool IsHeld => owner._holders.GetValueOrDefault(track) == this;
    }
}
