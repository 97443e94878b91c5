using FsCheck.Fluent;
using IterationBranches.Branches;
using IterationBranches.Iterations;
using IterationBranches.Provisioning;
using IterationBranches.Records;
using Record = IterationBranches.Records.Record;

namespace IterationBranches.Tests.Properties;

/// <summary>What holds of the plan in every world.</summary>
[Trait("Category", "Property")]
public sealed class PlanPropertyTests
{
    /// <summary>Parts of what the plan can say, because rules about what is never said would hold of nothing.</summary>
    private static readonly string[] s_said =
    [
        "claim the branch name", "note again that", "create branch", "note that branch", "wait until", "issue a credential", "point ConnectionStrings", "delete the orphaned",
        "exists and is not this product's, so it is left as it is; rename", "exists and is not this product's, so it is left as it is; delete", "belong to others",
        "the parent branch", "as many development branches", "minutes after it was created", "is a production branch now", "is gone from PlanetScale", "leads to", "is a Postgres database",
        "no dates yet", "branch on", "the parent of other iterations", "finished before", "refused until", "the secret br-", "the alias ConnectionStrings", "this version does nothing with it",
    ];

    [Fact]
    public void The_worlds_are_of_every_kind()
    {
        var said = Gen.Sample(Worlds.Any.Generator, 2000, new FsCheck.Rnd(42), 50).Select(Plan.For)
            .Select(plan => string.Join('\n', [.. plan.Steps.Select(step => step.ToString()), .. plan.Iterations.Select(planned => planned.Note), .. plan.Notes]))
            .ToList();

        var counts = s_said.Select(part => (Part: part, Worlds: said.Count(text => text.Contains(part, StringComparison.Ordinal))));

        Assert.DoesNotContain(counts, one => one.Worlds < 10);
    }

    [Fact]
    public void No_step_touches_what_is_not_ours() =>
        PropertyCheck.ForAllWorlds(world => Assert.Empty(Rules.BrokenBy(Plan.For(world))));

    [Fact]
    public void Only_wanted_iterations_have_a_step_and_each_at_most_one() => PropertyCheck.ForAllWorlds(world =>
    {
        var concerned = Plan.For(world).Steps.Select(Rules.IterationOf).OfType<Iteration>().ToList();

        Assert.Equal(concerned.Distinct(), concerned);
        Assert.All(concerned, iteration => Assert.Contains(
            Schedule.Of(world.Track, world.Iterations, world.Today), scheduled => scheduled.Iteration == iteration && scheduled.Standing == Standing.Wanted));
    });

    [Fact]
    public void Every_iteration_of_the_list_is_spoken_of_once() => PropertyCheck.ForAllWorlds(world =>
    {
        var expected = world.Iterations.Where(_ => world.Database.Kind == DatabaseKind.MySql).Select(iteration => iteration.Id);

        Assert.Equal(expected.Order(), Plan.For(world).Iterations.Select(planned => planned.Iteration.Id).Order());
    });

    [Fact]
    public void In_whatever_order_things_are_listed_the_plan_is_the_same() => PropertyCheck.ForAll(
        Arb.From(
            from world in Worlds.Any.Generator
            from seed in Gen.Choose(0, int.MaxValue)
            select (World: world, Seed: seed)),
        drawn =>
        {
            var plan = Plan.For(drawn.World);
            Assert.Equal(plan.Steps.Select(Rules.Key), Plan.For(drawn.World).Steps.Select(Rules.Key));

            var shuffled = Plan.For(Shuffled(drawn.World, new(drawn.Seed)));
            Assert.Equal(plan.Steps.Select(Rules.Key).Order(StringComparer.Ordinal), shuffled.Steps.Select(Rules.Key).Order(StringComparer.Ordinal));
            Assert.Equal(plan.Iterations.Select(planned => planned.Note), shuffled.Iterations.Select(planned => planned.Note));
        },
        drawn => Worlds.Text(drawn.World));

    [Fact]
    public void Step_by_step_every_world_comes_to_rest() => PropertyCheck.ForAll(
        Arb.From(
            from world in Worlds.Any.Generator
            from seed in Gen.Choose(0, int.MaxValue)
            from looksEachTime in Gen.Elements(true, false)
            from namesActor in Gen.Elements(true, true, false)
            select new Course(world, seed, looksEachTime, namesActor),
            course => Worlds.Any.Shrinker(course.World).Select(smaller => course with { World = smaller })),
        course =>
        {
            var run = new AllGoesWell(course);

            var steps = run.Run(plan => Assert.Empty(Rules.BrokenBy(plan)));

            Assert.NotNull(steps);
            Assert.Empty(Unrest(run.World));
        },
        course => $"seed {course.Seed}, looks each time: {course.LooksEachTime}, names the actor: {course.NamesActor}\n{Worlds.Text(course.World)}");

    /// <summary>What a world without a next step still lacks, though nobody has refused it.</summary>
    private static IEnumerable<string> Unrest(World world)
    {
        if (world.Database.Kind != DatabaseKind.MySql)
        {
            yield break;
        }

        var wanted = Schedule.Of(world.Track, world.Iterations, world.Today).Where(scheduled => scheduled.Standing == Standing.Wanted);
        foreach (var iteration in wanted.Select(scheduled => scheduled.Iteration))
        {
            var record = world.Vault.RecordOf(world.Track.Name, iteration.Id);
            var isRefused = (record is null ? world.Memory.RefusalOf(iteration.Id) : record.Refused)?.Holds(world.Now) is true;
            var isAtRest = record is not null && (record.State is RecordState.Revoked or RecordState.Deleted
                || record.State == RecordState.Ready && (!record.Enabled || Works(world, record)));
            if (!isRefused && !isAtRest)
            {
                yield return $"{iteration} has no credential that works";
            }
        }

        if (Schedule.Current(world.Iterations, world.Today) is { } current
            && world.Vault.RecordOf(world.Track.Name, current.Id) is { State: RecordState.Ready, Enabled: true, CredentialId: not null, Refused: null } ready
            && !world.Vault.OtherNames.Contains(world.Track.Alias)
            && world.Memory.AliasRefusal?.Holds(world.Now) is not true
            && world.Vault.AliasOf(world.Track.Name, world.Track.Alias) is var alias and not { Enabled: false }
            && (alias?.IterationId, alias?.CredentialId) != (current.Id, ready.CredentialId))
        {
            yield return $"the alias does not give {current}";
        }
    }

    /// <summary>As far as anybody can see: a branch that is not ready cannot be asked for its credentials.</summary>
    private static bool Works(World world, Record record) =>
        record.BranchId is { } id && world.BranchById(id) is not null
        && (!world.Credentials.TryGetValue(id, out var credentials)
            || credentials.Any(credential => credential.Id == record.CredentialId && !(credential.ExpiresAt <= world.Now)));

    private static World Shuffled(World world, System.Random chance)
    {
        return world with
        {
            Iterations = Mixed(world.Iterations),
            Branches = Mixed(world.Branches),
            Vault = new(Mixed(world.Vault.Records), Mixed(world.Vault.Aliases), Mixed([.. world.Vault.OtherNames]).ToHashSet(StringComparer.OrdinalIgnoreCase)),
            Versions = Mixed([.. world.Versions]).ToDictionary(),
            Credentials = Mixed([.. world.Credentials]).ToDictionary(list => list.Key, list => Mixed(list.Value)),
            Memory = world.Memory with { Refusals = Mixed([.. world.Memory.Refusals]).ToDictionary() },
        };

        IReadOnlyList<T> Mixed<T>(IReadOnlyList<T> list)
        {
            var mixed = list.ToArray();
            chance.Shuffle(mixed);
            return mixed;
        }
    }
}
