using IterationBranches.Branches;
using IterationBranches.Configuration;
using IterationBranches.Credentials;
using IterationBranches.Provisioning;
using IterationBranches.Records;
using static IterationBranches.Tests.Provisioning.Some;

namespace IterationBranches.Tests.Provisioning;

/// <summary>"A branch lives" and "a branch goes", rule by rule: a world, and what is done next in it (in brackets: what is said instead).</summary>
public sealed class LifePlanTests
{
    private static readonly Track s_deletes = Orders with { Retire = Retirement.Delete };
    private static readonly RetirementNotice s_runOut = new(Over(20).AddHours(-1), Retirement.Delete);

    private static readonly Dictionary<string, (World World, string Next)> s_living = new()
    {
        ["the finish moved: the tags follow"] = (Lives(Ready() with { Finish = new(2026, 9, 1) }), "note in br-orders-2a6f9d84 that the iteration ends on 2026-09-04"),
        ["and a notice is withdrawn"] = (Lives(Ready() with { Finish = new(2026, 9, 1), Notice = s_runOut }), "note in br-orders-2a6f9d84 that the iteration ends on 2026-09-04"),
        ["another setting than the notice was given of withdraws it as well"] = (Lives(Ready() with { Notice = s_runOut }), "note in br-orders-2a6f9d84 that Tracks__orders__Retire says Keep now"),
        ["renewed by another run: the expiry follows"] = (
            Lives(Ready() with { ExpiresAt = Now.AddDays(9) }), "note in br-orders-2a6f9d84 that its credential is valid to 2026-09-15"),
        ["half of its life is left"] = (Lives(Ready(), Half(days: 10)), ""),
        ["less than half, but it is not needed longer"] = (Lives(Ready(), Half(days: 18.1, life: 40)) with { Vault = Vault(Ready()) }, ""),
        ["less than half, and the sprint lasts longer"] = (Lives(Ready(), Half(days: 9.9)), "renew the credential ib-2a6f9d84-0badcafe of branch sprint-42, which ends on 2026-09-05"),
        ["what cannot be renewed is replaced"] = (Lives(Ready(), Half(days: 9.9) with { Renewable = false }), "issue a credential for branch sprint-42, valid to 2026-09-13"),
        ["a credential without an end needs nothing"] = (Lives(Ready(), Half(days: 9.9) with { ExpiresAt = null, Lifetime = null }), ""),
        ["on a branch that is production now nothing is renewed"] = (
            Lives(Ready(), Half(days: 9.9)) with { Branches = [Main, Branch() with { Production = true }] }, ""),
        ["in a gap what the alias gives is kept alive"] = (
            Lives(Ready(), Half(days: 6.9, from: 15)) with { Today = new(2026, 9, 15), Now = Over(15) }, "renew the credential ib-2a6f9d84-0badcafe of branch sprint-42, which ends on 2026-09-22"),
        ["though its own record was disabled by a person"] = (
            Lives(Ready() with { Enabled = false }, Half(days: 6.9, from: 15)) with { Today = new(2026, 9, 15), Now = Over(15) },
            "renew the credential ib-2a6f9d84-0badcafe of branch sprint-42, which ends on 2026-09-22"),
        ["and replaced where it is gone"] = (
            Lives(Ready(), Credential("another")) with { Today = new(2026, 9, 15), Now = Over(15) }, "issue a credential for branch sprint-42, valid to 2026-09-23"),
        ["what is over, and what nobody reads, is not repaired"] = (
            Over(Ready(), Orders) with { Credentials = new Dictionary<string, IReadOnlyList<Credential>> { ["br-42"] = [] } }, ""),
        ["not in the team's list any more: its dates are the project's"] = (
            Lives(Ready() with { Finish = new(2026, 9, 1) }) with { Iterations = [], Deselected = [Sprint42] }, "note in br-orders-2a6f9d84 that the iteration ends on 2026-09-04"),
        ["not in the project either"] = (
            Lives(Ready()) with { Iterations = [], Deselected = [] }, "(not in Azure Boards any more; its branch sprint-42 and the secret br-orders-2a6f9d84 are kept)"),
        ["the project cannot be seen: nothing is concluded"] = (Lives(Ready()) with { Iterations = [], Deselected = null }, ""),
        ["an operator asks for another credential"] = (Lives(Ready(), operation: Rotate()), "issue a credential for branch sprint-42, valid to 2026-09-13"),
        ["a second delivery finds another credential named"] = (Lives(Ready(), operation: Rotate("cred-41")), ""),
        ["rotation is the way back from a disabled record"] = (
            Lives(Ready() with { Enabled = false }, operation: Rotate()), "issue a credential for branch sprint-42, valid to 2026-09-13"),
        ["and does not wait for a refusal to run out"] = (
            Lives(Ready() with { Refused = new(Now.AddHours(1), TimeSpan.FromHours(1), "no permission") }, operation: Rotate()), "issue a credential for branch sprint-42, valid to 2026-09-13"),
        ["the branch is gone, and an operator asks for another"] = (
            Lives(Ready(), operation: new(LookOperation.Recreate, Sprint42.Id, "cred-42")) with { Branches = [Main] }, "claim the branch name sprint-42"),
        ["the branch is there: there is nothing to make again"] = (Lives(Ready(), operation: new(LookOperation.Recreate, Sprint42.Id, "cred-42")), ""),
    };

    private static readonly Dictionary<string, (World World, string Next)> s_going = new()
    {
        ["a renewal had made it valid for longer than the iteration and its grace: it ends when it would have ended without"] = (
            Over(Ready(), Orders) with { Credentials = Alive() },
            "delete the ended credential ib-2a6f9d84-0badcafe of branch sprint-42"),
        ["not within the grace"] = (
            Over(Ready(), Orders) with { Now = Over(12), Today = new(2026, 9, 12), Credentials = Alive() }, ""),
        ["not while the alias has given another for less than the rotation's grace"] = (
            Over(Ready(), Orders) with
            {
                AliasVersions = Moved(daysAgo: 6.9),
                Vault = Vault(Ready(), Alias("cred-43", Sprint43)),
                Credentials = Alive(),
            }, ""),
        ["not on a branch that is a production branch now"] = (
            On(Branch() with { Production = true }, record: Ready(), track: Orders) with { Credentials = Alive() }, ""),
        ["the value is written again where a version may not be valid for as long as the credential"] = (
            Lives(Ready() with { WrittenAt = Now.AddDays(-46), ExpiresAt = Now.AddDays(44) }, Credential() with { ExpiresAt = Now.AddDays(80) }), "write br-orders-2a6f9d84 again, valid to 2026-11-14"),
        ["not before half of that time is over"] = (
            Lives(Ready() with { WrittenAt = Now.AddDays(-44), ExpiresAt = Now.AddDays(46) }, Credential() with { ExpiresAt = Now.AddDays(80) }), ""),
        ["and not of a record that a person disabled"] = (
            Lives(Ready() with { Enabled = false, WrittenAt = Now.AddDays(-46), ExpiresAt = Now.AddDays(44) }, Credential() with { ExpiresAt = Now.AddDays(80) }),
            "(the secret br-orders-2a6f9d84 was disabled by a person; it is left so ('rotate' gives it a new credential))"),
        ["within the grace nothing is said"] = (Over(Ready(), s_deletes) with { Today = new(2026, 9, 11) }, ""),
        ["Keep keeps"] = (Over(Ready(), Orders), ""),
        ["first it is said, seven days ahead"] = (Over(Ready(), s_deletes), "give notice that branch sprint-42 is retired (Delete) after 2026-09-27"),
        ["until then it is left"] = (Over(Ready() with { Notice = new(Over(20).AddHours(1), Retirement.Delete) }, s_deletes), "(to be retired (Delete) after 2026-09-20)"),
        ["while the alias gives it, it is not retired"] = (
            Over(Ready() with { Notice = s_runOut }, s_deletes, Alias()) with { Credentials = Alive() }, "(not retired while ConnectionStrings--orders gives its credential)"),
        ["nor before the alias has given another for the rotation's grace"] = (
            Over(Ready() with { Notice = s_runOut }, s_deletes, Alias("cred-43", Sprint43)) with { AliasVersions = Moved(daysAgo: 6.9) }, "(to be retired (Delete) when the alias has given another for 7 days)"),
        ["then the record is disabled"] = (Over(Ready() with { Notice = s_runOut }, s_deletes), "disable br-orders-2a6f9d84: branch sprint-42 is retired"),
        ["a deploy request is open"] = (Over(Ready() with { Notice = s_runOut }, s_deletes, against: "deploy request #7 is open"), "(not retired: deploy request #7 is open)"),
        ["Revoke keeps the branch, so nothing speaks against it"] = (
            Over(Ready() with { Notice = s_runOut with { Retire = Retirement.Revoke } }, Orders with { Retire = Retirement.Revoke }, against: "deploy request #7 is open"),
            "disable br-orders-2a6f9d84: branch sprint-42 is retired"),
        ["a person protects the branch"] = (On(Branch() with { Protected = true }), "(not retired: sprint-42 is protected from deletion)"),
        ["it is the default branch now"] = (
            On(Branch()) with { Database = World().Database with { DefaultBranch = "sprint-42" } }, "(not retired: sprint-42 is the branch that others are made from)"),
        ["the track's branches are made from it"] = (
            Over(Ready() with { Notice = s_runOut }, s_deletes with { ParentBranch = "sprint-42" }), "(not retired: sprint-42 is the branch that others are made from)"),
        ["another was made from it"] = (On(Branch(), Branch("by-hand", "br-99") with { Parent = "Sprint-42" }), "(not retired: by-hand was made from sprint-42)"),
        ["it is a production branch"] = (On(Branch() with { Production = true }), "(not retired: sprint-42 is a production branch)"),
        ["which this product made with data, and may delete"] = (
            On(Branch() with { Production = true }, record: Ready() with { Notice = s_runOut, Seeded = true }, track: s_deletes with { AllowProductionBranch = true }),
            "disable br-orders-2a6f9d84: branch sprint-42 is retired"),
        ["or may no longer"] = (
            On(Branch() with { Production = true }, record: Ready() with { Notice = s_runOut, Seeded = true }), "(not retired: sprint-42 is a production branch)"),
        ["another record names the same branch"] = (
            Over(Ready() with { Notice = s_runOut }, s_deletes, Ready(Sprint43, track: Orders with { Name = "billing" })), "(not retired: another record names sprint-42)"),
        ["disabled: its credentials go"] = (Over(Revoked(), s_deletes), "delete the retired credential ib-2a6f9d84-0badcafe of branch sprint-42"),
        ["but not one of a person's, though nobody knows who we are either"] = (
            Over(Revoked(), s_deletes) with
            {
                ActorId = null,
                Credentials = new Dictionary<string, IReadOnlyList<Credential>> { ["br-42"] = [Credential("cred-by-hand") with { ActorId = null }] },
            },
            "note in br-orders-2a6f9d84 that branch sprint-42 is being deleted"),
        ["and with Revoke that is all"] = (Bare(Revoked() with { Notice = s_runOut with { Retire = Retirement.Revoke } }, Orders with { Retire = Retirement.Revoke }), ""),
        ["then there is no way back"] = (Bare(Revoked(), s_deletes), "note in br-orders-2a6f9d84 that branch sprint-42 is being deleted"),
        ["unless something speaks against it by now"] = (
            Bare(Revoked(), s_deletes) with { Inspections = new Dictionary<string, Inspection> { ["br-42"] = new("deploy request #7 is open") } }, "(not retired: deploy request #7 is open)"),
        ["after it the branch is deleted"] = (Bare(Deleted(), s_deletes), "delete branch sprint-42 (br-42)"),
        ["even if the setting says Keep by now"] = (Bare(Deleted(), Orders), "delete branch sprint-42 (br-42)"),
        ["but not what somebody protects meanwhile"] = (
            Bare(Deleted(), s_deletes) with { Branches = [Main, Branch() with { Protected = true }] },
            "refuse: branch sprint-42 was about to be deleted, and is not: sprint-42 is protected from deletion"),
        ["and its record follows when it is gone"] = (Bare(Deleted(), s_deletes) with { Branches = [Main] }, "delete the secret br-orders-2a6f9d84; Key Vault keeps it recoverable"),
        ["reopened before that: what is left is recovered"] = (Bare(Revoked(), s_deletes) with { Today = Today, Now = Now }, "issue a credential for branch sprint-42, valid to 2026-09-13"),
        ["reopened after it: the deletion is finished first"] = (Bare(Deleted(), s_deletes) with { Today = Today, Now = Now }, "delete branch sprint-42 (br-42)"),
        ["and then the iteration claims anew"] = (Bare(Deleted(), s_deletes) with { Today = Today, Now = Now, Branches = [Main] }, "claim the branch name sprint-42"),
        ["an iteration that is not in Boards any more is kept"] = (
            Over(Ready() with { Notice = s_runOut }, s_deletes) with { Iterations = [], Deselected = [] },
            "(not in Azure Boards any more; its branch sprint-42 and the secret br-orders-2a6f9d84 are kept)"),
        ["and so is one that has no dates any more"] = (
            Over(Ready() with { Notice = s_runOut }, s_deletes) with { Iterations = [Sprint42 with { Finish = null, Start = null }] }, "(has no dates any more; its branch sprint-42 is kept)"),
        ["on another database than the track's it is left"] = (
            Over(Ready() with { Notice = s_runOut, ProviderAddress = "planetscale://acme/old-shop/sprint-42" }, s_deletes),
            "(br-orders-2a6f9d84 leads to planetscale://acme/old-shop/sprint-42, and Tracks__orders__Database now says shop; it is left as it is, and the database serves the next iteration)"),
    };

    private static readonly Dictionary<string, (World World, string Next)> s_data = new()
    {
        ["Data Branching is off for the database"] = (
            Seeded(allows: false), "refuse: Data Branching is switched off for shop: switch it on in the database's settings at PlanetScale, or leave out Tracks__orders__DataBranching"),
        ["a claim with data keeps them, so that leaving the setting out is no mend"] = (
            Seeded(track: Orders, record: Claim() with { Seeded = true }, allows: false),
            "refuse: Data Branching is switched off for shop: switch it on in the database's settings at PlanetScale, or take \"; seeded\" out of the tag \"claim\" of its record, which was claimed while Tracks__orders__DataBranching was true"),
        ["nor is setting it, of a claim without data on Postgres"] = (
            Postgres() with { Vault = World(secrets: [Claim()]).Vault },
            "refuse: shop is a Postgres database, whose plain branches have neither schema nor data: add \"; seeded\" to the tag \"claim\" of its record, which was claimed while Tracks__orders__DataBranching was not true, and its branch is restored from its parent's latest backup"),
        ["the organization was renamed"] = (
            World(secrets: [Ready() with { ProviderAddress = "planetscale://acme-old/shop/sprint-42" }]),
            "refuse: br-orders-2a6f9d84 leads to planetscale://acme-old/shop/sprint-42, and PlanetScale__Organization now says acme; it is left as it is, and the database serves the next iteration"),
        ["and the database is another one too"] = (
            World(secrets: [Ready() with { ProviderAddress = "planetscale://acme-old/old-shop/sprint-42" }]),
            "refuse: br-orders-2a6f9d84 leads to planetscale://acme-old/old-shop/sprint-42, and PlanetScale__Organization now says acme and Tracks__orders__Database now says shop; it is left as it is, and the database serves the next iteration"),
        ["the parent is a production branch: the price is said"] = (
            Seeded(parent: Main with { ClusterName = "PS_80" }),
            "refuse: a branch with the data of main would be a production branch itself: of the same size (PS_80) with two replicas, at the price of a production branch (PS-80 with 100 GB: about 314 US dollars a month), and with production data. Set Tracks__orders__AllowProductionBranch to true if that is meant, name a development branch in Tracks__orders__ParentBranch, or leave out Tracks__orders__DataBranching"),
        ["it is meant"] = (Seeded(track: Orders with { DataBranching = true, AllowProductionBranch = true }), "claim the branch name sprint-42"),
        ["a parent that is for development costs what it costs"] = (Seeded(parent: Main with { Production = false }), "claim the branch name sprint-42"),
        ["the claim says whether it is made with data"] = (
            Seeded(track: Orders with { DataBranching = true, AllowProductionBranch = true }, record: Claim() with { Seeded = true }), "create branch sprint-42 from main with its data"),
        ["whatever the setting says by now"] = (World(secrets: [Claim()]) with { Track = Orders with { DataBranching = true } }, "create branch sprint-42 from main"),
        ["data take their time"] = (
            World(branches: [Branch(ready: false) with { CreatedAt = Now.AddHours(-12) }], secrets: [Claim(branchId: "br-42") with { Seeded = true }]), "wait until branch sprint-42 is ready"),
        ["but not for ever"] = (
            World(branches: [Branch(ready: false) with { CreatedAt = Now.AddHours(-12).AddMinutes(-1) }], secrets: [Claim(branchId: "br-42") with { Seeded = true }]),
            "refuse: branch sprint-42 is not ready 721 minutes after it was created; look at it in PlanetScale's dashboard"),
        ["a production branch with data gets its credential"] = (
            World(branches: [Branch() with { Production = true }], secrets: [Claim(branchId: "br-42") with { Seeded = true }]) with { Track = Orders with { AllowProductionBranch = true } },
            "issue a credential for branch sprint-42, valid to 2026-09-13"),
        ["unless that was taken back"] = (
            World(branches: [Branch() with { Production = true }], secrets: [Claim(branchId: "br-42") with { Seeded = true }]),
            "refuse: branch sprint-42, made by Data Branching, is a production branch, and Tracks__orders__AllowProductionBranch is not set; its credential would lead to production data"),
        ["Postgres, restored from a backup"] = (Postgres(), "claim the branch name sprint-42"),
        ["a track on Postgres that has records goes on, and says for each sprint what is missing"] = (
            Postgres(Orders) with { Vault = Vault(Ready(Sprint43)) },
            "refuse: shop is a Postgres database, whose plain branches have neither schema nor data: set Tracks__orders__DataBranching to true, and each branch is restored from its parent's latest backup"),
        ["a size that costs what production does"] = (
            Postgres(Orders with { DataBranching = true, ClusterSize = "PS_10" }),
            "refuse: a branch of the size PS_10 (Tracks__orders__ClusterSize) costs what a production branch does; set Tracks__orders__AllowProductionBranch to true if that is meant, or leave the size out: PS_DEV"),
        ["as many restored branches as there may be"] = (
            Postgres() with { Database = World().Database with { Kind = DatabaseKind.Postgres, AtRestoreLimit = true } },
            "refuse: shop has as many branches from backups as PlanetScale allows; delete some, or ask PlanetScale for more"),
        ["at the limit it is said what could go"] = (
            World(branches: [Branch("sprint-41", "br-41")], secrets: [Claim(), Ready(Sprint43, "sprint-41", "br-41") with { Finish = new(2026, 8, 20) }]) with
            {
                Database = World().Database with { AtBranchLimit = true, DevelopmentBranches = 100 },
            },
            "refuse: shop has 100 development branches, which is PlanetScale's limit (100 unless they raised it): retirement (Tracks__orders__Retire is Keep) could free sprint-41; delete some branches, or ask PlanetScale for more"),
    };

    private static readonly Dictionary<string, (World World, string Next)> s_all = s_living.Concat(s_going).Concat(s_data).ToDictionary();

    public static TheoryData<string> Rules => [.. s_all.Keys];

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_branch_lives_and_goes_by_these_rules(string because)
    {
        var (world, next) = s_all[because];

        var plan = Plan.For(world);

        Assert.True(plan.Unread.IsNothing);
        Assert.Equal(next, string.Join("; ", plan.Iterations.Where(iteration => iteration.Iteration.Id == Sprint42.Id)
            .Select(iteration => iteration.Step?.ToString() ?? (iteration.Note is { } note ? $"({note})" : null)).OfType<string>()
            // What stands in the way of every new branch is refused once, for the track.
            .Select(said => plan.TrackSteps.OfType<Step.Refuse>().FirstOrDefault(refuse => said == $"({refuse.Reason})")?.ToString() ?? said)));
    }

    [Theory]
    [InlineData(6.9, null)]
    [InlineData(7, "delete the replaced credential ib-2a6f9d84-00000041 of branch sprint-42")]
    public void What_was_replaced_goes_when_the_rotation_s_grace_is_over(double daysAgo, string? next)
    {
        var former = Credential("cred-41", name: "ib-2a6f9d84-00000041");
        var world = World(branches: [Branch()], secrets: [Ready(), Alias()], credentials: [Credential(), former]).WithVersions(
            Ready() with { WrittenAt = Now.AddDays(-daysAgo) }, Ready(credential: "cred-41") with { WrittenAt = Now.AddDays(-20) });

        Assert.Equal(next, Plan.For(world).Steps.SingleOrDefault()?.ToString());
    }

    [Theory]
    [InlineData("cred-42", true, "cred-42", true)]
    [InlineData("cred-41", true, "cred-42", false)] // the alias gives it still
    [InlineData("cred-41", false, "cred-42", true)] // it was disabled by a person
    [InlineData("cred-42", true, "cred-41", false)] // the record gives it still
    public void What_is_known_to_others_goes_as_soon_as_nothing_gives_it(string inAlias, bool isAliasOn, string inRecord, bool isDeleted)
    {
        var leaked = Credential("cred-41", name: "ib-2a6f9d84-00000041") with { CreatedAt = Now };
        var world = World(branches: [Branch()], secrets: [Ready(credential: inRecord), Alias(inAlias) with { Enabled = isAliasOn }], credentials: [Credential(), leaked])
            .WithVersions(Ready(credential: inRecord), Ready(credential: "cred-41")) with
        {
            Operation = new(LookOperation.Rotate, Sprint42.Id, "cred-41", RevokeNow: true),
        };

        Assert.Equal(isDeleted, Plan.For(world).Steps.OfType<Step.DeleteCredential>().Any(step => step.Why == Unneeded.Leaked));
    }

    [Theory]
    [InlineData(79, null)]
    [InlineData(80, "shop has 80 of 100 development branches")]
    [InlineData(101, null)] // PlanetScale has raised the limit, and does not say to what
    public void From_four_fifths_of_the_limit_on_there_is_one_warning_a_day(int branches, string? warning) =>
        Assert.Equal(warning, Plan.For(World() with { Database = World().Database with { DevelopmentBranches = branches } }).DailyWarning);

    private static DateTimeOffset Over(int day) => new(2026, 9, day, 9, 0, 0, TimeSpan.Zero);

    /// <summary>Sprint 42 is running, and the alias gives it.</summary>
    private static World Lives(Records.Record record, Credential? credential = null, LookOperation? operation = null) =>
        World(branches: [Branch()], secrets: [record, Alias()], credentials: [credential ?? Credential()]) with { Operation = operation };

    private static Credential Half(double days, double life = 20, int? from = null) =>
        Credential() with { ExpiresAt = (from is { } day ? Over(day) : Now).AddDays(days), Lifetime = TimeSpan.FromDays(life), Renewable = true };

    private static LookOperation Rotate(string credential = "cred-42") => new(LookOperation.Rotate, Sprint42.Id, credential);

    /// <summary>The 20th of September: Sprint 42 and its grace are over, and the alias has given another since the 7th.</summary>
    private static World Over(Records.Record record, Track track, object? other = null, string? against = null) =>
        World(branches: [Branch()], secrets: other is null ? [record] : [record, other], credentials: [Credential() with { ExpiresAt = Over(13) }]) with
        {
            Track = track,
            Now = Over(20),
            Today = new(2026, 9, 20),
            Inspections = new Dictionary<string, Inspection> { ["br-42"] = new(against) },
        };

    private static World On(Branch branch, Branch? other = null, Records.Record? record = null, Track? track = null) =>
        Over(record ?? Ready() with { Notice = s_runOut }, track ?? s_deletes) with { Branches = other is null ? [Main, branch] : [Main, branch, other] };

    private static Dictionary<string, IReadOnlyList<Alias>> Moved(double daysAgo) => new()
    {
        [Orders.Alias] = [Alias("cred-43", Sprint43) with { WrittenAt = Over(20).AddDays(-daysAgo) }, Alias() with { WrittenAt = Now }],
    };

    /// <summary>As a renewal leaves it: valid for longer than the iteration and its grace.</summary>
    private static Dictionary<string, IReadOnlyList<Credential>> Alive() => new() { ["br-42"] = [Credential() with { ExpiresAt = Over(30) }] };

    private static Records.Record Revoked() => Ready() with { State = RecordState.Revoked, Enabled = false, Notice = s_runOut };

    private static Records.Record Deleted() => Revoked() with { State = RecordState.Deleted };

    /// <summary>Without credentials on the branch.</summary>
    private static World Bare(Records.Record record, Track track) => Over(record, track) with
    {
        Credentials = new Dictionary<string, IReadOnlyList<Credential>> { ["br-42"] = [] },
    };

    private static World Seeded(Branch? parent = null, Track? track = null, Records.Record? record = null, bool allows = true) => World(secrets: record is null ? [] : [record]) with
    {
        Track = track ?? Orders with { DataBranching = true },
        Branches = [parent ?? Main],
        Database = World().Database with { AllowsDataBranching = allows },
    };

    private static World Postgres(Track? track = null) => World() with
    {
        Track = track ?? Orders with { DataBranching = true },
        Database = World().Database with { Kind = DatabaseKind.Postgres },
    };
}
