using System.Text.Json.Nodes;
using IterationBranches.Sandbox.FunctionsHost;

namespace IterationBranches.EndToEnd.Tests.FunctionsHostTests;

public sealed class TimerListenerTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 8, 52, 15, TimeSpan.Zero);

    private readonly AppRoot _app = new AppRoot().Function("Poll", AppRoot.Timer);
    private readonly HandClock _clock = new(Start);

    [Theory]
    [InlineData("20 */5 * * * *", "2026-11-22T08:55:20Z")]
    [InlineData("0 0 9 * * MON-FRI", "2026-11-23T09:00:00Z")]
    [InlineData("*/5 * * * *", "2026-11-22T08:55:00Z")]      // five fields: no seconds
    [InlineData("0 0 0 29 2 *", "2028-02-29T00:00:00Z")]
    public void A_schedule_is_NCRONTAB_in_UTC(string schedule, string next) =>
        Assert.Equal(DateTimeOffset.Parse(next), TimerSchedule.Parse(schedule, "Poll").After(Start));

    [Theory]
    [InlineData("00:05:00")]
    [InlineData("* * * *")]
    [InlineData("0 61 * * * *")]
    public void Another_schedule_is_refused(string schedule) =>
        Assert.Contains(schedule, Assert.Throws<HostConfigurationException>(() => TimerSchedule.Parse(schedule, "Poll")).Message);

    [Fact]
    public async Task It_fires_at_its_tick_with_the_status_of_before()
    {
        await using var running = await RunningHost.StartAsync(_app, _clock, runTimers: true);

        _clock.Advance(TimeSpan.FromSeconds(164));
        Assert.Empty(running.Handler.All);
        _clock.Advance(TimeSpan.FromSeconds(1));
        var first = Timer(await running.Handler.NextAsync());
        await running.Host.WaitUntilIdleAsync();
        _clock.Advance(TimeSpan.FromMinutes(5));
        var second = Timer(await running.Handler.NextAsync());

        Assert.Equal("0001-01-01T00:00:00+00:00", (string)first["ScheduleStatus"]!["Last"]!);
        Assert.Equal("2026-11-22T08:55:00+00:00", (string)first["ScheduleStatus"]!["Next"]!);
        Assert.Equal("2026-11-22T08:52:15+00:00", (string)first["ScheduleStatus"]!["LastUpdated"]!);
        Assert.Equal("2026-11-22T08:55:00+00:00", (string)second["ScheduleStatus"]!["Last"]!);
        Assert.Equal("2026-11-22T09:00:00+00:00", (string)second["ScheduleStatus"]!["Next"]!);
        Assert.False((bool)second["IsPastDue"]!);
    }

    [Fact]
    public async Task It_never_overlaps_itself_and_missed_ticks_become_one()
    {
        _app.Host(json => json["functionTimeout"] = "-1");
        await using var running = await RunningHost.StartAsync(_app, _clock, runTimers: true);
        var gate = new TaskCompletionSource();
        running.Handler.Answer = async (_, context) =>
        {
            await gate.Task;
            await FakeHandler.AnswerJsonAsync(context, "{}");
        };

        // It runs from 08:55 to 09:07, over two ticks.
        _clock.Advance(TimeSpan.FromSeconds(165));
        await running.Handler.NextAsync();
        _clock.Advance(TimeSpan.FromMinutes(12));
        Assert.Single(running.Handler.All);
        gate.SetResult();
        await running.Handler.NextAsync();
        await running.Host.WaitUntilIdleAsync();
        _clock.Advance(TimeSpan.FromMinutes(3));
        var third = Timer(await running.Handler.NextAsync());

        Assert.Equal("2026-11-22T09:07:00+00:00", (string)third["ScheduleStatus"]!["Last"]!);
        Assert.Equal("2026-11-22T09:10:00+00:00", (string)third["ScheduleStatus"]!["Next"]!);
        Assert.Equal(3, running.Handler.All.Count);
    }

    [Fact]
    public async Task A_failure_is_swallowed_and_the_next_tick_comes()
    {
        await using var running = await RunningHost.StartAsync(_app, _clock, runTimers: true);
        running.Handler.Answer = (_, context) => FakeHandler.AnswerJsonAsync(context, "{}", 500);

        _clock.Advance(TimeSpan.FromMinutes(5));
        await running.Handler.NextAsync();
        await running.SeeAsync(HostEventKind.InvocationFailed);
        _clock.Advance(TimeSpan.FromMinutes(5));
        await running.Handler.NextAsync();

        Assert.Equal(2, running.Handler.All.Count);
    }

    [Fact]
    public async Task It_runs_at_the_start_when_told_so()
    {
        _app.Function("Poll", """{"bindings":[{"type":"timerTrigger","name":"t","schedule":"0 0 0 1 1 *","runOnStartup":true}]}""");
        await using var running = await RunningHost.StartAsync(_app, _clock, runTimers: true);

        Assert.Equal("/Poll", (await running.Handler.NextAsync()).Target);
    }

    [Theory]
    [InlineData("0 */5 * * * *", "false")]
    [InlineData("*/30 * * * * *", "true")]
    public async Task A_schedule_that_is_not_monitored_has_no_status(string schedule, string useMonitor)
    {
        _app.Function("Poll", $$"""{"bindings":[{"type":"timerTrigger","name":"myTimer","schedule":"{{schedule}}","useMonitor":{{useMonitor}}}]}""");
        await using var running = await RunningHost.StartAsync(_app, _clock);

        await running.Host.RunTimerAsync("Poll");

        Assert.Null(Timer(Assert.Single(running.Handler.All))["ScheduleStatus"]);
    }

    [Fact]
    public async Task With_timers_off_it_runs_only_when_asked()
    {
        await using var running = await RunningHost.StartAsync(_app, _clock);

        _clock.Advance(TimeSpan.FromHours(1));
        var result = await running.Host.RunTimerAsync("Poll");

        Assert.True(result.Succeeded);
        Assert.Single(running.Handler.All);
    }

    [Fact]
    public async Task A_retry_policy_sends_it_again_and_says_which_attempt_it_is()
    {
        _app.Function("Poll", """
            {"bindings":[{"type":"timerTrigger","name":"myTimer","schedule":"%PollSchedule%"}],
             "retry":{"strategy":"fixedDelay","maxRetryCount":1,"delayInterval":"00:00:30"}}
            """);
        await using var running = await RunningHost.StartAsync(_app, _clock);
        running.Handler.Answer = (_, context) => FakeHandler.AnswerJsonAsync(context, "{}", 500);

        var run = running.Host.RunTimerAsync("Poll");
        await _clock.WaitForTimerAsync(TimeSpan.FromSeconds(30));
        _clock.Advance(TimeSpan.FromSeconds(30));

        Assert.False((await run).Succeeded);
        Assert.Equal([0, 1], running.Handler.All.Select(received => (int)JsonNode.Parse(received.Text)!["Metadata"]!["RetryContext"]!["RetryCount"]!));
        Assert.Equal(2, running.Handler.All.Select(received => received.Headers["X-Azure-Functions-InvocationId"]).Distinct().Count());
    }

    [Fact]
    public async Task An_HTTP_function_cannot_be_run_by_hand()
    {
        _app.Function("Hook", AppRoot.Http);
        await using var running = await RunningHost.StartAsync(_app, _clock);

        await Assert.ThrowsAsync<ArgumentException>(() => running.Host.InvokeAsync("Hook"));
    }

    private static JsonNode Timer(Received received) => JsonNode.Parse(received.Text)!["Data"]!["myTimer"]!;
}
