using IterationBranches.Branches;
using IterationBranches.Credentials;
using IterationBranches.Provisioning;
using IterationBranches.Records;
using Record = IterationBranches.Records.Record;

namespace IterationBranches.Tests.Properties;

/// <summary>How steps are taken one after another.</summary>
/// <param name="LooksEachTime">Every step is one message's, which knows nothing of the step before; else one run takes them all.</param>
/// <param name="NamesActor">Whether PlanetScale says who made a branch.</param>
internal sealed record Course(World World, int Seed, bool LooksEachTime, bool NamesActor);

/// <summary>What each step does to a world where nothing fails, nobody interferes, and time passes only while a branch is awaited.</summary>
internal sealed class AllGoesWell(Course course)
{
    private readonly Random _chance = new(course.Seed);
    private readonly Dictionary<string, DateTimeOffset> _readyAt = [];
    private int _made;

    public World World { get; private set; } = course.World;

    /// <summary>Carries steps out, in any order, until there is none.</summary>
    /// <param name="look">Is called with every plan on the way.</param>
    /// <returns>How many it took; null when there was no end to them.</returns>
    public int? Run(Action<Plan> look)
    {
        // For each iteration: a claim, another name, the branch, its id, a credential, a refusal or two; and the looks in the 20 minutes, or with data the 12 hours, that a branch may take.
        // And to go: the tags, a notice, each credential, three steps of the record and the branch.
        var bound = ((World.Iterations.Count + World.Vault.Records.Count) * 800) + World.Credentials.Sum(list => list.Value.Count) + 5;
        for (var count = 0; count <= bound; count++)
        {
            var plan = Plan.For(World);
            look(plan);
            var steps = plan.Steps.Where(step => step is not Step.AwaitBranch).ToList();
            if (steps.Count > 0)
            {
                Apply(steps[_chance.Next(steps.Count)]);
                if (course.LooksEachTime)
                {
                    Look(World.Now);
                }
            }
            else if (plan.Steps.OfType<Step.AwaitBranch>().Select(wait => wait.NextLook).Order().FirstOrDefault() is var next && next != default)
            {
                Look(next);
            }
            else
            {
                return count;
            }

            if (World.Memory.TrackRefusal is not null)
            {
                return count;
            }
        }

        return null;
    }

    private void Apply(Step step) => World = step switch
    {
        Step.WriteClaim claim when IsAnothers(claim.Claim) => Remember(claim.Iteration.Id.ToString("N"), "not this product's"),
        Step.WriteClaim claim => World.With(Written(claim.Claim)),
        Step.CreateBranch create => World.WithMade(Made(create)),
        Step.LearnActor => course.NamesActor ? World with { ActorId = Provisioning.Some.Us } : World with { IsActorUntold = true },
        Step.WriteAgain again => World.With(Written(again.Record)),
        Step.NoteBranch note => World.With(note.Record with { BranchId = note.Branch.Id, Refused = null }),
        Step.IssueCredential issue => Issued(issue),
        Step.PointAlias point when World.Vault.Aliases.Any(alias => alias.SecretName == point.AliasName && World.Vault.AliasOf(World.Track.Name, point.AliasName) is null) =>
            Remember(TrackMemory.Alias, "not this track's"),
        Step.PointAlias point => World with
        {
            Vault = World.Vault.With(new Alias(point.AliasName, World.Track.Name, point.Iteration.Id, point.Record.CredentialId!) { ExpiresAt = point.Record.ExpiresAt }),
        },
        Step.DeleteCredential delete => World.WithCredentials(
            delete.Branch.Id, [.. World.Credentials[delete.Branch.Id].Where(credential => credential.Id != delete.Credential.Id)]),
        Step.RenewCredential renew => World.WithCredentials(renew.Branch.Id,
            [.. World.Credentials[renew.Branch.Id].Select(credential => credential.Id == renew.Credential.Id ? credential with { ExpiresAt = World.Now + credential.Lifetime } : credential)]),
        Step.Follow { Record: var record } => World.With(record),
        Step.NoticeRetirement { Record: var record } => World.With(record),
        Step.MarkDeleted { Record: var record } => World.With(record),
        Step.RevokeRecord { Record: var record } => World.With(record with { Enabled = false }),
        Step.DeleteBranch delete => World.Without(delete.Branch),
        Step.DeleteRecord delete => World with { Vault = World.Vault.Without(delete.Record.SecretName) },
        Step.Refuse { Record: { } record } refuse => World.With(record with { Refused = Refusal.After(record.Refused, World.Now, refuse.Reason) }),
        Step.Refuse refuse => Remember(refuse.Iteration?.Id.ToString("N") ?? refuse.Key, refuse.Reason),
        _ => throw new ArgumentOutOfRangeException(nameof(step), step, "not a step that is carried out"),
    };

    /// <summary>The next message: it knows only what is written, at a later time.</summary>
    private void Look(DateTimeOffset now)
    {
        var branches = World.Branches.Select(branch => IsReady(branch, now) ? branch with { Ready = true } : branch).ToList();
        var asked = branches.Where(branch => branch.Ready && World.Vault.RecordsOf(World.Track.Name).Any(record => record.BranchId == branch.Id));
        World = World with
        {
            Now = now,
            Today = Worlds.DayOf(now, World.TimeZone),
            Database = World.Database with { AsOf = now },
            Branches = branches,
            Credentials = asked.ToDictionary(branch => branch.Id, branch => World.Credentials.GetValueOrDefault(branch.Id, [])),
            Versions = World.Vault.Records.ToDictionary(record => record.SecretName, LogOf),
            AliasVersions = new[] { World.Track.Alias }.Except(World.Vault.Aliases.Select(alias => alias.SecretName)).ToDictionary(name => name, _ => (IReadOnlyList<Alias>)[])
                .Concat(World.Vault.Aliases.ToDictionary(alias => alias.SecretName, LogOf)).ToDictionary(),
            Inspections = branches.ToDictionary(branch => branch.Id, branch => World.Inspections.GetValueOrDefault(branch.Id, new Inspection(null))),
            MadeNow = new HashSet<string>(),
        };
    }

    /// <summary>Most branches take some minutes; one in eight never ends, until a person has looked at it.</summary>
    private bool IsReady(Branch branch, DateTimeOffset now)
    {
        if (!_readyAt.TryGetValue(branch.Id, out var at))
        {
            at = _chance.Next(8) == 0 ? DateTimeOffset.MaxValue : World.Now.AddSeconds(_chance.Next(600));
            _readyAt.Add(branch.Id, at);
        }

        return branch.Ready || now >= at;
    }

    private IReadOnlyList<Record> LogOf(Record record) =>
        World.Versions.GetValueOrDefault(record.SecretName, []) is var log && log.Count > 0 && log[0].Version == record.Version ? [record, .. log.Skip(1)] : [record, .. log];

    private IReadOnlyList<Alias> LogOf(Alias alias) =>
        World.AliasVersions.GetValueOrDefault(alias.SecretName, []) is var log && log.Count > 0 && (log[0].IterationId, log[0].CredentialId) == (alias.IterationId, alias.CredentialId)
            ? log : [alias with { WrittenAt = World.Now }, .. log];

    private bool IsAnothers(Record claim) => World.Vault.OtherNames.Contains(claim.SecretName) || World.Vault.Records.Any(record =>
        string.Equals(record.SecretName, claim.SecretName, StringComparison.OrdinalIgnoreCase) && record.IterationId != claim.IterationId);

    private Record Written(Record record) => record with { Version = $"v{++_made}", WrittenAt = World.Now };

    private Branch Made(Step.CreateBranch create) => new(
        $"made-{++_made}", create.Record.Branch, create.Parent, Ready: false, Production: false, Protected: false, World.Now,
        course.NamesActor ? World.ActorId ?? Provisioning.Some.Us : null);

    private World Issued(Step.IssueCredential issue)
    {
        var credential = new Credential(
            $"made-{++_made}", $"ib-{issue.Iteration.Id8}-{_made:x8}", issue.Branch.Id, World.Now, issue.ExpiresAt, World.ActorId ?? Provisioning.Some.Us)
        {
            Lifetime = issue.ExpiresAt - World.Now,
            Renewable = true,
        };
        var record = issue.Record with
        {
            State = RecordState.Ready,
            Enabled = true,
            CredentialId = credential.Id,
            Branch = issue.Branch.Name,
            ExpiresAt = credential.ExpiresAt,
            Finish = issue.Iteration.Finish ?? issue.Record.Finish,
            Notice = null,
            Refused = null,
        };
        return World.With(Written(record)).WithCredentials(issue.Branch.Id, [.. World.Credentials.GetValueOrDefault(issue.Branch.Id, []), credential]);
    }

    private World Remember(string key, string reason) => World with
    {
        Memory = World.Memory.With(key, Refusal.After(World.Memory.Refusals.GetValueOrDefault(key), World.Now, reason)),
    };
}
