using IterationBranches.Branches;
using IterationBranches.Iterations;
using IterationBranches.Records;
using IterationBranches.Testing;
using static IterationBranches.Tests.Provisioning.Some;

namespace IterationBranches.Tests.Provisioning;

/// <summary>What cannot be taken back is looked at once more immediately before, and done only if it is still to be done.</summary>
public sealed class SecondLookTests
{
    private const string NextSecret = "br-orders-b7410e9f";

    private static readonly Iteration s_next = Sprint43 with { Finish = new(2026, 9, 25) };
    private static readonly Iteration s_reopened = Sprint42 with { Finish = new(2026, 9, 30) };

    /// <summary>A retirement is one run: what has been done of it, what somebody does then, and what is not done any more.</summary>
    public static TheoryData<string, string, string> Retirement => new()
    {
        { "", "reopen the sprint", "disable" },
        { "", "open a deploy request", "disable" },
        { "disable", "reopen the sprint", "delete credential" },
        { "disable, delete credential cred-2", "open a deploy request", "tag" },
        { "disable, delete credential cred-2, tag", "protect the branch", "delete branch" },
        { "disable, delete credential cred-2, tag, delete branch sprint-42", "reopen the sprint", $"delete {Bench.Secret}" },
    };

    [Theory]
    [MemberData(nameof(Retirement))]
    public async Task No_step_of_a_retirement_is_taken_against_what_somebody_did_after_it_was_planned(string done, string what, string step)
    {
        var bench = await RetiringAsync();
        // The looks before it are those of the run and of each step that is done.
        var before = 1 + done.Split(", ", StringSplitOptions.RemoveEmptyEntries).Length;
        BeforeLook(bench, before + 1, () => Do(bench, what));

        await bench.LookAsync();

        Assert.StartsWith(done, bench.Summary(), StringComparison.Ordinal);
        Assert.DoesNotContain(bench.Writes.Skip(before - 1), write => write.StartsWith(step, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Undisturbed_it_is_done_in_one_run()
    {
        var bench = await RetiringAsync();

        await bench.LookAsync();

        Assert.Equal("disable, delete credential cred-2, tag, delete branch sprint-42, delete", bench.Summary());
    }

    [Fact]
    public async Task Another_credential_than_the_planned_one_is_planned_and_looked_at_for_itself()
    {
        var bench = await RetiringAsync();
        var (planned, other) = (bench.Vault.Newest(Bench.Secret).CredentialId!, bench.PlanetScale.AddCredential(bench.Vault.Newest(Bench.Secret).BranchId!, "ib-2a6f9d84-00000000"));
        // Disabled after the second look; the credential was planned by then, and is gone in the third.
        BeforeLook(bench, 3, () => bench.PlanetScale.Forget(planned));
        var looks = 0;
        bench.Journal.After = call => looks = call == $"delete credential {other.Id}" ? Looks(bench) : looks;

        await bench.LookAsync();

        Assert.DoesNotContain($"delete credential {planned}", bench.Writes);
        Assert.Equal(4, looks);
    }

    [Fact]
    public async Task A_branch_that_looks_like_ours_is_not_noted_when_a_person_protects_it_meanwhile()
    {
        var bench = new Bench(values => values["PlanetScale__ActorId"] = InMemoryPlanetScale.OurActor);
        bench.PlanetScale.ReadyAtOnce = true;
        var branch = bench.PlanetScale.AddBranch("sprint-42", InMemoryPlanetScale.OurActor);
        bench.Vault.Put(Claim());
        BeforeLook(bench, 2, () => bench.PlanetScale.Change("sprint-42", found => found with { Protected = true }));

        await bench.LookAsync();

        Assert.DoesNotContain(bench.Vault.Versions(Bench.Secret), version => version.BranchId == branch.Id);
    }

    [Fact]
    public async Task A_credential_that_has_ended_with_its_grace_is_not_deleted_when_the_sprint_is_reopened_meanwhile()
    {
        var bench = await RetiringAsync("Keep");
        var given = bench.Vault.Newest(Bench.Secret).CredentialId!;
        // As a renewal leaves it.
        End(bench, new(2026, 9, 29, 0, 0, 0, TimeSpan.Zero));
        BeforeLook(bench, 2, () => Do(bench, "reopen the sprint"));

        await bench.LookAsync();

        Assert.Equal(2, Looks(bench));
        Assert.DoesNotContain($"delete credential {given}", bench.Writes);
    }

    [Fact]
    public async Task What_cannot_be_inspected_is_kept()
    {
        var bench = await RetiringAsync();
        bench.Refuse("list the deploy requests", Failure.PersonNeeded, 403);

        await bench.LookAsync();

        Assert.Empty(bench.Writes);
        Assert.Equal(1, bench.Logged("Sprint 42: not retired: it could not be inspected: no: list the deploy requests"));
    }

    private static void Do(Bench bench, string what)
    {
        switch (what)
        {
            case "reopen the sprint":
                bench.Boards[Bench.Orders][0] = s_reopened;
                break;
            case "open a deploy request":
                bench.PlanetScale.DeployRequests.Add(new DeployRequest(7, "sprint-42", "main"));
                break;
            case "protect the branch":
                bench.PlanetScale.Change("sprint-42", branch => branch with { Protected = true });
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(what), what, "nobody does that here");
        }
    }

    private static void End(Bench bench, DateTimeOffset end)
    {
        bench.PlanetScale.ChangeCredential(bench.Vault.Newest(Bench.Secret).CredentialId!, credential => credential with { ExpiresAt = end });
        bench.Vault.Change(Bench.Secret, record => record with { ExpiresAt = end });
    }

    private static int Looks(Bench bench) => bench.Journal.Reads.Count(read => read == "list the iterations of orders");

    private static void BeforeLook(Bench bench, int nth, Action happens) => bench.Journal.Before = call =>
    {
        if (call == "list the iterations of orders" && Looks(bench) == nth - 1)
        {
            bench.Journal.Before = null;
            happens();
        }
    };

    /// <summary>The 20th of September: Sprint 42 and its grace are over, the alias gives Sprint 43, and the notice, if there is one, has run out.</summary>
    private static async Task<Bench> RetiringAsync(string retire = "Delete")
    {
        var bench = await new Bench(values => values["Tracks__orders__Retire"] = retire).ReadyAsync();
        bench.Boards[Bench.Orders].Add(s_next);
        foreach (var day in new[] { 7, 12, 20 })
        {
            bench.Clock.Advance(new DateTimeOffset(2026, 9, day, 9, 0, 0, TimeSpan.Zero) - bench.Clock.GetUtcNow());
            if (day < 20)
            {
                await bench.LookAsync();
            }
        }

        End(bench, new(2026, 9, 13, 0, 0, 0, TimeSpan.Zero));
        Assert.Equal(Sprint43.Id, bench.Vault.AliasOf(Bench.AliasName)!.Value.Alias.IterationId);
        Assert.Equal(RecordState.Ready, bench.Vault.Newest(NextSecret).State);
        bench.Journal.Clear();
        return bench;
    }
}
