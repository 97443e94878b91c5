namespace IterationBranches.Sandbox.FunctionsHost;

/// <summary>
/// Drives one timer function; it never overlaps itself, and ticks that were missed while it ran become one.
/// Its status is kept in memory, where the real host has a blob: a restart of this host forgets it, so no run is ever past due.
/// </summary>
public sealed class TimerListener : IDisposable
{
    // Longer delays are waited for in parts: timers do not go beyond 49 days.
    private static readonly TimeSpan LongestDelay = TimeSpan.FromDays(24);

    private readonly FunctionJson _function;
    private readonly TimerTrigger _trigger;
    private readonly TimerSchedule _schedule;
    private readonly Invoker _invoker;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _stopping = new();
    private readonly bool _isMonitored;
    private Task _running = Task.CompletedTask;

    public TimerListener(FunctionJson function, TimerTrigger trigger, Invoker invoker, TimeProvider clock)
    {
        (_function, _trigger, _invoker, _clock) = (function, trigger, invoker, clock);
        _schedule = TimerSchedule.Parse(trigger.Schedule, function.Name);
        var now = clock.GetUtcNow();
        Status = new ScheduleStatus(default, _schedule.After(now), now);
        _isMonitored = trigger.UseMonitor && !_schedule.IsSubMinute(now);
    }

    public FunctionJson Function => _function;

    /// <summary>After its latest run; during a run, of before it.</summary>
    public ScheduleStatus Status { get; private set; }

    public void Start() => _running = Task.Run(RunAsync, CancellationToken.None);

    /// <summary>Runs it outside its schedule, which goes on as if nothing had happened.</summary>
    public Task<InvocationResult> InvokeAsync(string? input = null)
    {
        var status = _isMonitored ? Status : null;
        return _invoker.InvokeAsync(_function, stamp => InvocationBody.ForTimer(_trigger.BindingName, status, isPastDue: false, input, stamp));
    }

    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await _running;
    }

    public void Dispose() => _stopping.Dispose();

    private async Task RunAsync()
    {
        try
        {
            if (_trigger.RunOnStartup)
            {
                await TickAsync();
            }

            while (true)
            {
                await DelayUntilAsync(Status.Next);
                await TickAsync();
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Stopped.
        }
    }

    private async Task TickAsync()
    {
        _stopping.Token.ThrowIfCancellationRequested();
        var started = _clock.GetUtcNow();
        var planned = Status.Next;
        // What came of it does not matter: the next tick comes anyhow.
        await InvokeAsync();
        // From the start, so that a run longer than the interval is followed by the next at once; a timer that fired
        // a little early must not fire for the same tick again.
        var early = planned - started is { Ticks: > 0 } lead && lead < TimeSpan.FromSeconds(1);
        Status = new ScheduleStatus(started, _schedule.After(early ? planned : started), started);
    }

    private async Task DelayUntilAsync(DateTimeOffset at)
    {
        while (at - _clock.GetUtcNow() is { Ticks: > 0 } left)
        {
            await Task.Delay(left < LongestDelay ? left : LongestDelay, _clock, _stopping.Token);
        }
    }
}
