using System.Text.Json.Nodes;
using System.Threading.Channels;
using IterationBranches.Sandbox.FunctionsHost;
using Microsoft.Extensions.Time.Testing;

namespace IterationBranches.EndToEnd.Tests.FunctionsHostTests;

public sealed class TimerListenerTests
{
    private static readonly DateTimeOffset s_start = new(2026, 11, 22, 8, 52, 15, TimeSpan.Zero);
    private static readonly TimerTrigger s_everyFiveMinutes = new("0 */5 * * * *", RunOnStartup: false, UseMonitor: true);

    private readonly FakeTimeProvider _clock = new(s_start);
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

        _clock.Advance(TimeSpan.FromSeconds(164));
        Assert.Equal(0, _runs.Reader.Count);
        _clock.Advance(TimeSpan.FromSeconds(1));
        var first = await _runs.Reader.ReadAsync();
        var second = await NextTickAsync();

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
        _clock.Advance(TimeSpan.FromSeconds(165));
        await _runs.Reader.ReadAsync();
        _clock.Advance(TimeSpan.FromMinutes(12));
        Assert.Equal(0, _runs.Reader.Count);
        gate.SetResult();
        await _runs.Reader.ReadAsync();
        var third = await NextTickAsync();

        Assert.Equal("2026-11-22T09:07:00+00:00", (string)third["ScheduleStatus"]!["Last"]!);
        Assert.Equal("2026-11-22T09:10:00+00:00", (string)third["ScheduleStatus"]!["Next"]!);
        Assert.Equal(0, _runs.Reader.Count);
        await timer.StopAsync();
    }

    [Fact]
    public async Task It_runs_at_the_start_when_told_so()
    {
        using var timer = Start(new("0 0 0 1 1 *", RunOnStartup: true, UseMonitor: true));

        Assert.NotNull(await _runs.Reader.ReadAsync());
        await timer.StopAsync();
    }

    [Theory]
    [InlineData("0 */5 * * * *", false)]
    [InlineData("*/30 * * * * *", true)]
    public async Task A_schedule_that_is_not_monitored_has_no_status(string schedule, bool useMonitor)
    {
        using var timer = new TimerListener(new(schedule, RunOnStartup: false, useMonitor), RunAsync, _clock);

        await timer.InvokeAsync();

        Assert.Null((await _runs.Reader.ReadAsync())["ScheduleStatus"]);
    }

    [Fact]
    public async Task With_timers_off_it_runs_only_when_asked()
    {
        using var app = new AppRoot().Function("Poll", AppRoot.Timer);
        await using var running = await RunningHost.StartAsync(app, _clock);

        _clock.Advance(TimeSpan.FromHours(1));
        await running.Host.RunTimerAsync("Poll");

        Assert.Single(running.Worker.Invocations);
        await Assert.ThrowsAsync<ArgumentException>(() => running.Host.RunTimerAsync("Nothing"));
    }

    private TimerListener Start(TimerTrigger trigger)
    {
        var timer = new TimerListener(trigger, RunAsync, _clock);
        timer.Start();
        return timer;
    }

    /// <summary>Moves the clock on until it fires once more: the listener may not yet have asked to be woken.</summary>
    private async Task<JsonNode> NextTickAsync()
    {
        JsonNode? run;
        while (!_runs.Reader.TryRead(out run))
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        return run;
    }

    private async Task<InvocationResult> RunAsync(string timerInfo)
    {
        await _runs.Writer.WriteAsync(JsonNode.Parse(timerInfo)!);
        await _work();
        return new("Poll", Guid.NewGuid(), Succeeded: true, null, []);
    }
}
