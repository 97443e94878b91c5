using System.Text.Json.Nodes;
using System.Threading.Channels;
using IterationBranches.Sandbox.FunctionsHost;
using IterationBranches.Testing;
using Microsoft.Extensions.Time.Testing;

namespace IterationBranches.EndToEnd.Tests.FunctionsHostTests;

public sealed class TimerListenerTests
{
    private static readonly DateTimeOffset s_start = new(2026, 11, 22, 8, 52, 15, TimeSpan.Zero);
    private static readonly TimerTrigger s_everyFiveMinutes = new("0 */5 * * * *", RunOnStartup: false, UseMonitor: true);

    private readonly WaitedForClock _clock = new(s_start);
    private readonly Channel<JsonNode> _runs = Channel.CreateUnbounded<JsonNode>();
    private Func<Task> _work = () => Task.CompletedTask;

    [Theory]
    [InlineData("20 */5 * * * *", "2026-11-22T08:55:20Z")]
    [InlineData("0 0 9 * * MON-FRI", "2026-11-23T09:00:00Z")]
    [InlineData("*/5 * * * *", "2026-11-22T08:55:00Z")]      // five fields: no seconds
    [InlineData("0 0 0 29 2 *", "2028-02-29T00:00:00Z")]
    public void A_schedule_is_NCRONTAB_in_UTC(string schedule, string next) =>
        Assert.Equal(DateTimeOffset.Parse(next), TimerSchedule.TryParse(schedule)!.After(s_start));

    [Theory]
    [InlineData("00:05:00")]
    [InlineData("* * * *")]
    [InlineData("0 61 * * * *")]
    public void Another_schedule_is_none(string schedule) => Assert.Null(TimerSchedule.TryParse(schedule));

    [Fact]
    public async Task It_fires_at_its_tick_with_the_status_of_before()
    {
        using var timer = Start(s_everyFiveMinutes);

        await _clock.IsWaitedForAsync();
        _clock.Advance(TimeSpan.FromSeconds(164));
        Assert.Equal(0, _runs.Reader.Count);
        _clock.Advance(TimeSpan.FromSeconds(1));
        var first = await NextRunAsync();
        await _clock.PassTheNextWaitAsync();
        var second = await NextRunAsync();

        Assert.Equal("0001-01-01T00:00:00+00:00", (string)first["ScheduleStatus"]!["Last"]!);
        Assert.Equal("2026-11-22T08:55:00+00:00", (string)first["ScheduleStatus"]!["Next"]!);
        Assert.Equal("2026-11-22T08:52:15+00:00", (string)first["ScheduleStatus"]!["LastUpdated"]!);
        Assert.Equal("2026-11-22T08:55:00+00:00", (string)second["ScheduleStatus"]!["Last"]!);
        Assert.Equal("2026-11-22T09:00:00+00:00", (string)second["ScheduleStatus"]!["Next"]!);
        Assert.False((bool)second["IsPastDue"]!);
        await timer.StopAsync();
    }

    [Fact]
    public async Task It_never_overlaps_itself_and_missed_ticks_become_one()
    {
        var gate = new TaskCompletionSource();
        _work = () => gate.Task;
        using var timer = Start(s_everyFiveMinutes);

        // It runs from 08:55 to 09:07, over two ticks.
        await _clock.PassTheNextWaitAsync();
        await NextRunAsync();
        _clock.Advance(TimeSpan.FromMinutes(12));
        Assert.Equal(0, _runs.Reader.Count);
        gate.SetResult();
        await NextRunAsync();
        await _clock.PassTheNextWaitAsync();
        var third = await NextRunAsync();

        Assert.Equal("2026-11-22T09:07:00+00:00", (string)third["ScheduleStatus"]!["Last"]!);
        Assert.Equal("2026-11-22T09:10:00+00:00", (string)third["ScheduleStatus"]!["Next"]!);
        Assert.Equal(0, _runs.Reader.Count);
        await timer.StopAsync();
    }

    [Fact]
    public async Task It_runs_at_the_start_when_told_so()
    {
        using var timer = Start(new("0 0 0 1 1 *", RunOnStartup: true, UseMonitor: true));

        Assert.NotNull(await NextRunAsync());
        await timer.StopAsync();
    }

    [Theory]
    [InlineData("0 */5 * * * *", false)]
    [InlineData("*/30 * * * * *", true)]
    public async Task A_schedule_that_is_not_monitored_has_no_status(string schedule, bool useMonitor)
    {
        using var timer = new TimerListener(new(schedule, RunOnStartup: false, useMonitor), RunAsync, _clock);

        await timer.InvokeAsync();

        Assert.Null((await NextRunAsync())["ScheduleStatus"]);
    }

    [Fact]
    public async Task With_timers_off_it_runs_only_when_asked()
    {
        using var app = new AppRoot().Function("Poll", AppRoot.Timer);
        await using var running = await RunningHost.StartAsync(app, _clock);

        _clock.Advance(TimeSpan.FromHours(1));
        await running.RunTimerAsync("Poll");

        Assert.Single(running.Worker.Invocations);
        await Assert.ThrowsAsync<ArgumentException>(() => running.RunTimerAsync("Nothing"));
    }

    private TimerListener Start(TimerTrigger trigger)
    {
        var timer = new TimerListener(trigger, RunAsync, _clock);
        timer.Start();
        return timer;
    }

    private Task<JsonNode> NextRunAsync() => _runs.Reader.ReadAsync().AsTask().WaitAsync(Bound.Wait);

    private async Task<InvocationResult> RunAsync(string timerInfo)
    {
        await _runs.Writer.WriteAsync(JsonNode.Parse(timerInfo)!);
        await _work();
        return new("Poll", Guid.NewGuid(), Succeeded: true, null, []);
    }

    /// <summary>
    /// A clock that a test moves when somebody waits for it, and not before: one who has read the time and not yet begun to wait would wait
    /// from the moved time on, and so for ever.
    /// </summary>
    private sealed class WaitedForClock(DateTimeOffset start) : FakeTimeProvider(start)
    {
        private readonly Channel<TimeSpan> _waits = Channel.CreateUnbounded<TimeSpan>();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            _waits.Writer.TryWrite(dueTime);
            return timer;
        }

        /// <summary>Ends when one more wait has begun.</summary>
        /// <returns>How long it lasts.</returns>
        public Task<TimeSpan> IsWaitedForAsync() => _waits.Reader.ReadAsync().AsTask().WaitAsync(Bound.Wait);

        public async Task PassTheNextWaitAsync() => Advance(await IsWaitedForAsync());
    }
}
