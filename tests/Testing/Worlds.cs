using IterationBranches.Branches;
using IterationBranches.Iterations;
using IterationBranches.Records;
using Record = IterationBranches.Records.Record;

namespace IterationBranches.Testing;

/// <summary>What the outside systems have, around the day on which <see cref="ManualTime"/> starts.</summary>
public static class Worlds
{
    public static VaultListing EmptyVault { get; } = new([], [], new HashSet<string>());

    public static Database Shop { get; } = new("shop", DatabaseKind.MySql, "main", Ready: true, AtBranchLimit: false, new DateTimeOffset(2026, 8, 26, 9, 0, 0, TimeSpan.Zero));

    public static Branch Main { get; } = BranchOf("main", "branch-main", production: true);

    /// <summary>Current.</summary>
    public static Iteration Sprint42 { get; } = Sprint(42, new(2026, 8, 24), new(2026, 9, 6));

    /// <summary>Due from 2026-09-04 on.</summary>
    public static Iteration Sprint43 { get; } = Sprint(43, new(2026, 9, 7), new(2026, 9, 20));

    public static Iteration Sprint(int number, DateOnly? start, DateOnly? finish) =>
        new(new Guid($"{number:00000000}-0000-4000-8000-000000000000"), $"Sprint {number}", $@"Meridian\Release 5\Sprint {number}", start, finish);

    public static Branch BranchOf(string name, string id, bool ready = true, bool production = false) => new(
        id, name, production ? null : "main", ready, production, Protected: false, new DateTimeOffset(2026, 8, 26, 8, 58, 0, TimeSpan.Zero), "actor-of-the-app");

    public static Record RecordOf(Iteration iteration, RecordState state, string track = "orders") => new(
        Record.NameFor(track, iteration.Id), track, iteration.Id, iteration.Path, state, iteration.Name.Replace(' ', '-').ToLowerInvariant(),
        new DateTimeOffset(2026, 8, 21, 9, 0, 0, TimeSpan.Zero))
    {
        ProviderAddress = $"planetscale://acme/shop/{iteration.Name.Replace(' ', '-').ToLowerInvariant()}",
        Enabled = state == RecordState.Ready,
        Version = "v1",
        Finish = state == RecordState.Ready ? iteration.Finish : null,
        BranchId = $"branch-of-{iteration.Name[^2..]}",
        CredentialId = state == RecordState.Ready ? $"credential-of-{iteration.Name[^2..]}" : null,
    };

    /// <summary>Sprint 42 is ready and the alias gives it: nothing is to be done.</summary>
    public static VaultListing Settled(string track = "orders") => new(
        [RecordOf(Sprint42, RecordState.Ready, track)],
        [new Alias($"ConnectionStrings--{track}", track, Sprint42.Id, "credential-of-42")],
        new HashSet<string>());
}
