namespace IterationBranches.Tests.Http;

/// <summary>A clock on which short waits pass at once and are written down; longer ones are timeouts, and run out when told.</summary>
public sealed class InstantTime : TimeProvider
{
    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly List<InstantTimer> _timeouts = [];
    private readonly List<TimeSpan> _waits = [];
    private DateTimeOffset _now = new(2026, 11, 22, 9, 0, 0, TimeSpan.Zero);

    public IReadOnlyList<TimeSpan> Waits
    {
        get
        {
            lock (_lock)
            {
                return [.. _waits];
            }
        }
    }

    /// <summary>The timeouts that are running, by their lengths.</summary>
    public IReadOnlyList<TimeSpan> Timeouts
    {
        get
        {
            lock (_lock)
            {
                return [.. _timeouts.Select(timer => timer.Due)];
            }
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return _now;
        }
    }

    public void Pass(TimeSpan time)
    {
        lock (_lock)
        {
            _now += time;
        }
    }

    public void RunOutTimeouts()
    {
        List<InstantTimer> due;
        lock (_lock)
        {
            due = [.. _timeouts];
            _timeouts.Clear();
        }

        due.ForEach(timer => timer.Fire());
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new InstantTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    private void Start(InstantTimer timer, TimeSpan due)
    {
        lock (_lock)
        {
            _timeouts.Remove(timer);
            if (due == Timeout.InfiniteTimeSpan)
            {
                return;
            }

            if (due > s_longestWait)
            {
                _timeouts.Add(timer);
                return;
            }

            _waits.Add(due);
            _now += due;
        }

        ThreadPool.QueueUserWorkItem(static timer => timer.Fire(), timer, preferLocal: false);
    }

    private void Stop(InstantTimer timer)
    {
        lock (_lock)
        {
            _timeouts.Remove(timer);
        }
    }

    private sealed class InstantTimer(InstantTime time, Action fire) : ITimer
    {
        private volatile bool _stopped;

        public TimeSpan Due { get; private set; }

        public void Fire()
        {
            if (!_stopped)
            {
                fire();
            }
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Due = dueTime;
            time.Start(this, dueTime);
            return true;
        }

        public void Dispose()
        {
            _stopped = true;
            time.Stop(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
