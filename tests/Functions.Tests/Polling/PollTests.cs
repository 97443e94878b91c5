using IterationBranches.Configuration;
using IterationBranches.Functions.Tests.Running;
using IterationBranches.Iterations;
using IterationBranches.Provisioning;
using IterationBranches.Records;
using IterationBranches.Testing;
using Moq;

namespace IterationBranches.Functions.Tests.Polling;

/// <summary><c>PollIterations</c>, as the timer calls it.</summary>
public sealed class PollTests
{
    private static readonly TimeSpan s_tenMinutes = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task A_track_with_an_iteration_without_a_record_is_queued()
    {
        await using var app = await StartAsync(lastLook: s_tenMinutes);
        Has(app, Worlds.EmptyVault, Worlds.Sprint42);

        var answer = await app.PollAsync();

        Assert.True(answer.Succeeded, answer.Error);
        Assert.Equal(["Polled 1 tracks: 1 to look at (orders)"], answer.Logs);
        Assert.Equal(["""{"version":1,"track":"orders","reason":"poll","operation":null}"""], app.QueuedTexts);
    }

    [Fact]
    public async Task A_track_with_nothing_to_do_is_not_queued()
    {
        await using var app = await StartAsync(lastLook: s_tenMinutes);
        Has(app, Worlds.Settled(), Worlds.Sprint42, Worlds.Sprint43);

        var answer = await app.PollAsync();

        Assert.True(answer.Succeeded, answer.Error);
        Assert.Equal(["Polled 1 tracks: 0 to look at"], answer.Logs);
        Assert.Equal(0, app.Queue.Sent);
    }

    [Fact]
    public async Task An_iteration_is_queued_when_its_lead_time_begins()
    {
        await using var app = await StartAsync(lastLook: s_tenMinutes);
        Has(app, Worlds.Settled(), Worlds.Sprint42, Worlds.Sprint43);
        app.Clock.Advance(new DateTimeOffset(2026, 9, 3, 23, 59, 59, TimeSpan.Zero) - app.Clock.GetUtcNow());
        await app.RememberAsync("orders", new TrackMemory { LastLook = app.Clock.GetUtcNow() });

        await app.PollAsync();
        Assert.Equal(0, app.Queue.Sent);
        app.Clock.Advance(TimeSpan.FromSeconds(1));
        await app.PollAsync();
        Assert.Equal(1, app.Queue.Sent);
    }

    [Fact]
    public async Task A_claim_that_is_not_finished_is_queued()
    {
        await using var app = await StartAsync(lastLook: s_tenMinutes);
        Has(app, Worlds.EmptyVault with { Records = [Worlds.RecordOf(Worlds.Sprint42, RecordState.Claimed)] }, Worlds.Sprint42);

        await app.PollAsync();

        Assert.Equal([Invocations.Look("orders")], app.QueuedTexts);
    }

    // Boards is not asked: the mock of it is strict.
    [Fact]
    public async Task A_track_that_was_never_looked_at_is_queued()
    {
        await using var app = await RunningApp.StartAsync();
        app.Records.Setup(records => records.ListAsync(It.IsAny<CancellationToken>())).ReturnsAsync(Worlds.Settled());

        await app.PollAsync();

        Assert.Equal([Invocations.Look("orders")], app.QueuedTexts);
    }

    [Fact]
    public async Task Once_an_hour_every_track_is_queued_for_the_deep_look()
    {
        await using var app = await StartAsync(lastLook: TimeSpan.FromMinutes(59));
        Has(app, Worlds.Settled(), Worlds.Sprint42);

        await app.PollAsync();
        Assert.Equal(0, app.Queue.Sent);
        app.Clock.Advance(TimeSpan.FromMinutes(1));
        await app.PollAsync();
        Assert.Equal([Invocations.Look("orders")], app.QueuedTexts);
    }

    [Fact]
    public async Task While_a_look_is_pending_no_other_is_queued()
    {
        await using var app = await RunningApp.StartAsync();
        await app.RememberAsync("orders", new TrackMemory { PendingLook = app.Clock.GetUtcNow() + TimeSpan.FromSeconds(10) });
        Has(app, Worlds.EmptyVault, Worlds.Sprint42);

        await app.PollAsync();
        Assert.Equal(0, app.Queue.Sent);
        app.Clock.Advance(TimeSpan.FromSeconds(10));
        await app.PollAsync();
        Assert.Equal(1, app.Queue.Sent);
    }

    [Fact]
    public async Task A_dry_run_is_queued_once_an_hour_and_not_at_every_poll()
    {
        await using var app = await StartAsync(lastLook: TimeSpan.FromMinutes(59), settings => settings["DryRun"] = "true");
        Has(app, Worlds.EmptyVault, Worlds.Sprint42);

        await app.PollAsync();
        Assert.Equal(0, app.Queue.Sent);
        app.Clock.Advance(TimeSpan.FromMinutes(1));
        await app.PollAsync();
        Assert.Equal([Invocations.Look("orders")], app.QueuedTexts);
    }

    [Fact]
    public async Task One_track_that_cannot_be_polled_stops_no_other_and_fails_the_invocation()
    {
        await using var app = await StartAsync(lastLook: s_tenMinutes, ThreeTracks);
        Has(app, Worlds.EmptyVault, Worlds.Sprint42);
        Boards(app, "billing").ThrowsAsync(new TestRefusal(Failure.Transient, "Boards did not answer"));

        var answer = await app.PollAsync();

        Assert.False(answer.Succeeded);
        Assert.Equal([Invocations.Look("ledger"), Invocations.Look("orders")], app.QueuedTexts.Order(StringComparer.Ordinal));
        Assert.Equal(["PollIterations failed: 1 of 3 tracks could not be polled: billing: Boards did not answer"], app.Log.Errors);
    }

    [Fact]
    public async Task What_needs_a_person_is_left_to_the_look_and_does_not_fail_every_poll()
    {
        await using var app = await StartAsync(lastLook: s_tenMinutes, ThreeTracks);
        Has(app, Worlds.EmptyVault);
        Boards(app, "billing").ThrowsAsync(new TestRefusal(Failure.PersonNeeded, "the token may not read"));

        var polled = await app.PollAsync();
        Assert.True(polled.Succeeded, polled.Error);
        Assert.Equal([Invocations.Look("billing")], app.QueuedTexts);

        // The look says it once, and remembers.
        var looked = await app.ProvisionAsync(app.Queue.Take()!);
        Assert.True(looked.Succeeded, looked.Error);
        Assert.Single(app.Log.Errors);
        await app.PollAsync();
        Assert.Empty(app.QueuedTexts);
        Assert.Single(app.Log.Errors);
    }

    [Fact]
    public async Task A_vault_that_needs_a_person_is_left_to_the_looks()
    {
        await using var app = await StartAsync(lastLook: s_tenMinutes, ThreeTracks);
        app.Records.Setup(records => records.ListAsync(It.IsAny<CancellationToken>())).ThrowsAsync(new TestRefusal(Failure.PersonNeeded, "the role is missing"));

        var answer = await app.PollAsync();

        Assert.True(answer.Succeeded, answer.Error);
        Assert.Equal(3, app.QueuedTexts.Count());
        Assert.Empty(app.Log.Errors);
    }

    [Fact]
    public async Task A_vault_that_does_not_answer_fails_the_poll_and_the_next_one_starts_anew()
    {
        await using var app = await StartAsync(lastLook: s_tenMinutes);
        app.Records.SetupSequence(records => records.ListAsync(It.IsAny<CancellationToken>()))
            .ThrowsAsync(new TestRefusal(Failure.Transient, "Key Vault did not answer"))
            .ReturnsAsync(Worlds.EmptyVault);
        Boards(app, "orders").ReturnsAsync([Worlds.Sprint42]);

        var failed = await app.PollAsync();
        Assert.False(failed.Succeeded);
        Assert.Equal(["Error: PollIterations failed: Key Vault did not answer"], failed.Logs);
        Assert.Equal(0, app.Queue.Sent);
        Assert.True((await app.PollAsync()).Succeeded);
        Assert.Equal(1, app.Queue.Sent);
    }

    [Fact]
    public async Task A_queue_that_is_down_fails_the_poll()
    {
        await using var app = await StartAsync(lastLook: s_tenMinutes);
        Has(app, Worlds.EmptyVault, Worlds.Sprint42);
        app.Queue.Down = new TestRefusal(Failure.Transient, "the queue did not answer");

        var answer = await app.PollAsync();

        Assert.False(answer.Succeeded);
        Assert.Contains("orders: the queue did not answer", answer.Logs[^1]);
    }

    private static async Task<RunningApp> StartAsync(TimeSpan lastLook, Action<Dictionary<string, string?>>? change = null)
    {
        var app = await RunningApp.StartAsync(change);
        foreach (var track in new[] { "orders", "billing", "ledger" })
        {
            await app.RememberAsync(track, new TrackMemory { LastLook = app.Clock.GetUtcNow() - lastLook });
        }

        return app;
    }

    private static void Has(RunningApp app, VaultListing vault, params Iteration[] iterations)
    {
        app.Records.Setup(records => records.ListAsync(It.IsAny<CancellationToken>())).ReturnsAsync(vault);
        app.Iterations.Setup(source => source.ListAsync(It.IsAny<Track>(), It.IsAny<CancellationToken>())).ReturnsAsync(iterations);
    }

    private static Moq.Language.Flow.ISetup<IIterationSource, Task<IReadOnlyList<Iteration>>> Boards(RunningApp app, string track) =>
        app.Iterations.Setup(source => source.ListAsync(It.Is<Track>(asked => asked.Name == track), It.IsAny<CancellationToken>()));

    private static void ThreeTracks(Dictionary<string, string?> settings)
    {
        foreach (var track in new[] { "billing", "ledger" })
        {
            settings[$"Tracks__{track}__Project"] = "Meridian";
            settings[$"Tracks__{track}__Database"] = $"{track}-database";
            settings[$"Tracks__{track}__Retire"] = "Keep";
        }
    }
}
