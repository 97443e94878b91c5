using IterationBranches.Provisioning;
using IterationBranches.Records;
using IterationBranches.Testing;

namespace IterationBranches.Tests.Provisioning;

public sealed class PollerTests
{
    [Fact]
    public async Task A_track_that_was_never_looked_at_is_queued_without_asking_PlanetScale()
    {
        var bench = new Bench();

        var result = await bench.Poller.PollAsync(default);

        Assert.Equal("1 tracks: 1 to look at (orders)", result.ToString());
        Assert.Equal(LookMessage.For("orders", LookReason.Poll) with { AskedAt = Some.Now }, LookMessage.Parse(Assert.Single(bench.Queue.Messages).Text).Message);
        Assert.Empty(bench.Journal.Writes);
    }

    [Fact]
    public async Task A_track_where_all_is_well_is_queued_once_an_hour_for_the_deep_look()
    {
        var bench = await new Bench().ReadyAsync();

        await bench.Poller.PollAsync(default);
        bench.Clock.Advance(TimeSpan.FromMinutes(59));
        await bench.Poller.PollAsync(default);
        Assert.Equal(0, bench.Queue.Sent);
        Assert.Equal(["list the vault", "list the iterations of orders"], bench.Journal.Reads.Distinct());

        bench.Clock.Advance(TimeSpan.FromMinutes(1));
        await bench.Poller.PollAsync(default);
        Assert.Equal(1, bench.Queue.Sent);
    }

    [Fact]
    public async Task A_new_sprint_is_queued_at_the_next_poll()
    {
        var bench = await new Bench().ReadyAsync();
        bench.Boards[Bench.Orders].Add(Some.Sprint("Hotfix", "2026-08-25", "2026-08-28"));

        await bench.Poller.PollAsync(default);

        Assert.Equal(1, bench.Queue.Sent);
    }

    [Fact]
    public async Task A_track_that_has_a_look_on_its_way_is_not_queued()
    {
        var bench = new Bench();
        await bench.LookAsync();

        await bench.Poller.PollAsync(default);
        Assert.Equal(1, bench.Queue.Sent);

        // A message that got lost delays it by no more than its own time.
        bench.Clock.Advance(TimeSpan.FromSeconds(5));
        await bench.Poller.PollAsync(default);
        Assert.Equal(2, bench.Queue.Sent);
    }

    [Fact]
    public async Task A_track_that_is_refused_as_a_whole_is_not_queued_until_its_time()
    {
        var bench = new Bench();
        bench.Refuse("get the database", Failure.PersonNeeded, 401);
        await bench.LookAsync();

        await bench.Poller.PollAsync(default);
        Assert.Equal(0, bench.Queue.Sent);

        bench.Clock.Advance(TimeSpan.FromHours(1));
        await bench.Poller.PollAsync(default);
        Assert.Equal(1, bench.Queue.Sent);
    }

    [Fact]
    public async Task What_is_refused_is_not_queued_before_its_time_only_to_be_passed_over()
    {
        var bench = new Bench();
        bench.Vault.Others.Add(Bench.Secret);
        await bench.LookAsync();

        await bench.Poller.PollAsync(default);

        Assert.Equal(0, bench.Queue.Sent);
    }

    [Fact]
    public async Task That_a_person_is_needed_is_said_by_each_poll_until_it_is_mended()
    {
        const string whole = "Warning orders: a person is needed: no: get the database";
        var bench = new Bench();
        bench.Refuse("get the database", Failure.PersonNeeded, 401);
        await bench.LookAsync();

        await bench.Poller.PollAsync(default);
        await bench.Poller.PollAsync(default);
        Assert.Equal(2, bench.Logged(whole));

        bench.Journal.Before = null;
        bench.PlanetScale.ReadyAtOnce = true;
        await bench.RetryAsync();
        await bench.Poller.PollAsync(default);
        Assert.Equal(2, bench.Logged("a person is needed"));
    }

    [Fact]
    public async Task So_is_what_a_record_says_of_one_iteration()
    {
        var bench = new Bench();
        await bench.LookAsync();
        bench.Vault.Change(Bench.Secret, record => record with { Refused = Refusal.After(null, bench.Clock.GetUtcNow(), "the database is full") });

        await bench.Poller.PollAsync(default);
        Assert.Equal(1, bench.Logged("Warning orders: a person is needed: the database is full"));

        bench.Clock.Advance(TimeSpan.FromHours(1));
        await bench.Poller.PollAsync(default);
        Assert.Equal(1, bench.Logged("a person is needed"));
    }

    [Fact]
    public async Task One_track_s_failure_does_not_stop_the_others()
    {
        var bench = new Bench(values =>
        {
            values["Tracks__billing__Project"] = "Meridian";
            values["Tracks__billing__Database"] = "ledger";
            values["Tracks__billing__Retire"] = "Keep";
        });
        foreach (var track in new[] { "orders", "billing" })
        {
            await using var lease = await bench.Locks.TryTakeAsync(track, default);
            await lease!.RememberAsync(new TrackMemory { LastLook = bench.Clock.GetUtcNow() }, default);
        }

        bench.Boards["billing"].Add(Some.Sprint42);
        bench.Refuse("list the iterations of orders", Failure.Transient, 503);

        var result = await bench.Poller.PollAsync(default);

        Assert.Equal((2, "billing", "orders: no: list the iterations of orders"), (result.Tracks, Assert.Single(result.Queued), Assert.Single(result.Failed)));
        Assert.Equal(1, bench.Logged("Warning orders: the poll failed: no: list the iterations of orders"));
    }

    [Theory]
    [InlineData("list the vault")]
    [InlineData("list the iterations of orders")]
    public async Task What_needs_a_person_is_left_to_the_look_that_remembers_it(string call)
    {
        var bench = await new Bench().ReadyAsync();
        bench.Refuse(call, Failure.PersonNeeded, 403);

        await bench.Poller.PollAsync(default);
        Assert.Equal(1, bench.Queue.Sent);

        await bench.DrainAsync();
        await bench.Poller.PollAsync(default);
        Assert.Equal(1, bench.Queue.Sent);
        Assert.Equal(1, bench.Logged($"Error orders: no: {call}"));
    }

    [Fact]
    public async Task A_track_that_is_off_is_reported_and_the_others_run()
    {
        var bench = new Bench(values => values["Tracks__billing__Project"] = "Meridian");

        var result = await bench.Poller.PollAsync(default);

        Assert.Equal(["orders"], result.Queued);
        Assert.Equal(1, bench.Logged("Warning billing: the track is off: "));
    }

    [Fact]
    public async Task In_a_dry_run_once_an_hour_is_often_enough_to_say_what_would_be_done()
    {
        var bench = new Bench(values => values["DryRun"] = "true");
        await bench.LookAsync();

        await bench.Poller.PollAsync(default);
        Assert.Equal(0, bench.Queue.Sent);

        bench.Clock.Advance(TimeSpan.FromHours(1));
        await bench.Poller.PollAsync(default);
        Assert.Equal(1, bench.Queue.Sent);
    }

    [Fact]
    public async Task When_the_queue_is_down_the_poll_says_so()
    {
        var bench = new Bench();
        bench.Queue.Down = new PeerException(Failure.Transient, "the queue is down");

        Assert.Equal("orders: the queue is down", Assert.Single((await bench.Poller.PollAsync(default)).Failed));
    }

    [Fact]
    public async Task A_disabled_record_is_no_reason_for_a_look_every_five_minutes()
    {
        var bench = await new Bench().ReadyAsync();
        bench.Vault.Change(Bench.Secret, record => record with { Enabled = false, State = RecordState.Ready });

        await bench.Poller.PollAsync(default);

        Assert.Equal(0, bench.Queue.Sent);
    }
}
