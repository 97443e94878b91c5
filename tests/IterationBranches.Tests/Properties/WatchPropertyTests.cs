using FsCheck.Fluent;
using IterationBranches.Branches;
using IterationBranches.Credentials;
using IterationBranches.Iterations;
using IterationBranches.Provisioning;
using IterationBranches.Records;
using static IterationBranches.Tests.Provisioning.Some;
using Record = IterationBranches.Records.Record;

namespace IterationBranches.Tests.Properties;

/// <summary>When the plan changes by itself, and whether the poll sees from the records alone that it has something to do.</summary>
[Trait("Category", "Property")]
public sealed class WatchPropertyTests
{
    [Fact]
    public void Between_two_instants_that_mean_something_time_changes_no_plan() => PropertyCheck.ForAll(
        Arb.From(
            from world in Worlds.Any.Generator
            from seconds in Gen.Frequency((1, Gen.Constant(1)), (1, Gen.Choose(1, 100_000)))
            select (World: world, Later: LaterBy(world, seconds))),
        drawn =>
        {
            var later = drawn.World with { Now = drawn.Later, Today = Worlds.DayOf(drawn.Later, drawn.World.TimeZone) };

            Assert.Equal(What(drawn.World), What(later));
        },
        drawn => $"{drawn.Later - drawn.World.Now} later\n{Worlds.Text(drawn.World)}");

    [Fact]
    public void The_poll_sees_what_the_records_alone_show() => PropertyCheck.ForAllWorlds(any =>
    {
        var world = AsTheRecordsSay(any);
        var (plan, isLookDue) = (Plan.For(world), IsLookDue(world));

        if (plan.Steps.Any(step => step is not Step.Refuse && !IsForARefusedRecord(step) && !IsForTheHourlyLook(step, world)))
        {
            Assert.True(isLookDue);
        }

        if (!plan.Steps.Any())
        {
            Assert.False(isLookDue);
        }
    });

    private static bool IsLookDue(World world) =>
        Plan.IsLookDue(world.Track, world.Iterations, world.Vault, world.Memory, world.Today, world.Now);

    /// <summary>A look moves the alias although the record's own credential was refused; the poll does not hurry for that.</summary>
    private static bool IsForARefusedRecord(Step step) => step is Step.PointAlias { Record.Refused: not null };

    /// <summary>What has time: what happens after a sprint, and between two.</summary>
    private static bool IsForTheHourlyLook(Step step, World world) => step switch
    {
        // Or the alias gives this credential already, with another expiry.
        Step.PointAlias point => point.Iteration != Schedule.Current(world.Iterations, world.Today)
            || (world.Vault.AliasOf(world.Track.Name, point.AliasName) is { } alias && (alias.CredentialId, alias.IterationId) == (point.Record.CredentialId, point.Record.IterationId)),
        Step.Follow follow => world.Iterations.All(iteration => iteration.Id != follow.About) || follow.Record.Finish == world.Vault.RecordOf(world.Track.Name, follow.Iteration.Id)!.Finish,
        _ => !Schedule.Of(world.Track, world.Iterations, world.Today).Any(scheduled => scheduled.Standing == Standing.Wanted && scheduled.Iteration.Id == step.About),
    };

    private static IEnumerable<string> What(World world)
    {
        var plan = Plan.For(world);
        return plan.Steps.Select(step => step is Step.Refuse ? $"refuse {step.About}" : Rules.Key(step))
            .Concat(plan.Iterations.Select(planned => planned.Note).OfType<string>());
    }

    /// <summary>So many seconds later, or just before something happens by itself.</summary>
    private static DateTimeOffset LaterBy(World world, int seconds) => Turns(world)
        .Where(turn => turn > world.Now)
        .Select(turn => turn.AddTicks(-1))
        .Append(world.Now.AddSeconds(seconds))
        .Min();

    private static IEnumerable<DateTimeOffset> Turns(World world)
    {
        var midnight = world.Today.AddDays(1).ToDateTime(TimeOnly.MinValue);
        var credentials = world.Credentials.Values.SelectMany(list => list).ToList();
        return
        [
            new(midnight, world.TimeZone.GetUtcOffset(midnight)),
            .. world.Vault.Records.Select(record => record.Refused).OfType<Refusal>().Concat(world.Memory.Refusals.Values).Select(refusal => refusal.NotBefore),
            .. credentials.Select(credential => credential.ExpiresAt).OfType<DateTimeOffset>(),
            // Less than half is left: a moment after the half.
            .. credentials.Where(credential => credential is { ExpiresAt: not null, Lifetime: not null }).Select(credential => (credential.ExpiresAt!.Value - (credential.Lifetime!.Value / 2)).AddTicks(1)),
            .. world.Vault.Records.Select(record => record.Notice?.After).OfType<DateTimeOffset>(),
            .. world.Versions.Values.SelectMany(log => log).Select(version => version.WrittenAt).Concat(world.AliasVersions.Values.SelectMany(log => log).Select(version => version.WrittenAt))
                .OfType<DateTimeOffset>().SelectMany(at => new[] { at, at + world.Track.RotationGrace }),
            // Older than so much: a moment after it.
            .. credentials.Select(credential => credential.CreatedAt.AddMinutes(15).AddTicks(1)),
            .. world.Branches.SelectMany(branch => new[] { branch.CreatedAt.AddMinutes(20).AddTicks(1), branch.CreatedAt.AddHours(12).AddTicks(1) }),
        ];
    }

    /// <summary>The same iterations and vault, and a PlanetScale in which everything is as the records have it.</summary>
    private static World AsTheRecordsSay(World world)
    {
        // What the records alone do not show is for the hourly look: another database in the settings, tags that a person took away.
        var records = world.Vault.Records.Where(record => Rules.HaveOneDatabase(world, record))
            .Select(record => record.State == RecordState.Ready ? record with { CredentialId = record.CredentialId ?? $"c-{record.SecretName}" } : record)
            .ToList();
        var recorded = records.Where(record => record.BranchId is not null).GroupBy(record => record.BranchId!).ToList();
        var branches = recorded.Select(of => new Branch(of.Key, $"now-{of.Key}", world.Parent, Ready: true, Production: false, Protected: false, of.Min(record => record.ClaimedAt), Us));
        return world with
        {
            Database = world.Database with { Kind = DatabaseKind.MySql, DefaultBranch = "main", AtBranchLimit = false },
            Branches = [Main with { Id = "br-parent", Name = world.Track.ParentBranch ?? "main" }, .. branches],
            Vault = world.Vault with { Records = records },
            Versions = records.ToDictionary(record => record.SecretName, record => (IReadOnlyList<Record>)[record]),
            Credentials = recorded.ToDictionary(of => of.Key, of => (IReadOnlyList<Credential>)
            [
                .. of.Where(record => record.CredentialId is not null)
                    .Select(record => new Credential(record.CredentialId!, "ib-2a6f9d84-0badcafe", of.Key, record.ClaimedAt, record.ExpiresAt, Us)),
            ]),
        };
    }
}
