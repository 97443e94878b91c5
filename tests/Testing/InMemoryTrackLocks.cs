using IterationBranches.Provisioning;

namespace IterationBranches.Testing;

/// <summary>Leases and memories without a storage account.</summary>
/// <param name="clock">With one, a lease lasts 60 seconds and is renewed every 20 while its holder lives; without, it never runs out.</param>
public sealed class InMemoryTrackLocks(TimeProvider? clock = null) : ITrackLocks
{
    private static readonly TimeSpan s_duration = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_renewal = TimeSpan.FromSeconds(20);

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
            if (_holders.Remove(track, out var broken))
            {
                broken.StandStill();
            }
        }
    }

    /// <summary>Whoever holds the lease is gone, or stands still: nobody renews it, and it runs out.</summary>
    public void Abandon(string track)
    {
        lock (_lock)
        {
            _holders.GetValueOrDefault(track)?.StandStill();
        }
    }

    public Task<ITrackLease?> TryTakeAsync(string track, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_holders.TryGetValue(track, out var holder))
            {
                if (!holder.HasRunOut)
                {
                    return Task.FromResult<ITrackLease?>(null);
                }

                holder.StandStill();
            }

            var lease = new Lease(this, track, _memories.GetValueOrDefault(track) ?? new(), clock);
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

    private sealed class Lease : ITrackLease
    {
        private readonly InMemoryTrackLocks _owner;
        private readonly string _track;
        private readonly TimeProvider? _clock;
        private readonly ITimer? _renewal;
        private DateTimeOffset _until;

        public Lease(InMemoryTrackLocks owner, string track, TrackMemory memory, TimeProvider? clock)
        {
            (_owner, _track, _clock, Memory) = (owner, track, clock, memory);
            Renew();
            _renewal = clock?.CreateTimer(
                _ =>
                {
                    lock (owner._lock)
                    {
                        Renew();
                    }
                },
                null,
                s_renewal,
                s_renewal);
        }

        public TrackMemory Memory { get; private set; }

        public bool HasRunOut => _clock is not null && _clock.GetUtcNow() >= _until;

        public Task ProveAsync(CancellationToken cancellationToken)
        {
            lock (_owner._lock)
            {
                _owner.Proofs++;
                if (!IsHeld)
                {
                    return Task.FromException(new LeaseLostException(_track));
                }

                Renew();
                return Task.CompletedTask;
            }
        }

        public Task RememberAsync(TrackMemory memory, CancellationToken cancellationToken)
        {
            lock (_owner._lock)
            {
                if (!IsHeld)
                {
                    return Task.FromException(new LeaseLostException(_track));
                }

                Memory = _owner._memories[_track] = memory;
                return Task.CompletedTask;
            }
        }

        public ValueTask DisposeAsync()
        {
            lock (_owner._lock)
            {
                StandStill();
                if (IsHeld)
                {
                    _owner._holders.Remove(_track);
                }
            }

            return ValueTask.CompletedTask;
        }

        public void StandStill() => _renewal?.Dispose();

        // As with the service: a lease that ran out can be renewed by whoever had it, until somebody else takes it.
        private bool IsHeld => _owner._holders.GetValueOrDefault(_track) == this;

        private void Renew() => _until = _clock?.GetUtcNow() + s_duration ?? DateTimeOffset.MaxValue;
    }
}
