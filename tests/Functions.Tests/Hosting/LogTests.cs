using IterationBranches.Configuration;
using IterationBranches.Functions.Tests.Running;
using IterationBranches.Iterations;
using IterationBranches.Testing;
using Moq;

namespace IterationBranches.Functions.Tests.Hosting;

/// <summary>Lines of an invocation are told to the host at once, as lines of that invocation.</summary>
public sealed class LogTests
{
    [Fact]
    public async Task Lines_of_an_invocation_are_its_own_and_no_others()
    {
        await using var app = await RunningApp.StartAsync(TwoTracks);
        var bothAreIn = new TaskCompletionSource();
        var goOn = new TaskCompletionSource();
        var inside = 0;
        app.Iterations.Setup(source => source.ListAsync(It.IsAny<Track>(), It.IsAny<CancellationToken>())).Returns(async (Track track, CancellationToken _) =>
        {
            if (Interlocked.Increment(ref inside) == 2)
            {
                bothAreIn.SetResult();
            }

            await goOn.Task;
            return Refuse($"no team for {track.Name}");
        });

        var orders = app.ProvisionAsync(Invocations.Look("orders"));
        var billing = app.ProvisionAsync(Invocations.Look("billing"));
        // An answer before that is for the assertions below.
        await Task.WhenAny(bothAreIn.Task, orders, billing).WaitAsync(Bound.Wait);
        goOn.SetResult();

        Assert.StartsWith("Error: orders: no team for orders", Assert.Single((await orders).Logs), StringComparison.Ordinal);
        Assert.StartsWith("Error: billing: no team for billing", Assert.Single((await billing).Logs), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_invocation_after_the_other_starts_with_no_lines()
    {
        await using var app = await RunningApp.StartAsync();

        var first = await app.ProvisionAsync("first");
        var second = await app.ProvisionAsync("second");

        Assert.Single(first.Logs);
        Assert.Single(second.Logs);
    }

    [Fact]
    public async Task A_failure_reaches_the_host_as_its_reason_and_is_an_error_in_the_log()
    {
        await using var app = await RunningApp.StartAsync();
        app.Iterations.Setup(source => source.ListAsync(It.IsAny<Track>(), It.IsAny<CancellationToken>())).ThrowsAsync(new TestRefusal(Failure.Transient, "Boards did not answer"));

        var answer = await app.ProvisionAsync(Invocations.Look("orders"));

        Assert.False(answer.Succeeded);
        Assert.Equal("Boards did not answer", answer.Error);
        Assert.Equal(["ProvisionBranch failed: Boards did not answer"], app.Log.Errors);
        Assert.Equal(["Warning: orders: the look failed: Boards did not answer", "Error: ProvisionBranch failed: Boards did not answer"], answer.Logs);
    }

    // The type and the place are what a maintainer needs.
    [Fact]
    public async Task A_failure_that_nobody_foresaw_has_its_type_and_its_place()
    {
        await using var app = await RunningApp.StartAsync();
        app.Iterations.Setup(source => source.ListAsync(It.IsAny<Track>(), It.IsAny<CancellationToken>())).ThrowsAsync(new InvalidTimeZoneException("two\nlines"));

        var answer = await app.ProvisionAsync(Invocations.Look("orders"));

        Assert.False(answer.Succeeded);
        Assert.Equal("Warning: orders: the look failed: InvalidTimeZoneException: two\nlines", answer.Logs[0]);
        var reason = Assert.Single(app.Log.Errors);
        Assert.Contains("InvalidTimeZoneException: two", reason);
        Assert.Contains("Looker", reason);
    }

    [Fact]
    public async Task What_needs_a_person_is_an_error_in_the_log_and_no_failure()
    {
        await using var app = await RunningApp.StartAsync();
        app.Iterations.Setup(source => source.ListAsync(It.IsAny<Track>(), It.IsAny<CancellationToken>())).ThrowsAsync(new TestRefusal(Failure.PersonNeeded, "the token may not read"));

        var answer = await app.ProvisionAsync(Invocations.Look("orders"));

        Assert.True(answer.Succeeded, answer.Error);
        Assert.Contains("the token may not read", Assert.Single(app.Log.Errors));
        Assert.NotNull((await app.Locks.ReadAsync("orders", CancellationToken.None)).TrackRefusal);
    }

    private static IReadOnlyList<Iteration> Refuse(string reason) => throw new TestRefusal(Failure.PersonNeeded, reason);

    private static void TwoTracks(Dictionary<string, string?> settings)
    {
        settings["Tracks__billing__Project"] = "Meridian";
        settings["Tracks__billing__Database"] = "invoices";
        settings["Tracks__billing__Retire"] = "Keep";
    }
}
