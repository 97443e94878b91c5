using IterationBranches.Branches;
using IterationBranches.Provisioning;
using IterationBranches.Records;
using static IterationBranches.Tests.Provisioning.Some;

namespace IterationBranches.Tests.Provisioning;

/// <summary>"A branch comes", rule by rule: a world, and what is done next in it (in brackets: what is said instead).</summary>
public sealed class PlanTests
{
    private static readonly Dictionary<string, (World World, string Next)> s_wanted = new()
    {
        ["the sprint that is running gets a branch"] = (World(), "claim the branch name sprint-42"),
        ["without dates nobody knows when"] = (World([Sprint42 with { Start = null }]), "(no dates yet)"),
        ["a finish alone is not dated"] = (World([Sprint42 with { Finish = null }]), "(no dates yet)"),
        ["a release is not a sprint: it is the parent, by path, of another"] = (
            World([Sprint("ignored", "2026-08-01", "2026-09-30") with { Path = @"meridian\release 5", Name = "Release 5" }, Sprint42]),
            "(the parent of other iterations, not a sprint); claim the branch name sprint-42"),
        ["a path that only begins alike is no parent"] = (
            World([Sprint("Sprint 4", "2026-08-24", "2026-08-30", Guid.Parse("00000000-c05b-4e71-93fa-7e1c8b4d6029")), Sprint42]),
            "claim the branch name sprint-4; claim the branch name sprint-42"),
        ["not before the lead time: said once, with the day"] = (World([Sprint43]), "(branch on 2026-09-04)"),
        ["on the first day of the lead time"] = (World([Sprint43]) with { Today = new(2026, 9, 4) }, "claim the branch name sprint-43"),
        ["the day before it"] = (World([Sprint43]) with { Today = new(2026, 9, 3) }, "(branch on 2026-09-04)"),
        ["a lead time of Always does not wait"] = (World([Sprint43]) with { Track = Orders with { LeadTime = null } }, "claim the branch name sprint-43"),
        ["the finish day is a day of the sprint"] = (World() with { Today = new(2026, 9, 4) }, "claim the branch name sprint-42"),
        ["the day after it is not"] = (World() with { Today = new(2026, 9, 5) }, "(finished, and has no branch)"),
        ["a finished sprint with a record is left as it is"] = (World(branches: [Branch()], secrets: [Ready()], credentials: [Credential()]) with { Today = new(2026, 9, 5) }, ""),
    };

    private static readonly Dictionary<string, (World World, string Next)> s_claim = new()
    {
        ["another record on the database claims the name"] = (
            World(secrets: [Claim(Sprint43)]), "claim the branch name sprint-42-2a6f9d84"),
        ["a record of another track on the same database claims it"] = (
            World(secrets: [Claim(Sprint43, track: Orders with { Name = "billing" })]), "claim the branch name sprint-42-2a6f9d84"),
        ["a record on another database does not count"] = (
            World(secrets: [Claim(Sprint43, track: Orders with { Name = "billing", Database = "ledger" })]), "claim the branch name sprint-42"),
        ["a record whose branch was deleted holds no name"] = (
            World(secrets: [Claim(Sprint43) with { State = RecordState.Deleted }]), "claim the branch name sprint-42; delete the secret br-orders-b7410e9f; Key Vault keeps it recoverable"),
        ["a branch has the name already, whoever made it"] = (
            World(branches: [Branch("Sprint-42")]), "claim the branch name sprint-42-2a6f9d84"),
        ["both names are taken: a person must choose"] = (
            World(branches: [Branch(), Branch("sprint-42-2a6f9d84", "br-43")]),
            "refuse: both branch names, sprint-42 and sprint-42-2a6f9d84, belong to others in shop; rename or delete one of those branches"),
        ["somebody's secret has our record's name, in any case"] = (
            World(secrets: ["BR-ORDERS-2A6F9D84"]),
            "refuse: the secret br-orders-2a6f9d84 exists and is not this product's, so it is left as it is; rename or delete it"),
        ["there is no parent to make it from"] = (
            World() with { Track = Orders with { ParentBranch = "develop" } },
            "(the parent branch develop does not exist in shop (Tracks__orders__ParentBranch)); refuse: the parent branch develop does not exist in shop (Tracks__orders__ParentBranch)"),
        ["Postgres is refused as a whole"] = (
            World() with { Database = World().Database with { Kind = DatabaseKind.Postgres } },
            "refuse: shop is a Postgres database, whose plain branches have neither schema nor data: set Tracks__orders__DataBranching to true, and each branch is restored from its parent's latest backup"),
        ["and so is what is not known"] = (
            World() with { Database = World().Database with { Kind = DatabaseKind.Unknown } },
            "refuse: shop is of a kind that this version does not know (Tracks__orders__Database)"),
    };

    private static readonly Dictionary<string, (World World, string Next)> s_create = new()
    {
        ["claimed, and nobody has the name"] = (World(secrets: [Claim()]), "create branch sprint-42 from main"),
        ["from the parent that the track names"] = (
            World(branches: [Branch("develop", "br-dev")], secrets: [Claim()]) with { Track = Orders with { ParentBranch = "develop" } },
            "create branch sprint-42 from develop"),
        ["the parent went away after the claim"] = (
            World(secrets: [Claim()]) with { Track = Orders with { ParentBranch = "develop" } },
            "refuse: the parent branch develop does not exist in shop (Tracks__orders__ParentBranch)"),
        ["no more development branches"] = (
            World(secrets: [Claim()]) with { Database = World().Database with { AtBranchLimit = true } },
            "refuse: shop has as many development branches, which is PlanetScale's limit (100 unless they raised it): none of this track's could be retired; delete some branches, or ask PlanetScale for more"),
        ["what an older version says from before a deletion is over"] = (
            World(branches: [Branch("renamed")], secrets: [Claim()]).WithVersions(Claim(), Ready() with { State = RecordState.Deleted }, Ready()), "create branch sprint-42 from main"),
        ["another record claims the same name: two workers were at it"] = (
            World(secrets: [Claim(), Claim(Sprint43)]), "claim the branch name sprint-42-2a6f9d84"),
        ["a lost answer: the branch is there and all says that it is ours"] = (
            World(branches: [Branch()], secrets: [Claim()]), "note that branch sprint-42 is br-42"),
        ["made in the two minutes before the claim's time: the clocks differ that much"] = (
            World(branches: [Branch() with { CreatedAt = Now.AddMinutes(-3) }], secrets: [Claim()]), "note that branch sprint-42 is br-42"),
        ["made in this very run, by whom PlanetScale does not say"] = (
            World(branches: [Branch() with { ActorId = null }], secrets: [Claim()]) with { ActorId = null, MadeNow = new HashSet<string> { "br-42" } },
            "note that branch sprint-42 is br-42"),
        ["ours is only what our actor made, and we do not know who we are: it is found out"] = (
            World(branches: [Branch()], secrets: [Claim()]) with { ActorId = null }, "find out whether branch sprint-42 (br-42) was made by this app"),
        ["that needs a branch that is ready"] = (
            World(branches: [Branch(ready: false)], secrets: [Claim()]) with { ActorId = null }, "wait until branch sprint-42 is ready"),
        ["PlanetScale does not say who we are"] = (
            World(branches: [Branch()], secrets: [Claim()]) with { ActorId = null, IsActorUntold = true }, "claim the branch name sprint-42-2a6f9d84"),
        ["what no record says is concluded from two lists"] = (
            World(branches: [Branch()], secrets: [Claim()]) with { IsVaultListedTwice = false }, ""),
        ["a branch of nobody's is not ours while we do not know who we are"] = (
            World(branches: [Branch() with { ActorId = null }], secrets: [Claim()]) with { ActorId = null }, "claim the branch name sprint-42-2a6f9d84"),
        ["somebody else made it"] = (
            World(branches: [Branch() with { ActorId = "somebody" }], secrets: [Claim()]), "claim the branch name sprint-42-2a6f9d84"),
        ["it is older than the claim"] = (
            World(branches: [Branch() with { CreatedAt = Now.AddMinutes(-3).AddSeconds(-1) }], secrets: [Claim()]), "claim the branch name sprint-42-2a6f9d84"),
        ["it has another parent"] = (
            World(branches: [Branch() with { Parent = "develop" }], secrets: [Claim()]), "claim the branch name sprint-42-2a6f9d84"),
        ["it is a production branch"] = (
            World(branches: [Branch() with { Production = true }], secrets: [Claim()]), "claim the branch name sprint-42-2a6f9d84"),
        ["a person protects it from deletion"] = (
            World(branches: [Branch() with { Protected = true }], secrets: [Claim()]), "claim the branch name sprint-42-2a6f9d84"),
        ["it is the default branch"] = (
            World(branches: [Branch(), Branch("parent", "br-p")], secrets: [Claim()]) with
            {
                Track = Orders with { ParentBranch = "main" },
                Database = World().Database with { DefaultBranch = "sprint-42" },
            },
            "claim the branch name sprint-42-2a6f9d84"),
        ["another record names it by its id"] = (
            World(branches: [Branch()], secrets: [Claim(), Claim(Sprint43, "renamed-since", "br-42")]), "claim the branch name sprint-42-2a6f9d84"),
        ["another record claims its name"] = (
            World(branches: [Branch()], secrets: [Claim(), Claim(Sprint43)]), "claim the branch name sprint-42-2a6f9d84"),
        ["the suffixed name is a stranger's as well"] = (
            World(branches: [Branch("sprint-42-2a6f9d84") with { ActorId = "somebody" }, Branch(id: "br-0") with { ActorId = "somebody" }], secrets: [Claim(branch: "sprint-42-2a6f9d84")]),
            "refuse: both branch names, sprint-42 and sprint-42-2a6f9d84, belong to others in shop; rename or delete one of those branches"),
        ["an older version of the claim names a branch that is there"] = (
            World(branches: [Branch("renamed-since")], secrets: [Claim()]).WithVersions(Claim(), Claim(branchId: "br-41"), Claim(branch: "sprint-42", branchId: "br-42")),
            "note again that branch sprint-42 (br-42) is this iteration's, as an older version of its record says"),
        ["but not when another record names that branch"] = (
            World(branches: [Branch("renamed-since")], secrets: [Claim(), Claim(Sprint43, "other", "br-42")]).WithVersions(Claim(), Claim(branchId: "br-42")),
            "create branch sprint-42 from main"),
    };

    private static readonly Dictionary<string, (World World, string Next)> s_credential = new()
    {
        ["the branch is being made"] = (World(branches: [Branch(ready: false)], secrets: [Claim(branchId: "br-42")]), "wait until branch sprint-42 is ready"),
        ["twenty minutes are the deadline"] = (
            World(branches: [Branch(ready: false) with { CreatedAt = Now.AddMinutes(-20) }], secrets: [Claim(branchId: "br-42")]), "wait until branch sprint-42 is ready"),
        ["after it a person must look"] = (
            World(branches: [Branch(ready: false) with { CreatedAt = Now.AddMinutes(-21) }], secrets: [Claim(branchId: "br-42")]),
            "refuse: branch sprint-42 is not ready 21 minutes after it was created; look at it in PlanetScale's dashboard"),
        ["late is better than never"] = (
            World(branches: [Branch() with { CreatedAt = Now.AddDays(-1) }], secrets: [Claim(branchId: "br-42")]), "issue a credential for branch sprint-42, valid to 2026-09-13"),
        ["ready: the credential lasts to the finish, the grace and a day"] = (
            World(branches: [Branch()], secrets: [Claim(branchId: "br-42")]), "issue a credential for branch sprint-42, valid to 2026-09-13"),
        ["a branch is known by its id, whatever it is called today"] = (
            World(branches: [Branch("renamed-since")], secrets: [Claim(branchId: "br-42")]), "issue a credential for branch renamed-since, valid to 2026-09-13"),
        ["it was made a production branch"] = (
            World(branches: [Branch() with { Production = true }], secrets: [Claim(branchId: "br-42")]),
            "refuse: branch sprint-42 is a production branch now; its credential would lead to production"),
        ["it was made a production branch before it was ready"] = (
            World(branches: [Branch(ready: false) with { Production = true }], secrets: [Claim(branchId: "br-42")]),
            "refuse: branch sprint-42 is a production branch now; its credential would lead to production"),
        ["a person protects it from deletion: its sprint still needs a credential"] = (
            World(branches: [Branch() with { Protected = true }], secrets: [Claim(branchId: "br-42")]), "issue a credential for branch sprint-42, valid to 2026-09-13"),
        ["it was made the default branch"] = (
            World(branches: [Branch()], secrets: [Claim(branchId: "br-42")]) with { Database = World().Database with { DefaultBranch = "sprint-42" } },
            "refuse: branch sprint-42 is a production branch now; its credential would lead to production"),
        ["the claimed branch is gone"] = (
            World(secrets: [Claim(branchId: "br-42")]),
            "refuse: branch sprint-42 (br-42) is gone from PlanetScale; it was not deleted by this product, and is not made again without being asked ('recreate')"),
        ["the branch of a ready record is gone: the alias is not moved either"] = (
            World(secrets: [Ready()]),
            "refuse: branch sprint-42 (br-42) is gone from PlanetScale; it was not deleted by this product, and is not made again without being asked ('recreate')"),
        ["all is well"] = (World(branches: [Branch()], secrets: [Ready(), Alias()], credentials: [Credential()]), ""),
        ["the setting names another database than the record"] = (
            World(secrets: [Ready() with { ProviderAddress = "planetscale://acme/old-shop/sprint-42" }]),
            "refuse: br-orders-2a6f9d84 leads to planetscale://acme/old-shop/sprint-42, and Tracks__orders__Database now says shop; it is left as it is, and the database serves the next iteration"),
        ["the setting names another database than a claim, which is no claim of a name there"] = (
            World(branches: [Branch()], secrets: [Claim() with { ProviderAddress = "planetscale://acme/old-shop/sprint-42" }]),
            "claim the branch name sprint-42-2a6f9d84"),
        ["unless a version of it knows a branch there"] = (
            World(branches: [Branch()], secrets: [Claim() with { ProviderAddress = "planetscale://acme/old-shop/sprint-42" }])
                .WithVersions(Claim() with { ProviderAddress = "planetscale://acme/old-shop/sprint-42" }, Claim(branchId: "br-old")),
            "refuse: br-orders-2a6f9d84 leads to planetscale://acme/old-shop/sprint-42, and Tracks__orders__Database now says shop; it is left as it is, and the database serves the next iteration"),
        ["the last day of the calendar is a finish as well: the credential is valid for a bounded time, and renewed"] = (
            World([Sprint42 with { Finish = DateOnly.MaxValue }], [Branch()], [Claim(branchId: "br-42")]), "issue a credential for branch sprint-42, valid to 2026-11-24"),
        ["the credential is gone: a new one"] = (
            World(branches: [Branch()], secrets: [Ready(), Alias()], credentials: [Credential("cred-other")]), "issue a credential for branch sprint-42, valid to 2026-09-13"),
        ["the credential has expired: a new one"] = (
            World(branches: [Branch()], secrets: [Ready(), Alias()], credentials: [Credential() with { ExpiresAt = Now }]), "issue a credential for branch sprint-42, valid to 2026-09-13"),
        ["the credentials were not asked for: an absent answer is not a no"] = (
            World(branches: [Branch(ready: false)], secrets: [Ready(), Alias()]), ""),
        ["a person disabled the record: left so, though the credential is gone"] = (
            World(branches: [Branch()], secrets: [Ready() with { Enabled = false }]), "(the secret br-orders-2a6f9d84 was disabled by a person; it is left so ('rotate' gives it a new credential))"),
        ["a finish that moved back into the future recovers what was revoked"] = (
            World(branches: [Branch()], secrets: [Ready() with { State = RecordState.Revoked, Enabled = false }]), "issue a credential for branch sprint-42, valid to 2026-09-13"),
        ["a refusal in the record holds"] = (
            World(secrets: [Claim() with { Refused = new(Now.AddMinutes(1), TimeSpan.FromHours(1), "at the limit") }]), "(refused until 2026-08-26 09:01 UTC: at the limit)"),
        ["until its time has come"] = (
            World(secrets: [Claim() with { Refused = new(Now, TimeSpan.FromHours(1), "at the limit") }]), "create branch sprint-42 from main"),
        ["a refusal in the memory holds while there is no record"] = (
            World() with { Memory = new TrackMemory().With(Sprint42.Id.ToString("N"), new(Now.AddMinutes(1), TimeSpan.FromHours(1), "not ours")) },
            "(refused until 2026-08-26 09:01 UTC: not ours)"),
        ["and is of this iteration alone"] = (
            World() with { Memory = new TrackMemory().With(Sprint43.Id.ToString("N"), new(Now.AddMinutes(1), TimeSpan.FromHours(1), "not ours")) },
            "claim the branch name sprint-42"),
    };

    private static readonly Dictionary<string, (World World, string Next)> s_all = s_wanted.Concat(s_claim).Concat(s_create).Concat(s_credential).ToDictionary();

    public static TheoryData<string> Rules => [.. s_all.Keys];

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_branch_comes_by_these_rules(string because)
    {
        var (world, next) = s_all[because];

        Assert.Equal(next, Text(Plan.For(world)));
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void The_same_world_gives_the_same_plan(string because) =>
        Assert.Equal(Text(Plan.For(s_all[because].World)), Text(Plan.For(s_all[because].World)));

    [Fact]
    public void A_first_claim_carries_PlanetScales_time_and_a_later_one_keeps_it()
    {
        var first = Assert.IsType<Step.WriteClaim>(Assert.Single(Plan.For(World()).Steps)).Claim;
        Assert.Equal((Now.AddSeconds(-1), "planetscale://acme/shop/sprint-42", RecordState.Claimed, false), (first.ClaimedAt, first.ProviderAddress, first.State, first.Enabled));
        Assert.Equal(("br-orders-2a6f9d84", "orders", Sprint42.Id, Sprint42.Path), (first.SecretName, first.Track, first.IterationId, first.IterationPath));

        var taken = World(branches: [Branch() with { ActorId = "somebody" }], secrets: [Claim() with { OtherTags = new Dictionary<string, string> { ["cost-center"] = "7" } }]);
        var second = Assert.IsType<Step.WriteClaim>(Assert.Single(Plan.For(taken).Steps)).Claim;

        Assert.Equal((Now.AddMinutes(-1), "sprint-42-2a6f9d84", "planetscale://acme/shop/sprint-42-2a6f9d84"), (second.ClaimedAt, second.Branch, second.ProviderAddress));
        Assert.Equal("7", second.OtherTags["cost-center"]);
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(59, 5)]
    [InlineData(60, 10)]
    [InlineData(299, 10)]
    [InlineData(300, 30)]
    [InlineData(1200, 30)]
    public void The_longer_a_branch_takes_the_longer_until_the_next_look(int age, int seconds)
    {
        var world = World(branches: [Branch(ready: false) with { CreatedAt = Now.AddSeconds(-age) }], secrets: [Claim(branchId: "br-42")]);

        var step = Assert.IsType<Step.AwaitBranch>(Assert.Single(Plan.For(world).Steps));

        Assert.Equal(Now.AddSeconds(seconds), step.NextLook);
    }

    [Theory]
    [InlineData("UTC", "2026-09-13T00:00:00Z")]
    [InlineData("Europe/Berlin", "2026-09-12T22:00:00Z")]
    [InlineData("America/Los_Angeles", "2026-09-13T07:00:00Z")]
    public void The_last_day_ends_where_the_team_is(string zone, string expiry) =>
        Assert.Equal(DateTimeOffset.Parse(expiry), Plan.ExpiryOf(Orders, new DateOnly(2026, 9, 4), TimeZoneInfo.FindSystemTimeZoneById(zone)));

    [Fact]
    public void A_refusal_lasts_an_hour_and_each_next_one_twice_as_long_up_to_a_day()
    {
        var hours = new List<double>();
        Refusal? refusal = null;
        for (var i = 0; i < 7; i++)
        {
            refusal = Refusal.After(refusal, Now, "at the limit");
            hours.Add(refusal.Delay.TotalHours);
            Assert.Equal(Now + refusal.Delay, refusal.NotBefore);
        }

        Assert.Equal([1, 2, 4, 8, 16, 24, 24], hours);
    }

    /// <summary>Next steps in their order, and in brackets what is said instead. The alias and the orphans have tests of their own.</summary>
    private static string Text(Plan plan) => string.Join("; ", plan.Iterations
        .Select(iteration => iteration.Step?.ToString() ?? (iteration.Note is { } note ? $"({note})" : null))
        .Concat(plan.TrackSteps.OfType<Step.Refuse>().Select(step => step.ToString()))
        .OfType<string>());
}
