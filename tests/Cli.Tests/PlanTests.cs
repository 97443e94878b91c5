using IterationBranches.Branches;
using IterationBranches.Configuration;
using IterationBranches.Credentials;
using IterationBranches.Provisioning;
using IterationBranches.Records;
using IterationBranches.Testing;
using Record = IterationBranches.Records.Record;

namespace IterationBranches.Cli.Tests;

/// <summary>What <c>plan</c> prints, whole.</summary>
public sealed class PlanTests
{
    private static readonly DateTimeOffset s_now = new ManualTime().GetUtcNow();

    [Fact]
    public async Task A_track_in_the_middle_of_a_sprint()
    {
        var sprint41 = Worlds.Sprint(41, new(2026, 8, 10), new(2026, 8, 23));
        var sprint44 = Worlds.Sprint(44, new(2026, 8, 27), new(2026, 9, 8));
        var refused = Worlds.RecordOf(Worlds.Sprint(45, null, null), RecordState.Claimed) with { Refused = new(s_now + TimeSpan.FromHours(1), TimeSpan.FromHours(1), "the database allows no more branches") };
        var world = Empty() with
        {
            Iterations =
            [
                new(Guid.Parse("11111111-0000-4000-8000-000000000000"), "Release 5", @"Meridian\Release 5", new(2026, 8, 10), new(2026, 10, 4)),
                sprint41, Worlds.Sprint42, Worlds.Sprint43, sprint44,
                Worlds.Sprint(45, new(2026, 8, 27), new(2026, 9, 9)),
                Worlds.Sprint(46, null, null),
            ],
            Branches = [Worlds.Main, Worlds.BranchOf("sprint-41", "branch-of-41"), Worlds.BranchOf("sprint-42", "branch-of-42"), Worlds.BranchOf("sprint-44", "branch-of-44", ready: false)],
            Vault = new(
                [Worlds.RecordOf(sprint41, RecordState.Ready), Worlds.RecordOf(Worlds.Sprint42, RecordState.Ready), Worlds.RecordOf(sprint44, RecordState.Claimed), refused],
                [new Alias("ConnectionStrings--orders", "orders", sprint41.Id, "credential-of-41")],
                new HashSet<string>()),
            Credentials = new Dictionary<string, IReadOnlyList<Credential>>
            {
                ["branch-of-42"] = [Issued("credential-of-42", "ib-00000042-0a0b0c0d"), Issued("lost", "ib-00000042-deadbeef")],
            },
            ActorId = "actor-of-the-app",
        };

        Assert.Equal(
            """
            orders: Meridian / Payments -> shop (from main)
              Release 5  2026-08-10..2026-10-04  parent    no branch              no secret           the parent of other iterations, not a sprint
              Sprint 41  2026-08-10..2026-08-23  finished  sprint-41 (ready)      br-orders-00000041  nothing to do
              Sprint 42  2026-08-24..2026-09-06  current   sprint-42 (ready)      br-orders-00000042  nothing to do
              Sprint 44  2026-08-27..2026-09-08  due       sprint-44 (not ready)  br-orders-00000044  would wait until branch sprint-44 is ready
              Sprint 45  2026-08-27..2026-09-09  due       sprint-45 (claimed)    br-orders-00000045  refused until 2026-08-26 10:00 UTC: the database allows no more branches
              Sprint 43  2026-09-07..2026-09-20  later     no branch              no secret           branch on 2026-09-04
              Sprint 46                          undated   no branch              no secret           no dates yet
              alias ConnectionStrings--orders: gives br-orders-00000041
              would point ConnectionStrings--orders at br-orders-00000042
              would delete the orphaned credential ib-00000042-deadbeef of branch sprint-42
            """,
            await PrintAsync(world));
    }

    [Fact]
    public async Task A_track_without_iterations()
    {
        Assert.Equal(
            """
            orders: Meridian -> shop (from main)
              no iterations
              alias ConnectionStrings--orders: not there
            """,
            await PrintAsync(Empty() with { Track = Empty().Track with { Team = null } }));
    }

    [Fact]
    public async Task A_track_whose_alias_is_somebody_elses()
    {
        var world = Empty() with
        {
            Iterations = [Worlds.Sprint42],
            Branches = [Worlds.Main, Worlds.BranchOf("sprint-42", "branch-of-42")],
            Vault = Worlds.Settled() with { Aliases = [], OtherNames = new HashSet<string> { "ConnectionStrings--orders" } },
        };

        Assert.Equal(
            """
            orders: Meridian / Payments -> shop (from main)
              Sprint 42  2026-08-24..2026-09-06  current  sprint-42 (ready)  br-orders-00000042  nothing to do
              alias ConnectionStrings--orders: not there
              the secret ConnectionStrings--orders exists and is not this product's, so it is left as it is; delete it, or choose another name in Tracks__orders__Alias
            """,
            await PrintAsync(world));
    }

    [Fact]
    public async Task A_database_that_is_not_served()
    {
        var world = Empty() with { Iterations = [Worlds.Sprint42], Database = Worlds.Shop with { Kind = DatabaseKind.Postgres } };

        Assert.Contains("would refuse: shop is a Postgres database", await PrintAsync(world));
    }

    private static World Empty() => new()
    {
        Track = new Track { Name = "orders", Project = "Meridian", Team = "Payments", Database = "shop", Alias = "ConnectionStrings--orders", Retire = Retirement.Keep },
        Organization = "acme",
        Now = s_now,
        Today = DateOnly.FromDateTime(s_now.DateTime),
        TimeZone = TimeZoneInfo.Utc,
        Iterations = [],
        Database = Worlds.Shop,
        Branches = [Worlds.Main],
        Vault = Worlds.EmptyVault,
        Versions = new Dictionary<string, IReadOnlyList<Record>>(),
        Credentials = new Dictionary<string, IReadOnlyList<Credential>>(),
        Memory = new(),
    };

    private static Credential Issued(string id, string name) =>
        new(id, name, "branch-of-42", s_now - TimeSpan.FromHours(1), s_now + TimeSpan.FromDays(20), "actor-of-the-app");

    private static async Task<string> PrintAsync(World world)
    {
        using var output = new StringWriter { NewLine = "\n" };
        await PlanCommand.WriteAsync(output, Plan.For(world with
        {
            Versions = world.Vault.Records.ToDictionary(record => record.SecretName, record => (IReadOnlyList<Record>)[record]),
            AliasVersions = world.Vault.Aliases.ToDictionary(alias => alias.SecretName, alias => (IReadOnlyList<Alias>)[alias]),
        }));
        return output.ToString().TrimEnd();
    }
}
