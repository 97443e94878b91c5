using IterationBranches.Branches;
using IterationBranches.Configuration;
using IterationBranches.Credentials;
using IterationBranches.Provisioning;
using IterationBranches.Records;
using static IterationBranches.Tests.Provisioning.Some;
using Record = IterationBranches.Records.Record;

namespace IterationBranches.Tests.Provisioning;

/// <summary>Another run has the track now: whoever finds that out changes nothing any more.</summary>
public sealed class LostLeaseTests
{
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);

    /// <summary>Each step, of Sprint 42 as it is when it has its branch, its credential and the alias.</summary>
    private static readonly Dictionary<string, Func<Found, Step>> s_steps = new()
    {
        ["a claim"] = found => new Step.WriteClaim(Sprint42, found.Record with { Branch = "another" }),
        ["a branch"] = found => new Step.CreateBranch(Sprint42, found.Record with { Branch = "another" }, "main"),
        ["finding out who we are"] = found => new Step.LearnActor(Sprint42, found.Record, found.Branch),
        ["the note of a branch"] = found => new Step.NoteBranch(Sprint42, found.Record, found.Branch),
        ["a credential"] = found => new Step.IssueCredential(Sprint42, found.Record, found.Branch, Now.AddDays(9)),
        ["the alias"] = found => new Step.PointAlias(Sprint42, found.Record, Bench.AliasName),
        ["a renewal"] = found => new Step.RenewCredential(Sprint42, found.Record, found.Branch, found.Given),
        ["the same value again"] = found => new Step.WriteAgain(Sprint42, found.Record),
        ["tags that follow"] = found => new Step.Follow(Sprint42, found.Record, "something is otherwise"),
        ["the deletion of an orphan"] = found => new Step.DeleteCredential(null, found.Branch, found.Orphan, Unneeded.Orphaned),
        ["the deletion of what is known to others"] = found => new Step.DeleteCredential(null, found.Branch, found.Orphan, Unneeded.Leaked),
        ["the deletion of a retired credential"] = found => new Step.DeleteCredential(Sprint42, found.Branch, found.Given, Unneeded.Retired, found.Record),
        ["a notice"] = found => new Step.NoticeRetirement(Sprint42, found.Record with { Notice = new(Now, Retirement.Delete) }),
        ["disabling the record"] = found => new Step.RevokeRecord(Sprint42, found.Record with { State = RecordState.Revoked }),
        ["the point of no return"] = found => new Step.MarkDeleted(Sprint42, found.Record with { State = RecordState.Deleted }),
        ["the deletion of the branch"] = found => new Step.DeleteBranch(Sprint42, found.Record, found.Branch),
        ["the deletion of the record"] = found => new Step.DeleteRecord(Sprint42, found.Record),
    };

    public static TheoryData<string> Steps => [.. s_steps.Keys];

    [Theory]
    [MemberData(nameof(Steps))]
    public async Task No_step_changes_anything(string what)
    {
        var (bench, world, found) = await FindAsync();

        await Assert.ThrowsAsync<LeaseLostException>(() => bench.RunAsync(s_steps[what](found), world, isLeaseLost: true));

        Assert.Empty(bench.Writes);
    }

    [Fact]
    public async Task All_steps_that_are_carried_out_are_among_these()
    {
        var (_, _, found) = await FindAsync();

        Assert.Equal(
            typeof(Step).GetNestedTypes().Except([typeof(Step.Refuse), typeof(Step.AwaitBranch)]).Select(type => type.Name).Order(),
            s_steps.Values.Select(step => step(found).GetType().Name).Distinct().Order());
    }

    [Fact]
    public async Task A_former_role_keeps_what_it_owns_when_the_lease_is_lost_after_the_commit()
    {
        var bench = new Bench(values => values["Tracks__orders__DataBranching"] = "true");
        bench.PlanetScale.Database = bench.PlanetScale.Database with { Kind = DatabaseKind.Postgres };
        bench.PlanetScale.Backups["main"] = new Backup("backup-1", "daily", Now, Now.AddDays(9));
        await bench.ReadyAsync();
        var (world, issue) = await bench.IssueAgainAsync();
        bench.Journal.After = call => BreakAfter(bench, call, "commit");

        await Assert.ThrowsAsync<LeaseLostException>(() => bench.RunAsync(issue, world));

        Assert.Equal("create a credential, commit", bench.Summary());
    }

    [Fact]
    public async Task No_refusal_is_written_into_a_record()
    {
        var bench = new Bench();
        bench.PlanetScale.Database = bench.PlanetScale.Database with { AtBranchLimit = true };
        bench.Vault.Put(Claim());
        bench.Once("list the branches", () => bench.Locks.Break(Bench.Orders));

        await bench.LookAsync();

        Assert.Empty(bench.Writes);
        Assert.Null(bench.Vault.Newest(Bench.Secret).Refused);
        Assert.Equal(1, bench.Logged("the lease was lost"));
    }

    [Fact]
    public async Task No_refusal_is_taken_out_of_a_record_by_an_operator_s_retry()
    {
        var bench = await new Bench().ReadyAsync();
        bench.Vault.Change(Bench.Secret, record => record with { Refused = new(Now + s_hour, s_hour, "something") });
        bench.Once("list the branches", () => bench.Locks.Break(Bench.Orders));

        await bench.RetryAsync();

        Assert.Empty(bench.Writes);
        Assert.NotNull(bench.Vault.Newest(Bench.Secret).Refused);
        Assert.Equal(1, bench.Logged("the lease was lost"));
    }

    private static void BreakAfter(Bench bench, string call, string write)
    {
        if (call.StartsWith(write, StringComparison.Ordinal))
        {
            bench.Locks.Break(Bench.Orders);
        }
    }

    /// <summary>The record gives another credential than the alias, so that the alias is behind.</summary>
    private static async Task<(Bench Bench, World World, Found Found)> FindAsync()
    {
        var bench = await new Bench().ReadyAsync();
        var (branchId, orphan) = (bench.Vault.Newest(Bench.Secret).BranchId!, "ib-2a6f9d84-00000000");
        var given = bench.PlanetScale.AddCredential(branchId, "ib-2a6f9d84-00000001");
        bench.Vault.Put(bench.Vault.Newest(Bench.Secret) with { CredentialId = given.Id }, new SecretText("another", "text/plain"));
        var found = new Found(bench.Vault.Newest(Bench.Secret), bench.PlanetScale.Branches.Single(branch => branch.Id == branchId), given, bench.PlanetScale.AddCredential(branchId, orphan));
        return (bench, await bench.SeeAsync(), found);
    }

    private sealed record Found(Record Record, Branch Branch, Credential Given, Credential Orphan);
}
