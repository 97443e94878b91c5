using IterationBranches.Iterations;
using IterationBranches.Provisioning;
using IterationBranches.Records;
using IterationBranches.Testing;
using IterationBranches.Tests.Provisioning;

namespace IterationBranches.Tests.Stories;

/// <summary>"It fails": who says no, and what happens next.</summary>
public sealed class RefusalTests
{
    private const string TwinSecret = "br-orders-f0000000";

    [Theory]
    [InlineData("{", "the message is not what this app writes")]
    [InlineData("null", "the message is null")]
    [InlineData("look at orders", "the message is not what this app writes")]
    [InlineData("""{"version":2,"track":"orders","reason":"poll"}""", "the message has version 2; this app reads version 1")]
    [InlineData("""{"version":1,"reason":"poll"}""", "the message is not what this app writes")]
    [InlineData("""{"version":1,"track":"","reason":"poll"}""", "the message names no track")]
    [InlineData("""{"version":1,"track":"orders","reason":"mood"}""", "the message is not what this app writes")]
    [InlineData("""{"version":1,"track":"orders","reason":"operator","operation":{"verb":"drop"}}""", "the operation 'drop' is not one of this version (retry, rotate, recreate)")]
    [InlineData("""{"version":1,"track":"billing","reason":"poll"}""", "there is no track 'billing' in the settings")]
    public async Task A_message_that_cannot_be_handled_goes_to_the_poison_queue_with_the_reason(string text, string reason)
    {
        var bench = new Bench();

        await bench.HandleAsync(text);

        var poison = Assert.Single(bench.Queue.Poison);
        Assert.Equal(text, poison.Text);
        Assert.StartsWith(reason, poison.Reason, StringComparison.Ordinal);
        Assert.Empty(bench.Journal.Reads);
    }

    [Fact]
    public async Task The_track_s_name_is_read_without_regard_to_case()
    {
        var bench = new Bench();

        await bench.HandleAsync("""{"version":1,"track":"ORDERS","reason":"workitem"}""");

        Assert.Empty(bench.Queue.Poison);
        Assert.NotEmpty(bench.Writes);
    }

    [Fact]
    public async Task A_track_that_is_off_is_said_and_the_message_is_done()
    {
        var bench = new Bench(values => values["Tracks__orders__Retire"] = "");

        await bench.LookAsync();

        Assert.Equal(1, bench.Logged("Error orders: the track is off: Tracks__orders__Retire"));
        Assert.Empty(bench.Queue.Poison);
        Assert.Empty(bench.Journal.Reads);
    }

    [Fact]
    public async Task Told_to_wait_for_too_many_requests_the_run_ends_with_one_delayed_look()
    {
        var bench = WithTwin();
        bench.Chance = 1;
        bench.Refuse("claim", Failure.ToldToWait, 429, TimeSpan.FromSeconds(100));

        await bench.LookAsync();

        Assert.Empty(bench.Writes);
        Assert.Equal(Some.Now.AddSeconds(120), Assert.Single(bench.Queue.Messages).VisibleAt);
        Assert.Empty((await bench.Locks.ReadAsync(Bench.Orders, default)).Refusals);
    }

    [Theory]
    [InlineData(429, true)]
    [InlineData(409, false)]
    public async Task Too_many_requests_end_the_run_and_any_other_wait_is_its_sprint_s_own(int status, bool isEnd)
    {
        var bench = WithTwin();
        bench.Once("create branch", () => throw new PeerException(Failure.ToldToWait, "not now", status));

        await bench.LookAsync();

        Assert.Equal(isEnd, bench.Summary() == "claim");
        Assert.Equal(!isEnd, bench.Vault.Versions(Records.Record.NameFor(Bench.Orders, Twin.Id)) is [{ State: RecordState.Ready }, ..]);
    }

    [Fact]
    public async Task A_message_that_could_not_be_sent_is_not_noted_as_on_its_way()
    {
        var bench = new Bench();
        bench.Queue.Down = new PeerException(Failure.Transient, "the queue is down");
        await Assert.ThrowsAsync<PeerException>(() => bench.LookAsync());
        Assert.Null((await bench.Locks.ReadAsync(Bench.Orders, default)).PendingLook);

        bench.Queue.Down = null;
        await bench.LookAsync();

        Assert.Single(bench.Queue.Messages);
    }

    [Theory]
    [InlineData(100, 0, 100)]
    [InlineData(100, 0.5, 110)]
    [InlineData(100, 1, 120)]
    [InlineData(null, 0, 60)] // nobody said how long
    [InlineData(0, 0, 60)]
    [InlineData(-5, 1, 72)]
    [InlineData(86400, 1, 4320)] // never longer than an hour and the jitter
    public async Task The_wait_is_what_was_asked_for_with_at_most_a_fifth_more(int? asked, double chance, int seconds)
    {
        var bench = new Bench { Chance = chance };
        bench.Refuse("get the database", Failure.ToldToWait, 429, asked is { } given ? TimeSpan.FromSeconds(given) : null);

        await bench.LookAsync();

        Assert.Equal(Some.Now.AddSeconds(seconds), Assert.Single(bench.Queue.Messages).VisibleAt);
    }

    [Fact]
    public async Task A_transient_failure_is_thrown_when_the_others_are_done()
    {
        var bench = WithTwin();
        bench.Refuse("create branch sprint-42", Failure.Transient, 503);
        bench.Once("create branch sprint-42", () => throw new PeerException(Failure.Transient, "503", 503));

        var thrown = await Assert.ThrowsAsync<PeerException>(() => bench.LookAsync());

        Assert.Equal(Failure.Transient, thrown.Failure);
        Assert.Equal(RecordState.Ready, bench.Vault.Newest(TwinSecret).State);
        Assert.Equal(RecordState.Claimed, bench.Vault.Newest(Bench.Secret).State);
        // The message comes again, and the rest is done.
        await bench.LookAsync();
        Assert.Equal(RecordState.Ready, bench.Vault.Newest(Bench.Secret).State);
    }

    [Fact]
    public async Task A_look_that_cannot_be_completed_concludes_nothing()
    {
        var bench = await new Bench().ReadyAsync();
        bench.Refuse("list the branches", Failure.Transient, 500);

        await Assert.ThrowsAsync<PeerException>(() => bench.LookAsync());

        Assert.Empty(bench.Writes);
        Assert.Empty(bench.Queue.Poison);
    }

    [Fact]
    public async Task A_refusal_is_said_once_remembered_in_the_record_and_tried_again_an_hour_later()
    {
        var bench = new Bench();
        bench.PlanetScale.Database = bench.PlanetScale.Database with { AtBranchLimit = true };

        await bench.LookAsync();
        await bench.LookAsync();
        bench.Clock.Advance(TimeSpan.FromMinutes(59));
        await bench.LookAsync();

        Assert.Equal("claim, tag", bench.Summary());
        Assert.Equal(1, bench.Logged("Error orders: shop has as many development branches"));
        var refused = bench.Vault.Newest(Bench.Secret).Refused!;
        Assert.Equal((Some.Now.AddHours(1), TimeSpan.FromHours(1)), (refused.NotBefore, refused.Delay));

        bench.Clock.Advance(TimeSpan.FromMinutes(1));
        await bench.LookAsync();
        Assert.Equal(TimeSpan.FromHours(2), bench.Vault.Newest(Bench.Secret).Refused!.Delay);
        Assert.Equal(2, bench.Logged("Error orders: shop has as many development branches"));

        bench.PlanetScale.Database = bench.PlanetScale.Database with { AtBranchLimit = false };
        bench.Clock.Advance(TimeSpan.FromHours(2));
        await bench.LookAsync();
        Assert.Null(bench.Vault.Newest(Bench.Secret).Refused);
    }

    [Fact]
    public async Task A_refusal_without_a_record_is_remembered_by_the_track_for_that_sprint_alone()
    {
        var bench = WithTwin();
        bench.Vault.Others.Add(Bench.Secret);

        await bench.LookAsync();
        await bench.LookAsync();

        var memory = await bench.Locks.ReadAsync(Bench.Orders, default);
        Assert.Equal(Some.Now.AddHours(1), memory.RefusalOf(Some.Sprint42.Id)!.NotBefore);
        Assert.Equal(1, bench.Logged("Error orders: the secret br-orders-2a6f9d84 exists"));
        Assert.Equal(RecordState.Ready, bench.Vault.Newest(TwinSecret).State);

        bench.Clock.Advance(TimeSpan.FromHours(1));
        await bench.LookAsync();
        Assert.Equal(TimeSpan.FromHours(2), (await bench.Locks.ReadAsync(Bench.Orders, default)).RefusalOf(Some.Sprint42.Id)!.Delay);

        bench.Vault.Others.Clear();
        bench.Clock.Advance(TimeSpan.FromHours(2));
        await bench.LookAsync();
        Assert.Empty((await bench.Locks.ReadAsync(Bench.Orders, default)).Refusals);
        Assert.Equal(RecordState.Ready, bench.Vault.Newest(Bench.Secret).State);
    }

    [Theory]
    [InlineData("list the iterations")]
    [InlineData("list the vault")]
    [InlineData("get the database")]
    public async Task What_concerns_the_whole_track_is_remembered_for_it_until_an_operator_retries(string call)
    {
        var bench = new Bench();
        bench.Refuse(call, Failure.PersonNeeded, 403);

        await bench.LookAsync();
        bench.Journal.Before = null;
        await bench.LookAsync();

        Assert.Equal(1, bench.Logged($"Error orders: no: {call}"));
        Assert.Empty(bench.Writes);
        Assert.Equal(Some.Now.AddHours(1), (await bench.Locks.ReadAsync(Bench.Orders, default)).TrackRefusal!.NotBefore);

        await bench.RetryAsync();
        Assert.NotEmpty(bench.Writes);
        Assert.Null((await bench.Locks.ReadAsync(Bench.Orders, default)).TrackRefusal);
    }

    [Fact]
    public async Task An_operator_s_retry_tries_at_once_what_a_record_says_is_refused()
    {
        var bench = new Bench();
        bench.PlanetScale.Database = bench.PlanetScale.Database with { AtBranchLimit = true };
        await bench.LookAsync();
        bench.PlanetScale.Database = bench.PlanetScale.Database with { AtBranchLimit = false };
        bench.PlanetScale.ReadyAtOnce = true;

        await bench.RetryAsync();

        Assert.Equal((RecordState.Ready, (Refusal?)null), (bench.Vault.Newest(Bench.Secret).State, bench.Vault.Newest(Bench.Secret).Refused));
    }

    [Fact]
    public async Task That_the_alias_may_not_be_written_holds_up_no_sprint()
    {
        var bench = new Bench();
        bench.PlanetScale.ReadyAtOnce = true;
        bench.Refuse("point", Failure.PersonNeeded, 403);
        await bench.LookAsync();
        Assert.Null((await bench.Locks.ReadAsync(Bench.Orders, default)).TrackRefusal);

        bench.Boards[Bench.Orders].Add(Twin);
        await bench.LookAsync();

        Assert.Equal(RecordState.Ready, bench.Vault.Newest(TwinSecret).State);
        Assert.Equal(1, bench.Logged("Error orders: no: point"));
        bench.Journal.Before = null;
        bench.Clock.Advance(TimeSpan.FromHours(1));
        await bench.LookAsync();
        Assert.NotNull(bench.Vault.AliasOf(Bench.AliasName));
    }

    [Fact]
    public async Task That_an_orphan_may_not_be_deleted_holds_up_no_sprint()
    {
        var bench = await new Bench().ReadyAsync();
        bench.PlanetScale.AddCredential(bench.Vault.Newest(Bench.Secret).BranchId!, "ib-2a6f9d84-00000000");
        bench.PlanetScale.AddCredential(bench.Vault.Newest(Bench.Secret).BranchId!, "ib-2a6f9d84-00000001");
        bench.Clock.Advance(TimeSpan.FromMinutes(16));
        bench.Refuse("delete credential", Failure.PersonNeeded, 403);
        await bench.LookAsync();
        Assert.Equal(1, bench.Logged("Error orders: no: delete credential"));

        bench.Boards[Bench.Orders].Add(Twin);
        await bench.LookAsync();

        Assert.Equal(RecordState.Ready, bench.Vault.Newest(TwinSecret).State);
        Assert.Equal(1, bench.Logged("Error orders: no: delete credential"));
    }

    [Fact]
    public async Task A_refusal_that_cannot_be_remembered_is_said_again_rather_than_hidden()
    {
        var bench = new Bench();
        bench.PlanetScale.Database = bench.PlanetScale.Database with { AtBranchLimit = true };
        bench.Refuse("tag", Failure.Transient, 500);

        await bench.LookAsync();
        await bench.LookAsync();

        Assert.Equal(2, bench.Logged("Error orders: shop has as many development branches"));
        Assert.Equal(2, bench.Logged("the refusal could not be remembered"));
    }

    [Fact]
    public async Task Out_of_time_the_work_goes_on_with_the_next_message()
    {
        var bench = WithTwin();
        bench.Journal.After = call =>
        {
            if (call.StartsWith("create branch", StringComparison.Ordinal))
            {
                bench.Clock.Advance(TimeSpan.FromMinutes(2));
            }
        };

        await bench.LookAsync();

        Assert.Equal("claim, create branch sprint-42", bench.Summary());
        var (text, visibleAt) = Assert.Single(bench.Queue.Messages);
        Assert.Equal((LookReason.Continue, bench.Clock.GetUtcNow()), (LookMessage.Parse(text).Message!.Reason, visibleAt));
        bench.Journal.After = null;
        await bench.DrainAsync();
        Assert.Equal((RecordState.Ready, RecordState.Ready), (bench.Vault.Newest(Bench.Secret).State, bench.Vault.Newest(TwinSecret).State));
        Assert.Equal(3, bench.PlanetScale.Branches.Count);
    }

    [Fact]
    public async Task What_is_never_as_expected_is_looked_at_ever_less_often()
    {
        var bench = new Bench();
        // Every credential is gone a moment after it was made.
        bench.Journal.Before = call =>
        {
            if (call.StartsWith("find credential", StringComparison.Ordinal))
            {
                bench.PlanetScale.Credentials.ToList().ForEach(credential => bench.PlanetScale.Forget(credential.Id));
            }
        };
        bench.PlanetScale.ReadyAtOnce = true;
        var delays = new List<double>();
        for (var look = 0; look < 12; look++)
        {
            await bench.LookAsync();
            delays.Add((bench.Queue.Messages[^1].VisibleAt - bench.Clock.GetUtcNow()).TotalSeconds);
            bench.Clock.Advance(bench.Queue.Messages[^1].VisibleAt - bench.Clock.GetUtcNow());
        }

        Assert.Equal([5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600], delays);
    }

    [Fact]
    public async Task A_retry_that_has_to_wait_is_not_forgotten_by_the_look_that_follows()
    {
        var bench = new Bench();
        bench.PlanetScale.ReadyAtOnce = true;
        bench.Once("create branch", () => throw new PeerException(Failure.PersonNeeded, "no permission"));
        await bench.LookAsync();
        Assert.NotNull(bench.Vault.Newest(Bench.Secret).Refused);

        bench.Once("create branch", () => throw new PeerException(Failure.ToldToWait, "busy") { RetryAfter = TimeSpan.FromSeconds(30) });
        await bench.RetryAsync();

        Assert.Null(bench.Vault.Newest(Bench.Secret).Refused);
        await bench.DrainAsync();
        Assert.Equal(RecordState.Ready, bench.Vault.Newest(Bench.Secret).State);
    }

    private static Iteration Twin => Some.Sprint42 with
    {
        Id = Guid.Parse("f0000000-0000-4000-8000-000000000000"),
        Name = "Twin",
        Path = @"Meridian\Release 6\Twin",
    };

    /// <summary>Two sprints at once, and branches that are ready at once; Sprint 42 comes first.</summary>
    private static Bench WithTwin()
    {
        var bench = new Bench();
        bench.PlanetScale.ReadyAtOnce = true;
        bench.Boards[Bench.Orders].Add(Twin);
        return bench;
    }
}
