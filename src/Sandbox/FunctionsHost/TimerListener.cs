using System.Globalization;
using System.Text.Json.Nodes;

namespace IterationBranches.Sandbox.FunctionsHost;

/// <summary>Runs a timer function once, with what the worker is told of its schedule.</summary>
public delegate Task<InvocationResult> RunTimer(string timerInfo);

/// <summary>
/// Drives one timer function; it never overlaps itself, and ticks that were missed while it ran become one.
/// Its status is kept in memory, where the real host has a blob: a restart of this host forgets it, so no run is ever past due.
/// </summary>
public sealed class TimerListener : IDisposable
{
    // Longer delays are waited for in parts: timers do not go beyond 49 days.
    private static readonly TimeSpan s_longestDelay = TimeSpan.FromDays(24);

    private readonly TimerTrigger _trigger;
    private readonly TimerSchedule _schedule;
    private readonly RunTimer _run;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _stopping = new();
    private readonly bool _isMonitored;
    private Task _running = Task.CompletedTask;
    private (DateTimeOffset Last, DateTimeOffset Next, DateTimeOffset LastUpdated) _status;

    public TimerListener(TimerTrigger trigger, RunTimer run, TimeProvider clock)
    {
        (_trigger, _run, _clock) = (trigger, run, clock);
        _schedule = TimerSchedule.TryParse(trigger.Schedule) ?? throw new ArgumentException($"'{trigger.Schedule}' is not NCRONTAB.", nameof(trigger));
        var now = clock.GetUtcNow();
        _status = (default, _schedule.After(now), now);
        _isMonitored = trigger.UseMonitor && !_schedule.IsSubMinute(now);
    }

    public void Start() => _running = Task.Run(RunAsync, CancellationToken.None);

    /// <summary>Runs it outside its schedule, which goes on as if nothing had happened.</summary>
    public Task<InvocationResult> InvokeAsync() => _run(new JsonObject
    {
        ["Schedule"] = new JsonObject { ["AdjustForDST"] = true },
        ["ScheduleStatus"] = _isMonitored
            ? new JsonObject { ["Last"] = Iso(_status.Last), ["Next"] = Iso(_status.Next), ["LastUpdated"] = Iso(_status.LastUpdated) }
            : null,
        ["IsPastDue"] = false,
    }.ToJsonString());

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
                await DelayUntilAsync(_status.Next);
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
        var planned = _status.Next;
        // What came of it does not matter: the next tick comes anyhow.
        await InvokeAsync();
        // From the start, so that a run longer than the interval is followed by the next at once; a timer that fired
        // a little early must not fire for the same tick again.
        var early = planned - started is { Ticks: > 0 } lead && lead < TimeSpan.FromSeconds(1);
        _status = (started, _schedule.After(early ? planned : started), started);
    }

    private async Task DelayUntilAsync(DateTimeOffset at)
    {
        while (at - _clock.GetUtcNow() is { Ticks: > 0 } left)
        {
            await Task.Delay(left < s_longestDelay ? left : s_longestDelay, _clock, _stopping.Token);
        }
    }

    private static string Iso(DateTimeOffset at) => at.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz", CultureInfo.InvariantCulture);
}
