using IterationBranches.Branches;
using IterationBranches.Iterations;
using IterationBranches.Provisioning;
using IterationBranches.Records;
using static IterationBranches.Tests.Provisioning.Some;

namespace IterationBranches.Tests.Provisioning;

/// <summary>What concerns a track as a whole: its alias, its orphans, and whether the poll queues it.</summary>
public sealed class TrackPlanTests
{
    private static readonly Iteration s_other = Sprint("Hotfix", "2026-08-24", "2026-09-04", Guid.Parse("f0000000-0000-4000-8000-000000000000"));

    private static readonly Dictionary<string, (World World, string Next)> s_alias = new()
    {
        ["the current iteration is ready"] = (Healthy(), "point ConnectionStrings--orders at br-orders-2a6f9d84"),
        ["it gives that already"] = (Healthy(Alias()), ""),
        ["it is to be valid for as long as the record"] = (
            World(branches: [Branch()], secrets: [Ready() with { ExpiresAt = Now.AddDays(20) }, Alias() with { ExpiresAt = Now.AddDays(9), WrittenAt = Now.AddDays(-1) }], credentials: [Credential()]),
            "point ConnectionStrings--orders at br-orders-2a6f9d84"),
        ["one of the first builds has no expiry"] = (
            World(branches: [Branch()], secrets: [Ready() with { ExpiresAt = Now.AddDays(20) }, Alias()], credentials: [Credential()]), "point ConnectionStrings--orders at br-orders-2a6f9d84"),
        ["it is valid for as long as it may be"] = (
            World(branches: [Branch(ready: false)], secrets: [Ready() with { ExpiresAt = Now.AddDays(200) }, Alias() with { ExpiresAt = Now.AddDays(89), WrittenAt = Now.AddDays(-1) }]), ""),
        ["the credential was changed"] = (Healthy(Alias("cred-old")), "point ConnectionStrings--orders at br-orders-2a6f9d84"),
        ["it gives what the last sprint gave"] = (Healthy(Alias("cred-41", Sprint43)), "point ConnectionStrings--orders at br-orders-2a6f9d84"),
        ["the current one has no credential yet: the alias stays"] = (World(branches: [Branch(ready: false)], secrets: [Claim(branchId: "br-42"), Alias("cred-41", Sprint43)]), ""),
        ["its record is disabled: the alias stays"] = (World(branches: [Branch()], secrets: [Ready() with { Enabled = false }]), ""),
        ["its record names no credential: the alias stays"] = (World(branches: [Branch(ready: false)], secrets: [Ready() with { CredentialId = null }]), ""),
        ["its credential has expired: the alias stays until there is another"] = (World(branches: [Branch()], secrets: [Ready(), Alias("cred-41", Sprint43)], credentials: [Credential() with { ExpiresAt = Now }]), ""),
        ["its branch is gone: the alias is not moved"] = (World(secrets: [Ready()]), ""),
        ["in a gap the alias stays"] = (Healthy() with { Today = new(2026, 9, 5) }, ""),
        ["before the start the alias stays with the last one"] = (
            World([Sprint43], [Branch("sprint-43")], [Ready(Sprint43, "sprint-43")], [Credential()]) with { Today = new(2026, 9, 6) }, ""),
        ["of several the later start"] = (Two(s_other with { Start = new(2026, 8, 25) }), "point ConnectionStrings--orders at br-orders-f0000000"),
        ["not the earlier one"] = (Two(s_other with { Start = new(2026, 8, 23) }), "point ConnectionStrings--orders at br-orders-2a6f9d84"),
        ["then the earlier finish"] = (Two(s_other with { Finish = new(2026, 9, 3) }), "point ConnectionStrings--orders at br-orders-f0000000"),
        ["then the GUID"] = (Two(s_other), "point ConnectionStrings--orders at br-orders-2a6f9d84"),
        ["somebody's secret has the alias' name"] = (
            Healthy("connectionstrings--ORDERS"),
            "(the secret ConnectionStrings--orders exists and is not this product's, so it is left as it is; delete it, or choose another name in Tracks__orders__Alias)"),
        ["a person disabled the alias"] = (
            Healthy(Alias("cred-old") with { Enabled = false }), "(the alias ConnectionStrings--orders was disabled by a person; it is left so)"),
        ["writing it was refused a while ago"] = (
            Healthy() with { Memory = new TrackMemory().With(TrackMemory.Alias, new(Now.AddMinutes(1), TimeSpan.FromHours(1), "no permission")) },
            "(the alias ConnectionStrings--orders: refused until 2026-08-26 09:01 UTC: no permission)"),
    };

    private static readonly Dictionary<string, (World World, bool IsDeleted)> s_orphans = new()
    {
        ["ours, old, and nothing names it"] = (WithOrphan(), true),
        ["its name is not ours"] = (WithOrphan(name: "by-hand"), false),
        ["somebody else made it"] = (WithOrphan(actor: "somebody"), false),
        ["who made it is not known"] = (WithOrphan(actor: null), false),
        ["who we are is not known"] = (WithOrphan() with { ActorId = null }, false),
        ["a late answer may still be on its way"] = (WithOrphan(minutes: 15), false),
        ["a record names it"] = (WithOrphan(secrets: Claim(Sprint43, "other", "br-43") with { CredentialId = "cred-orphan" }), false),
        ["an alias names it"] = (WithOrphan(secrets: Alias("cred-orphan")), false),
        ["its branch is a production branch now"] = (On(Branch() with { Production = true }), false),
        ["its branch is the default one now"] = (WithOrphan() with { Database = World().Database with { DefaultBranch = "sprint-42" } }, false),
        ["a person protects its branch from deletion"] = (On(Branch() with { Protected = true }), false),
        ["deleting was refused a while ago"] = (
            WithOrphan() with { Memory = new TrackMemory().With(TrackMemory.Orphans, new(Now.AddMinutes(1), TimeSpan.FromHours(1), "no permission")) }, false),
    };

    private static readonly Dictionary<string, (bool IsDue, Iteration[] Iterations, VaultListing Vault, TrackMemory Memory)> s_polls = new()
    {
        ["wanted, and there is no record"] = (true, [Sprint42], Vault(), new()),
        ["not wanted yet"] = (false, [Sprint43], Vault(), new()),
        ["refused a while ago"] = (false, [Sprint42], Vault(), Refused(Sprint42.Id.ToString("N"), 1)),
        ["refused long ago"] = (true, [Sprint42], Vault(), Refused(Sprint42.Id.ToString("N"), 0)),
        ["a refused sprint does not make a sprint of its release"] = (
            false, [Sprint42, Sprint("ignored", "2026-08-01", "2026-09-30") with { Path = @"Meridian\Release 5" }], Vault(), Refused(Sprint42.Id.ToString("N"), 1)),
        ["claimed only"] = (true, [Sprint42], Vault(Claim()), new()),
        ["claimed, and refused a while ago"] = (false, [Sprint42], Vault(Claim() with { Refused = new(Now.AddMinutes(1), TimeSpan.FromHours(1), "at the limit") }), new()),
        ["claimed, and refused long ago"] = (true, [Sprint42], Vault(Claim() with { Refused = new(Now, TimeSpan.FromHours(1), "at the limit") }), new()),
        ["ready, and the alias gives it"] = (false, [Sprint42], Vault(Ready(), Alias()), new()),
        ["ready, and there is no alias"] = (true, [Sprint42], Vault(Ready()), new()),
        ["ready, and the alias gives another"] = (true, [Sprint42], Vault(Ready(), Alias("cred-old")), new()),
        ["ready, and the alias gives its credential as another's"] = (true, [Sprint42], Vault(Ready(), Alias(iteration: Sprint43)), new()),
        ["ready, but its tags name no credential that the alias could give"] = (false, [Sprint42], Vault(Ready() with { CredentialId = null }, Alias()), new()),
        ["a person disabled the alias"] = (false, [Sprint42], Vault(Ready(), Alias("cred-old") with { Enabled = false }), new()),
        ["somebody's secret has the alias' name"] = (false, [Sprint42], Vault(Ready(), Orders.Alias), new()),
        ["writing the alias was refused a while ago"] = (false, [Sprint42], Vault(Ready()), Refused(TrackMemory.Alias, 1)),
        ["a person disabled the record"] = (false, [Sprint42], Vault(Ready() with { Enabled = false }), new()),
        ["every new branch of the track was refused a while ago"] = (false, [Sprint42], Vault(), Refused(TrackMemory.NewBranches, 1)),
        ["that is over, and what was said of the sprint before it as well"] = (
            true, [Sprint42], Vault(), Refused(TrackMemory.NewBranches, 0).With(Sprint42.Id.ToString("N"), new(Now, TimeSpan.FromHours(1), "no"))),
        ["in a gap what the alias gives has expired"] = (true, [Sprint43], Vault(Ready() with { ExpiresAt = Now }, Alias()), new()),
        ["in a gap it has not"] = (false, [Sprint43], Vault(Ready() with { ExpiresAt = Now.AddHours(1) }, Alias()), new()),
        ["what it gives no more may expire"] = (false, [Sprint43], Vault(Ready() with { ExpiresAt = Now }, Alias("cred-43", Sprint43)), new()),
        ["the alias has another expiry than the record: that has time until the hourly look"] = (false, [Sprint42], Vault(Ready() with { ExpiresAt = Now.AddDays(9) }, Alias() with { ExpiresAt = Now.AddDays(2) }), new()),
        ["a record of the same iteration on another track"] = (true, [Sprint42], Vault(Ready(track: Orders with { Name = "billing" })), new()),
    };

    public static TheoryData<string> AliasRules => [.. s_alias.Keys];

    public static TheoryData<string> OrphanRules => [.. s_orphans.Keys];

    public static TheoryData<string> Polls => [.. s_polls.Keys];

    [Theory]
    [MemberData(nameof(AliasRules))]
    public void The_alias_follows_by_these_rules(string because)
    {
        var (world, next) = s_alias[because];
        var plan = Plan.For(world);

        Assert.Equal(next, string.Join("; ", plan.TrackSteps.Select(step => step.ToString()).Concat(plan.Notes.Select(note => $"({note})"))));
    }

    [Theory]
    [MemberData(nameof(OrphanRules))]
    public void Orphans_are_deleted_by_these_rules(string because)
    {
        var (world, isDeleted) = s_orphans[because];

        var deleted = Plan.For(world).Steps.OfType<Step.DeleteCredential>().ToList();

        Assert.Equal(isDeleted ? ["cred-orphan"] : [], deleted.Select(step => step.Credential.Id));
    }

    [Theory]
    [MemberData(nameof(Polls))]
    public void The_poll_queues_a_track_by_these_rules(string because)
    {
        var (isDue, iterations, vault, memory) = s_polls[because];

        Assert.Equal(isDue, Plan.IsLookDue(Orders, iterations, vault, memory, Today, Now));
    }

    private static TrackMemory Refused(string key, int minutesLeft) =>
        new TrackMemory().With(key, new(Now.AddMinutes(minutesLeft), TimeSpan.FromHours(1), "somebody must mend it"));

    private static World Healthy(params object[] secrets) => World(branches: [Branch()], secrets: [Ready(), .. secrets], credentials: [Credential()]);

    /// <summary>Sprint 42 and another iteration beside it, both ready.</summary>
    private static World Two(Iteration other) => World(
        [Sprint42, other],
        [Branch(), Branch("hotfix", "br-hotfix")],
        [Ready(), Ready(other, "hotfix", "br-hotfix", "cred-hotfix")],
        [Credential(), Credential("cred-hotfix", "br-hotfix")]);

    private static World On(Branch branch) => WithOrphan() with { Branches = [Main, branch] };

    private static World WithOrphan(string name = "ib-2a6f9d84-00000000", string? actor = Us, double minutes = 15.02, params object[] secrets) => World(
        branches: [Branch()],
        secrets: [Ready(), .. secrets],
        credentials: [Credential(), new("cred-orphan", name, "br-42", Now.AddMinutes(-minutes), Now.AddDays(20), actor)]);
}
