using IterationBranches.Sandbox.FunctionsHost;
using Microsoft.Extensions.Time.Testing;

namespace IterationBranches.EndToEnd.Tests.FunctionsHostTests;

public sealed class WorkerSupervisorTests
{
    private readonly AppRoot _app = new AppRoot().Function("Poll", AppRoot.Timer);
    private readonly FakeTimeProvider _clock = new();

    [Theory]
    [InlineData(0)]
    [InlineData(137)]
    public async Task A_worker_that_ends_is_started_again_whatever_its_exit_code(int code)
    {
        await using var running = await RunningHost.StartAsync(_app, _clock);

        running.Worker.Exit(code);
        await running.Worker.WaitForStartsAsync(2);

        Assert.True((await running.RunTimerAsync("Poll")).Succeeded);
        Assert.Contains("out of ideas", (await running.SeeAsync(HostEventKind.WorkerExited, $"code {code}")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_third_end_within_half_an_hour_of_the_one_before_stops_the_host()
    {
        await using var running = await RunningHost.StartAsync(_app, _clock);

        running.Worker.Exit(134);
        await WaitUntilReadyAsync(running, starts: 2);
        _clock.Advance(TimeSpan.FromMinutes(29));
        running.Worker.Exit(1);
        await WaitUntilReadyAsync(running, starts: 3);
        _clock.Advance(TimeSpan.FromMinutes(29));
        running.Worker.Exit(1);

        Assert.Contains("Exceeded language worker restart retry count", await running.StoppedAsync());
        Assert.Equal((false, true), (running.Host.IsRunning, running.Host.HasGivenUp));
        Assert.False((await running.RunTimerAsync("Poll")).Succeeded);
        Assert.Contains(running.Events, told => told.Kind is HostEventKind.HostStopped);
    }

    [Fact]
    public async Task Ends_are_forgotten_after_half_an_hour()
    {
        await using var running = await RunningHost.StartAsync(_app, _clock);

        for (var starts = 2; starts < 7; starts++)
        {
            _clock.Advance(TimeSpan.FromMinutes(31));
            running.Worker.Exit(134);
            await WaitUntilReadyAsync(running, starts);
        }

        Assert.True((await running.RunTimerAsync("Poll")).Succeeded);
    }

    [Fact]
    public async Task A_kill_in_mid_flight_fails_what_runs_and_the_next_invocation_finds_a_new_worker()
    {
        await using var running = await RunningHost.StartAsync(_app, _clock);
        for (var kills = 1; kills <= 4; kills++)
        {
            running.Worker.Do = (_, _) => new TaskCompletionSource<string?>().Task;
            var interrupted = running.RunTimerAsync("Poll");
            await running.Worker.NextAsync();

            await running.Host.KillWorkerAsync();

            Assert.Equal("The worker is not running, or died during the invocation.", (await interrupted).Error);
            running.Worker.Do = (_, _) => Task.FromResult<string?>(null);
            Assert.True((await running.RunTimerAsync("Poll")).Succeeded);
            await running.Worker.NextAsync();
        }

        Assert.Equal(new InvocationCount(0, 4, 4), running.Host.Invocations["Poll"]);
    }

    [Fact]
    public async Task Lines_of_an_invocation_are_told_and_belong_to_the_function()
    {
        await using var running = await RunningHost.StartAsync(_app, _clock);
        running.Worker.Lines = ["one", "two"];

        var result = await running.RunTimerAsync("Poll");

        Assert.Equal(["one", "two"], result.Logs);
        Assert.Equal(["one", "two"], running.Events.Where(told => told is { Kind: HostEventKind.Log, Function: "Poll" }).Select(told => told.Text));
    }

    [Fact]
    public async Task A_worker_that_refuses_its_functions_stops_the_host_with_its_reason()
    {
        await using var running = await RunningHost.PrepareAsync(_app, _clock);
        running.Worker.Refusal = "no such method";

        var stopped = await Assert.ThrowsAsync<HostStoppedException>(() => running.Host.StartAsync());

        Assert.Contains("no such method", stopped.Message, StringComparison.Ordinal);
        Assert.False(running.Host.HasGivenUp);
    }

    [Fact]
    public async Task An_invocation_that_takes_too_long_is_cancelled_and_a_worker_that_obeys_lives_on()
    {
        await using var running = await RunningHost.StartAsync(_app, _clock);
        running.Worker.Do = async (_, cancelled) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancelled).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return "cancelled";
        };

        var run = running.RunTimerAsync("Poll");
        await running.Worker.NextAsync();
        _clock.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal("Timeout value of 00:05:00 was exceeded by function: Poll", (await run).Error);
        Assert.DoesNotContain(running.Events, told => told.Kind is HostEventKind.WorkerExited);
    }

    /// <summary>Only then may the clock be moved: a worker whose start takes a minute is killed, and that counts as an end.</summary>
    private static async Task WaitUntilReadyAsync(RunningHost running, int starts)
    {
        await running.Worker.WaitForStartsAsync(starts);
        Assert.True((await running.RunTimerAsync("Poll")).Succeeded);
    }
}
