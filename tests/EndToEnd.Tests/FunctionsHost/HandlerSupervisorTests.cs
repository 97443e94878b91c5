using IterationBranches.Sandbox.FunctionsHost;

namespace IterationBranches.EndToEnd.Tests.FunctionsHostTests;

public sealed class HandlerSupervisorTests
{
    private readonly AppRoot _app = new AppRoot().Function("Poll", AppRoot.Timer);
    private readonly HandClock _clock = new(DateTimeOffset.UnixEpoch);

    [Fact]
    public async Task After_exit_0_nothing_is_started_and_every_invocation_fails()
    {
        await using var running = await RunningHost.StartAsync(_app, _clock);

        running.Handler.Exit(0);
        await running.SeeAsync(HostEventKind.HandlerExited, "never restarts");

        Assert.False((await running.Host.RunTimerAsync("Poll")).Succeeded);
        Assert.True(running.Host.IsRunning);
        Assert.Single(running.Events, told => told.Kind is HostEventKind.HandlerStarted);
    }

    [Fact]
    public async Task Exit_200_is_a_restart_however_often()
    {
        await using var running = await RunningHost.StartAsync(_app, _clock);

        for (var starts = 2; starts < 7; starts++)
        {
            running.Handler.Exit(200);
            await running.Handler.WaitForStartsAsync(starts);
        }

        Assert.True((await running.Host.RunTimerAsync("Poll")).Succeeded);
    }

    [Fact]
    public async Task A_third_error_within_half_an_hour_of_the_one_before_stops_the_host()
    {
        await using var running = await RunningHost.StartAsync(_app, _clock);

        running.Handler.Exit(134);
        await running.Handler.WaitForStartsAsync(2);
        _clock.Advance(TimeSpan.FromMinutes(29));
        running.Handler.Exit(1);
        await running.Handler.WaitForStartsAsync(3);
        _clock.Advance(TimeSpan.FromMinutes(29));
        running.Handler.Exit(1);

        Assert.Contains("Exceeded http worker restart retry count", await running.Host.Stopped);
        Assert.False(running.Host.IsRunning);
        Assert.False((await running.Host.RunTimerAsync("Poll")).Succeeded);
        await Assert.ThrowsAsync<HostStoppedException>(() => running.Host.WaitUntilIdleAsync());
        Assert.Contains(running.Events, told => told.Kind is HostEventKind.HostStopped);
    }

    [Fact]
    public async Task Errors_are_forgotten_after_half_an_hour()
    {
        await using var running = await RunningHost.StartAsync(_app, _clock);

        for (var starts = 2; starts < 7; starts++)
        {
            _clock.Advance(TimeSpan.FromMinutes(31));
            running.Handler.Exit(134);
            await running.Handler.WaitForStartsAsync(starts);
        }

        Assert.True((await running.Host.RunTimerAsync("Poll")).Succeeded);
    }

    [Fact]
    public async Task A_kill_in_mid_flight_fails_what_runs_and_the_next_invocation_finds_a_new_handler()
    {
        await using var running = await RunningHost.StartAsync(_app, _clock);
        for (var kills = 1; kills <= 4; kills++)
        {
            running.Handler.Answer = (_, context) => FakeHandler.WorkOnAsync(context);
            var interrupted = running.Host.RunTimerAsync("Poll");
            await running.Handler.NextAsync();

            await running.Host.KillHandlerAsync();

            Assert.False((await interrupted).Succeeded);
            running.Handler.Answer = (_, context) => FakeHandler.AnswerJsonAsync(context, "{}");
            Assert.True((await running.Host.RunTimerAsync("Poll")).Succeeded);
            await running.Handler.NextAsync();
        }

        Assert.Equal(new InvocationCount(0, 4, 4), running.Host.Invocations["Poll"]);
    }

    [Fact]
    public async Task Logs_of_a_success_are_told_and_belong_to_the_function()
    {
        await using var running = await RunningHost.StartAsync(_app, _clock);
        running.Handler.Answer = (_, context) => FakeHandler.AnswerJsonAsync(context, """{"Logs":["one","two"]}""");

        var result = await running.Host.RunTimerAsync("Poll");

        Assert.Equal(["one", "two"], result.Logs);
        Assert.Equal(["one", "two"], running.Events.Where(told => told is { Kind: HostEventKind.Log, Function: "Poll" }).Select(told => told.Text));
    }
}
