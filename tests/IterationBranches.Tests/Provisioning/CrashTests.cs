using IterationBranches.Provisioning;
using IterationBranches.Records;
using IterationBranches.Testing;

namespace IterationBranches.Tests.Provisioning;

/// <summary>Crashes, lost and late answers, lost leases, strangers, and hands in the vault: every step can be the last one.</summary>
public sealed class CrashTests
{
    public static TheoryData<string> EachWrite => ["claim", "create branch", "tag", "create a credential", "commit", "point"];

    [Theory]
    [MemberData(nameof(EachWrite))]
    public async Task A_crash_before_a_write_is_made_good_by_the_next_run(string write)
    {
        var bench = ReadyAtOnce();
        bench.Once(write, () => throw new OperationCanceledException("the process died"));
        await Assert.ThrowsAsync<OperationCanceledException>(() => bench.LookAsync());

        await FinishesAsync(bench);
    }

    [Theory]
    [MemberData(nameof(EachWrite))]
    public async Task A_crash_after_a_write_is_made_good_by_the_next_run(string write)
    {
        var bench = ReadyAtOnce();
        bench.Journal.After = call =>
        {
            if (call.StartsWith(write, StringComparison.Ordinal))
            {
                bench.Journal.After = null;
                throw new OperationCanceledException("the process died");
            }
        };
        // Known from an earlier branch: the answer that names our actor is the one that is lost here.
        await KnowOurselvesAsync(bench);
        await Assert.ThrowsAsync<OperationCanceledException>(() => bench.LookAsync());

        await FinishesAsync(bench);
    }

    [Theory]
    [MemberData(nameof(EachWrite))]
    public async Task Whoever_loses_the_lease_before_a_write_does_not_write(string write)
    {
        var bench = ReadyAtOnce();
        var writes = new List<string> { "claim", "create branch", "tag", "create a credential", "commit", "point" };
        // Broken by the write before it; before the first one by a read.
        bench.Journal.After = _ =>
        {
            if (bench.Writes.Count == writes.IndexOf(write))
            {
                bench.Locks.Break(Bench.Orders);
            }
        };
        if (write == "claim")
        {
            bench.Once("list the branches", () => bench.Locks.Break(Bench.Orders));
        }

        await bench.LookAsync();

        Assert.Equal(writes.IndexOf(write), bench.Writes.Count);
        Assert.Equal(1, bench.Logged("the lease was lost"));
        Assert.Equal(0, bench.Queue.Sent);
        Assert.Null((await bench.Locks.ReadAsync(Bench.Orders, default)).LastLook);
        bench.Journal.After = null;
        if (write == "tag")
        {
            await KnowOurselvesAsync(bench);
        }

        await FinishesAsync(bench);
    }

    [Fact]
    public async Task Whoever_does_not_get_the_lease_ends_and_an_operator_s_message_is_sent_again()
    {
        var bench = new Bench();
        await using var held = await bench.Locks.TryTakeAsync(Bench.Orders, default);

        await bench.RetryAsync();
        var (text, visibleAt) = Assert.Single(bench.Queue.Messages);
        Assert.Equal((LookReason.Operator, "retry", Some.Now.AddSeconds(30)), (LookMessage.Parse(text).Message!.Reason, LookMessage.Parse(text).Message!.Operation!.Verb, visibleAt));
        Assert.Empty(bench.Journal.Reads);
    }

    [Fact]
    public async Task An_operator_s_message_is_sent_again_when_the_lease_is_lost()
    {
        var bench = new Bench();
        bench.Once("list the branches", () => bench.Locks.Break(Bench.Orders));

        await bench.RetryAsync();

        Assert.Equal("retry", LookMessage.Parse(Assert.Single(bench.Queue.Messages).Text).Message!.Operation!.Verb);
        Assert.Empty(bench.Writes);
    }

    [Fact]
    public async Task A_branch_whose_answer_was_lost_is_known_again()
    {
        var bench = ReadyAtOnce();
        await KnowOurselvesAsync(bench);
        bench.Journal.After = call =>
        {
            bench.Journal.After = call.StartsWith("create branch", StringComparison.Ordinal) ? throw new PeerException(Failure.Transient, "no answer") : bench.Journal.After;
        };
        await Assert.ThrowsAsync<PeerException>(() => bench.LookAsync());
        bench.Journal.After = null;

        await bench.LookAsync();

        Assert.Equal(["main", "sprint-42"], bench.PlanetScale.Branches.Select(branch => branch.Name));
        Assert.Equal(RecordState.Ready, bench.Vault.Newest(Bench.Secret).State);
    }

    [Fact]
    public async Task A_stranger_who_takes_the_name_in_between_keeps_it()
    {
        var bench = ReadyAtOnce();
        bench.Once("create branch", () => bench.PlanetScale.AddBranch("sprint-42"));

        await bench.LookAsync();
        await bench.DrainAsync();

        Assert.Equal(["main", "sprint-42", "sprint-42-2a6f9d84"], bench.PlanetScale.Branches.Select(branch => branch.Name));
        var record = bench.Vault.Newest(Bench.Secret);
        Assert.Equal(("sprint-42-2a6f9d84", RecordState.Ready, Some.Now), (record.Branch, record.State, record.ClaimedAt));
        Assert.Equal(bench.PlanetScale.Branches[^1].Id, record.BranchId);
    }

    [Fact]
    public async Task A_credential_on_the_wrong_branch_is_deleted_and_never_written()
    {
        var bench = ReadyAtOnce();
        bench.PlanetScale.WrongBranch = "br-main";

        await bench.LookAsync();

        Assert.Empty(bench.PlanetScale.Credentials);
        Assert.Equal("pending", bench.Vault.ValueOf(Bench.Secret));
        Assert.Contains("instead of", bench.Vault.Newest(Bench.Secret).Refused!.Reason, StringComparison.Ordinal);
        Assert.Equal(1, bench.Logged("PlanetScale made the credential on branch br-main"));
    }

    [Theory]
    [InlineData(5.0, true)]
    [InlineData(5.01, false)]
    public async Task A_credential_that_comes_too_late_is_deleted(double minutes, bool isCommitted)
    {
        var bench = ReadyAtOnce();
        await bench.LookAsync();
        // The step alone: a whole run is cut off before.
        var (world, issue) = await bench.IssueAgainAsync();
        bench.Journal.After = call => bench.Clock.Advance(call.StartsWith("create a credential", StringComparison.Ordinal) ? TimeSpan.FromMinutes(minutes) : TimeSpan.Zero);

        var outcome = await bench.RunAsync(issue, world);

        Assert.Equal(isCommitted, outcome.World is not null);
        Assert.Equal(isCommitted ? "create a credential, commit" : "create a credential, delete credential cred-3", bench.Summary());
    }

    [Fact]
    public async Task A_refused_commit_leaves_no_credential_that_nobody_knows()
    {
        var bench = ReadyAtOnce();
        bench.Refuse("commit", Failure.PersonNeeded, 403);

        await bench.LookAsync();

        Assert.Empty(bench.PlanetScale.Credentials);
        Assert.Equal(RecordState.Claimed, bench.Vault.Newest(Bench.Secret).State);
        Assert.Equal("no: commit", bench.Vault.Newest(Bench.Secret).Refused!.Reason);
    }

    [Fact]
    public async Task After_a_lost_answer_to_the_commit_the_credential_stays_for_it_may_be_in_the_record()
    {
        var bench = ReadyAtOnce();
        bench.Journal.After = call =>
        {
            if (call.StartsWith("commit", StringComparison.Ordinal))
            {
                bench.Journal.After = null;
                throw new PeerException(Failure.Transient, "no answer");
            }
        };
        await Assert.ThrowsAsync<PeerException>(() => bench.LookAsync());

        await bench.LookAsync();

        Assert.Equal(Assert.Single(bench.PlanetScale.Credentials).Id, bench.Vault.Newest(Bench.Secret).CredentialId);
        Assert.NotNull(bench.Vault.AliasOf(Bench.AliasName));
    }

    [Theory]
    [InlineData(Failure.Transient, null)] // no answer
    [InlineData(Failure.Transient, 503)]
    [InlineData(Failure.ToldToWait, 429)] // of a repetition, by the client, of a call whose first answer was lost
    [InlineData(Failure.ToldToWait, 409)]
    [InlineData(Failure.PersonNeeded, null)] // an answer that nobody understood
    public async Task A_credential_whose_commit_may_have_taken_effect_is_not_deleted(Failure failure, int? status)
    {
        var bench = ReadyAtOnce();
        bench.Journal.After = call =>
        {
            if (call.StartsWith("commit", StringComparison.Ordinal))
            {
                bench.Journal.After = null;
                throw new PeerException(failure, "not an answer to this commit", status);
            }
        };

        await Xunit.Record.ExceptionAsync(() => bench.LookAsync());

        Assert.Equal(bench.Vault.Newest(Bench.Secret).CredentialId, Assert.Single(bench.PlanetScale.Credentials).Id);
        Assert.DoesNotContain(bench.Writes, write => write.StartsWith("delete credential", StringComparison.Ordinal));
    }

    [Fact]
    public async Task When_record_and_PlanetScale_do_not_agree_after_the_commit_it_is_looked_at_again()
    {
        var bench = ReadyAtOnce();
        bench.Once("read ", () => bench.PlanetScale.Forget(bench.PlanetScale.Credentials.Single().Id));

        await bench.LookAsync();

        Assert.Equal(1, bench.Logged("do not agree after the commit"));
        Assert.Null(bench.Vault.AliasOf(Bench.AliasName));
        Assert.Equal(Some.Now + TimeSpan.FromSeconds(5), Assert.Single(bench.Queue.Messages).VisibleAt);
        await bench.DrainAsync();
        Assert.NotNull(bench.Vault.AliasOf(Bench.AliasName));
    }

    [Fact]
    public async Task After_a_late_writer_s_commit_record_and_alias_agree()
    {
        var bench = ReadyAtOnce();
        // Another worker commits between our read-back and the alias.
        bench.Journal.Before = call =>
        {
            if (call.StartsWith("read ", StringComparison.Ordinal) && bench.Writes.Count == 5 && bench.Journal.Reads[^1].StartsWith("find credential", StringComparison.Ordinal))
            {
                bench.Journal.Before = null;
                var newest = bench.Vault.Newest(Bench.Secret);
                var other = bench.PlanetScale.AddCredential(newest.BranchId!, "ib-2a6f9d84-0badcafe");
                bench.Vault.Put(newest with { CredentialId = other.Id }, new SecretText("theirs", "text/plain"));
            }
        };

        await bench.LookAsync();
        await bench.DrainAsync();

        Assert.Equal(bench.Vault.Newest(Bench.Secret).CredentialId, bench.Vault.AliasOf(Bench.AliasName)!.Value.Alias.CredentialId);
        Assert.Equal(bench.Vault.ValueOf(Bench.Secret), bench.Vault.AliasOf(Bench.AliasName)!.Value.Value);
        Assert.Contains(bench.PlanetScale.Credentials, credential => credential.Id == bench.Vault.Newest(Bench.Secret).CredentialId);
    }

    [Fact]
    public async Task A_record_that_a_person_disables_before_the_alias_is_written_gives_no_alias()
    {
        var bench = ReadyAtOnce();
        bench.Journal.Before = call =>
        {
            if (call.StartsWith("read ", StringComparison.Ordinal) && bench.Journal.Reads[^1].StartsWith("find credential", StringComparison.Ordinal) && bench.Writes.Count == 5)
            {
                bench.Vault.Change(Bench.Secret, record => record with { Enabled = false });
            }
        };

        await bench.LookAsync();
        bench.Journal.Before = null;
        await bench.DrainAsync();

        Assert.Null(bench.Vault.AliasOf(Bench.AliasName));
        Assert.Equal(1, bench.Logged("was disabled by a person"));
    }

    [Fact]
    public async Task An_alias_is_worked_out_again_when_midnight_comes_before_the_write()
    {
        var bench = ReadyAtOnce();
        bench.Boards[Bench.Orders][0] = Some.Sprint42 with { Finish = Some.Today };
        bench.Clock.Advance(TimeSpan.FromHours(14.99));
        bench.Journal.After = call =>
        {
            if (call.StartsWith("commit", StringComparison.Ordinal))
            {
                bench.Clock.Advance(TimeSpan.FromMinutes(1));
            }
        };

        await bench.LookAsync();

        Assert.Equal(RecordState.Ready, bench.Vault.Newest(Bench.Secret).State);
        Assert.Null(bench.Vault.AliasOf(Bench.AliasName));
    }

    [Fact]
    public async Task While_PlanetScale_names_no_actor_a_branch_is_ours_only_in_the_run_that_made_it()
    {
        var bench = ReadyAtOnce();
        bench.PlanetScale.Actor = null;

        await bench.LookAsync();

        Assert.Equal(RecordState.Ready, bench.Vault.Newest(Bench.Secret).State);
        Assert.Null((await bench.Locks.ReadAsync(Bench.Orders, default)).ActorId);
    }

    [Fact]
    public async Task A_claim_that_forgot_its_branch_finds_it_in_its_older_versions()
    {
        var bench = await new Bench().ReadyAsync();
        var known = bench.Vault.Newest(Bench.Secret);
        bench.Vault.Put(known with { State = RecordState.Claimed, BranchId = null, CredentialId = null, Enabled = false, Branch = "sprint-42-2a6f9d84" });

        await bench.LookAsync();

        Assert.StartsWith("claim, create a credential, commit", bench.Summary(), StringComparison.Ordinal);
        Assert.Equal((known.BranchId, "sprint-42"), (bench.Vault.Newest(Bench.Secret).BranchId, bench.Vault.Newest(Bench.Secret).Branch));
        Assert.Equal(2, bench.PlanetScale.Branches.Count);
    }

    private static Bench ReadyAtOnce()
    {
        var bench = new Bench();
        bench.PlanetScale.ReadyAtOnce = true;
        return bench;
    }

    private static async Task KnowOurselvesAsync(Bench bench)
    {
        await using var lease = await bench.Locks.TryTakeAsync(Bench.Orders, default);
        await lease!.RememberAsync(lease.Memory with { ActorId = InMemoryPlanetScale.OurActor }, default);
    }

    /// <summary>However it was cut off: one branch, a credential that works, and the alias.</summary>
    private static async Task FinishesAsync(Bench bench)
    {
        bench.Locks.Break(Bench.Orders);
        await bench.LookAsync();
        await bench.DrainAsync();
        bench.Clock.Advance(TimeSpan.FromMinutes(16));
        await bench.LookAsync();

        var record = bench.Vault.Newest(Bench.Secret);
        Assert.Equal(["main", "sprint-42"], bench.PlanetScale.Branches.Select(branch => branch.Name));
        Assert.Equal((RecordState.Ready, Assert.Single(bench.PlanetScale.Credentials).Id), (record.State, record.CredentialId));
        Assert.Equal(record.CredentialId, bench.Vault.AliasOf(Bench.AliasName)!.Value.Alias.CredentialId);
    }
}
