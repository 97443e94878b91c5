using IterationBranches.Provisioning;
using IterationBranches.Records;
using IterationBranches.Testing;

namespace IterationBranches.Tests.Provisioning;

/// <summary>What is slow, gone or odd about one thing does not hold up the others, nor a whole track for ever.</summary>
public sealed class HeldUpTests
{
    [Fact]
    public async Task A_look_that_takes_longer_than_a_run_may_is_followed_by_a_step()
    {
        var bench = new Bench();
        bench.PlanetScale.ReadyAtOnce = true;
        bench.Journal.Before = begun =>
        {
            if (begun.StartsWith("list the branches", StringComparison.Ordinal))
            {
                bench.Clock.Advance(TimeSpan.FromSeconds(125));
            }
        };

        await bench.LookAsync();
        await bench.DrainAsync();

        Assert.Equal("claim, create branch sprint-42, tag, create a credential, commit, point", bench.Summary());
    }

    [Fact]
    public async Task A_branch_that_was_deleted_or_sleeps_hides_its_own_credentials_alone()
    {
        var bench = await new Bench().ReadyAsync();
        bench.Boards[Bench.Orders].Add(Some.Sprint43);
        bench.Clock.Advance(TimeSpan.FromDays(9));
        await bench.LookAsync();
        bench.Boards[Bench.Orders].Add(Some.Sprint("Sprint 44", "2026-09-05", "2026-09-30"));
        bench.Once("list the credentials", () => throw new PeerException(Failure.PersonNeeded, "there is no such branch, or it is not permitted", 404));

        await bench.LookAsync();

        Assert.Contains(bench.PlanetScale.Branches, branch => branch.Name == "sprint-44");
        Assert.Equal(1, bench.Logged("the credentials of branch sprint-42 are not looked after: there is no such branch, or it is not permitted"));
        Assert.Null((await bench.Locks.ReadAsync(Bench.Orders, default)).TrackRefusal);
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)] // then it is not permitted
    public async Task The_only_branch_there_is_keeps_the_next_sprint_from_nothing_though_its_credentials_cannot_be_seen(bool isAsleep, int errors)
    {
        var bench = await new Bench().ReadyAsync();
        bench.PlanetScale.Change("sprint-42", branch => branch with { Asleep = isAsleep });
        bench.Boards[Bench.Orders].Add(Some.Sprint("Sprint 44", "2026-08-27", "2026-09-30"));
        bench.Once("list the credentials", () => throw new PeerException(Failure.PersonNeeded, "there is no such branch, or it is not permitted", 404));

        await bench.LookAsync();

        Assert.Contains(bench.PlanetScale.Branches, branch => branch.Name == "sprint-44");
        Assert.Equal(errors, bench.Logged("Error orders: the credentials of branch sprint-42 are not looked after: there is no such branch, or it is not permitted"));
        Assert.Null((await bench.Locks.ReadAsync(Bench.Orders, default)).TrackRefusal);
    }

    [Fact]
    public async Task A_name_that_was_taken_a_moment_ago_does_not_count_for_the_names_that_were_taken_before_it()
    {
        var bench = new Bench();
        await using (var lease = await bench.Locks.TryTakeAsync(Bench.Orders, default))
        {
            await lease!.RememberAsync(new TrackMemory { LooksAgain = 9, Taken = new Dictionary<string, int> { ["sprint-41"] = 9 } }, default);
        }

        bench.Journal.Before = begun =>
        {
            if (begun.StartsWith("create branch", StringComparison.Ordinal))
            {
                bench.PlanetScale.AddBranch("sprint-42");
            }
            else if (begun.StartsWith("find branch", StringComparison.Ordinal))
            {
                bench.PlanetScale.Branches.RemoveAll(branch => branch.Name == "sprint-42");
            }
        };

        await bench.LookAsync();

        Assert.Equal(0, bench.Logged("Error"));
        Assert.Equal(new Dictionary<string, int> { ["sprint-42"] = 1 }, (await bench.Locks.ReadAsync(Bench.Orders, default)).Taken);
    }

    [Fact]
    public async Task Forty_refused_iterations_are_forty_errors_in_the_first_hour()
    {
        var bench = new Bench();
        bench.Boards[Bench.Orders].Clear();
        foreach (var sprint in Enumerable.Range(0, 40).Select(i => Some.Sprint($"Sprint {i}", "2026-08-24", "2026-09-04")))
        {
            bench.Boards[Bench.Orders].Add(sprint);
            bench.Vault.Others.Add(Records.Record.NameFor(Bench.Orders, sprint.Id));
        }

        await LiveAnHourAsync(bench);

        Assert.Equal(40, bench.Log.Text.Split('\n').Count(line => line.StartsWith("Error orders:", StringComparison.Ordinal) && line.Contains("exists and is not this product's", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_stands_in_the_way_of_every_new_branch_is_one_error()
    {
        var bench = new Bench(values => values["Tracks__orders__ParentBranch"] = "develop");
        foreach (var sprint in Enumerable.Range(0, 40).Select(i => Some.Sprint($"Sprint {i}", "2026-08-24", "2026-09-04")))
        {
            bench.Boards[Bench.Orders].Add(sprint);
        }

        await LiveAnHourAsync(bench);
        Assert.Equal(1, bench.Logged("Error orders: the parent branch develop does not exist in shop"));

        bench.PlanetScale.AddBranch("develop");
        await bench.RetryAsync();
        Assert.Equal(42, bench.PlanetScale.Branches.Count(branch => branch.Name != "main"));
    }

    /// <summary>A poll every five minutes, and what follows from it; the next hour is not begun.</summary>
    private static async Task LiveAnHourAsync(Bench bench)
    {
        for (var poll = 0; poll < 12; poll++)
        {
            await bench.Poller.PollAsync(default);
            while (bench.Queue.Take() is { } message)
            {
                await bench.HandleAsync(message);
            }

            bench.Clock.Advance(TimeSpan.FromMinutes(4.99));
        }
    }

    [Fact]
    public async Task A_name_that_is_taken_by_a_branch_that_nobody_lists_holds_up_its_own_iteration_and_a_person_is_told()
    {
        var bench = new Bench();
        bench.PlanetScale.ReadyAtOnce = true;
        bench.Boards[Bench.Orders].Add(Some.Sprint43);
        bench.Clock.Advance(TimeSpan.FromDays(9));
        bench.Journal.Before = begun =>
        {
            if (begun.StartsWith("list the branches", StringComparison.Ordinal) || begun.StartsWith("find branch", StringComparison.Ordinal))
            {
                bench.PlanetScale.Branches.RemoveAll(branch => branch.Name == "sprint-42");
            }
            else if (begun.StartsWith("create branch sprint-42", StringComparison.Ordinal) && !bench.PlanetScale.Branches.Exists(branch => branch.Name == "sprint-42"))
            {
                bench.PlanetScale.AddBranch("sprint-42");
            }
        };

        await bench.LookAsync();
        Assert.Equal(RecordState.Ready, bench.Vault.Newest("br-orders-" + Some.Sprint43.Id8).State);
        await bench.DrainAsync();

        Assert.Equal(1, bench.Logged("Error orders: PlanetScale says that the branch name sprint-42 is taken, and shows no such branch"));
        Assert.NotNull(bench.Vault.Newest(Bench.Secret).Refused);
    }

    [Fact]
    public async Task An_operators_retry_outlives_a_service_that_asks_to_wait()
    {
        var bench = await new Bench().ReadyAsync();
        bench.Vault.Change(Bench.Secret, record => record with { Refused = Refused });
        bench.Once("get the database", () => throw new PeerException(Failure.ToldToWait, "busy", 429) { RetryAfter = TimeSpan.FromSeconds(30) });

        await bench.RetryAsync();
        await bench.DrainAsync();

        Assert.Null(bench.Vault.Newest(Bench.Secret).Refused);
    }

    [Fact]
    public async Task A_dry_run_forgets_no_refusal()
    {
        var bench = new Bench(values => values["DryRun"] = "true");
        var branch = bench.PlanetScale.AddBranch("sprint-42", InMemoryPlanetScale.OurActor);
        bench.Vault.Put(Some.Claim(branchId: branch.Id) with { Refused = Refused });

        await bench.RetryAsync();

        Assert.Empty(bench.Writes);
    }

    [Fact]
    public async Task An_iteration_that_is_reopened_after_it_was_given_up_without_a_branch_gets_one()
    {
        var bench = new Bench(values => values["Tracks__orders__Retire"] = "Revoke");
        bench.PlanetScale.ReadyAtOnce = true;
        bench.PlanetScale.Database = bench.PlanetScale.Database with { AtBranchLimit = true };
        await DaysAsync(bench, 40);
        Assert.Equal(RecordState.Revoked, bench.Vault.Newest(Bench.Secret).State);

        bench.PlanetScale.Database = bench.PlanetScale.Database with { AtBranchLimit = false };
        bench.Boards[Bench.Orders].Clear();
        bench.Boards[Bench.Orders].Add(Some.Sprint42 with { Finish = Some.Today.AddDays(60) });
        await DaysAsync(bench, 2);

        Assert.Equal(RecordState.Ready, bench.Vault.Newest(Bench.Secret).State);
    }

    private static Refusal Refused => new(Some.Now.AddHours(24), TimeSpan.FromHours(24), "something");

    private static async Task DaysAsync(Bench bench, int days)
    {
        for (var day = 0; day < days; day++)
        {
            await bench.LookAsync();
            await bench.DrainAsync();
            bench.Clock.Advance(TimeSpan.FromDays(1));
        }
    }
}
