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
        "claim the branch name", "note again that", "create branch", "note that branch", "wait until", "issue a credential", "point ConnectionStrings", "delete the orphaned", "delete the replaced", "delete the retired",
        "renew the credential", "the iteration ends on", "Retire says", "its credential is valid to", "give notice", "is retired", "is being deleted", "delete branch", "delete the secret",
        "exists and is not this product's, so it is left as it is; rename", "exists and is not this product's, so it is left as it is; delete", "belong to others",
        "the parent branch", "as many development branches", "minutes after it was created", "is a production branch now", "would be a production branch itself", "Data Branching is switched off", "made by Data Branching", "is gone from PlanetScale", "leads to", "is a Postgres database",
        "no dates yet", "branch on", "the parent of other iterations", "finished, and has", "refused until", "the secret br-", "the alias ConnectionStrings", "was this track's alias before",
        "not in Azure Boards any more", "has no dates any more", "not retired while", "to be retired", "not retired: deploy request", "is protected from deletion", "was made from", "no record in the vault names it",
    ];

    [Fact]
    public void The_worlds_are_of_every_kind()
    {
        var said = Gen.Sample(Worlds.Any.Generator, 3000, new FsCheck.Rnd(42), 50).Select(Plan.For)
            .Select(plan => string.Join('\n', [.. plan.Steps.Select(step => step.ToString()), .. plan.Iterations.Select(planned => planned.Note), .. plan.Notes]))
            .ToList();

        var counts = s_said.Select(part => (Part: part, Worlds: said.Count(text => text.Contains(part, StringComparison.Ordinal))));

        Assert.DoesNotContain(counts, one => one.Worlds < 1);
    }

    [Fact]
    public void No_step_touches_what_is_not_ours() =>
        PropertyCheck.ForAllWorlds(world => Assert.Empty(Rules.BrokenBy(Plan.For(world))));

    [Fact]
    public void An_iteration_has_one_step_at_most_and_what_is_not_wanted_only_with_a_record() => PropertyCheck.ForAllWorlds(world =>
    {
        var concerned = Plan.For(world).Steps.Select(step => step.About).OfType<Guid>().ToList();

        Assert.Equal(concerned.Distinct(), concerned);
        Assert.All(concerned.Where(id => world.Vault.RecordOf(world.Track.Name, id) is null), id => Assert.Contains(
            Schedule.Of(world.Track, world.Iterations, world.Today), scheduled => scheduled.Iteration.Id == id && scheduled.Standing == Standing.Wanted));
    });

    [Fact]
    public void What_was_not_read_is_not_touched_and_is_asked_for() => PropertyCheck.ForAllWorlds(world =>
    {
        var wanted = Schedule.Of(world.Track, world.Iterations, world.Today).Where(scheduled => scheduled.Standing == Standing.Wanted)
            .Select(scheduled => world.Vault.RecordOf(world.Track.Name, scheduled.Iteration.Id)?.SecretName).OfType<string>().ToHashSet();
        var glance = world with
        {
            Vault = world.Vault with { Records = [.. world.Vault.Records.Select(record => wanted.Contains(record.SecretName) ? record : record with { Version = null })] },
            Versions = world.Versions.Where(log => wanted.Contains(log.Key)).ToDictionary(),
            AliasVersions = new Dictionary<string, IReadOnlyList<Alias>>(),
            Inspections = new Dictionary<string, Inspection>(),
        };

        var (some, all) = (Plan.For(glance), Plan.For(world));

        // Until it has been read, nothing is done that would not be done with it; and when there is nothing to read, the plan is whole.
        Assert.Empty(some.Steps.Where(step => step.Changed is not { Version: null }).Select(Rules.Key).Except(all.Steps.Select(Rules.Key)));
        Assert.All(some.Steps.Select(step => step.Changed).Where(record => record is { Version: null }), record => Assert.Contains(record!.SecretName, some.Unread.Records));
        Assert.True(!some.Unread.IsNothing || some.Steps.Select(Rules.Key).SequenceEqual(all.Steps.Select(Rules.Key)));
    });

    [Fact]
    public void Every_iteration_of_the_list_is_spoken_of_once() => PropertyCheck.ForAllWorlds(world =>
    {
        var isServed = world.Database.Kind == DatabaseKind.MySql || world.Track.DataBranching || world.Vault.RecordsOf(world.Track.Name).Any();
        var unlisted = world.Deselected is null ? [] : world.Vault.RecordsOf(world.Track.Name).Select(record => record.IterationId).Except(world.Iterations.Select(iteration => iteration.Id));
        var expected = isServed ? world.Iterations.Select(iteration => iteration.Id).Concat(unlisted) : [];

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
            Assert.Equal(plan.Notes, shuffled.Notes);
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
            // Of a database that it does not serve, the plan says the same each time; that is remembered for the whole track.
            Assert.True(run.World.Database.Kind != DatabaseKind.MySql || !Plan.For(run.World).Steps.Any());
            Assert.Empty(Unrest(run.World));
        },
        course => $"seed {course.Seed}, looks each time: {course.LooksEachTime}, names the actor: {course.NamesActor}\n{Worlds.Text(course.World)}");

    /// <summary>What a world without a next step still lacks, though nobody has refused it.</summary>
    private static IEnumerable<string> Unrest(World world)
    {
        if (world.Memory.TrackRefusal is not null)
        {
            yield break;
        }

        var wanted = Schedule.Of(world.Track, world.Iterations, world.Today).Where(scheduled => scheduled.Standing == Standing.Wanted);
        foreach (var iteration in wanted.Select(scheduled => scheduled.Iteration))
        {
            var record = world.Vault.RecordOf(world.Track.Name, iteration.Id);
            var isRefused = (record is null ? world.Memory.WhyNotNew(iteration.Id, world.Now) : record.Refused)?.Holds(world.Now) is true;
            var isAtRest = record is { State: RecordState.Ready } && (!record.Enabled || Works(world, record));
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
            Deselected = world.Deselected is null ? null : Mixed(world.Deselected),
            Versions = Mixed([.. world.Versions]).ToDictionary(),
            AliasVersions = Mixed([.. world.AliasVersions]).ToDictionary(),
            Inspections = Mixed([.. world.Inspections]).ToDictionary(),
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
