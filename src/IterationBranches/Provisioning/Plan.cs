using IterationBranches.Branches;
using IterationBranches.Configuration;
using IterationBranches.Credentials;
using IterationBranches.Iterations;
using IterationBranches.Records;

namespace IterationBranches.Provisioning;

/// <summary>What comes next for one iteration.</summary>
/// <param name="Step">What would be done; null when there is nothing to do.</param>
/// <param name="Note">Why nothing is done, when that is not because all is well; null otherwise.</param>
public sealed record IterationPlan(ScheduledIteration Scheduled, Record? Record, Branch? Branch, Step? Step, string? Note)
{
    public Iteration Iteration => Scheduled.Iteration;
}

/// <summary>
/// The difference between what Boards asks for and what PlanetScale and Key Vault have: a pure function of one look.
/// For each iteration it names the next step alone; when that is done, the world is planned again.
/// </summary>
public sealed record Plan(World World, IReadOnlyList<IterationPlan> Iterations, IReadOnlyList<Step> TrackSteps, IReadOnlyList<string> Notes)
{
    /// <summary>A claim is by PlanetScale's clock, read a moment before; a branch that is older by more than this is not its.</summary>
    public static readonly TimeSpan ClaimTolerance = TimeSpan.FromMinutes(2);

    public static readonly TimeSpan ReadyDeadline = TimeSpan.FromMinutes(20);

    /// <summary>A younger credential may still be on its way into a record.</summary>
    public static readonly TimeSpan OrphanAge = TimeSpan.FromMinutes(15);

    public IEnumerable<Step> Steps => Iterations.Select(iteration => iteration.Step).OfType<Step>().Concat(TrackSteps);

    public static Plan For(World world)
    {
        if (world.Database.Kind != DatabaseKind.MySql)
        {
            var reason = world.Database.Kind == DatabaseKind.Postgres
                ? $"{world.Database.Name} is a Postgres database, which this version does not serve: a plain Postgres branch has neither schema nor data"
                : $"{world.Database.Name} is of a kind that this version does not know";
            return new(world, [], [new Step.Refuse(null, null, $"{reason} (Tracks__{world.Track.Name}__Database)")], []);
        }

        var iterations = Schedule.Of(world.Track, world.Iterations, world.Today).Select(scheduled => PlanIteration(world, scheduled)).ToList();
        var (alias, aliasNote) = PlanAlias(world);
        return new(world, iterations, [.. alias, .. Orphans(world)], aliasNote is null ? [] : [aliasNote]);
    }

    /// <summary>Whether the records alone show that a look at the track would find something to do. The poll asks this, without PlanetScale.</summary>
    public static bool IsLookDue(
        Track track, IReadOnlyList<Iteration> iterations, VaultListing vault, TrackMemory memory, DateOnly today, DateTimeOffset now)
    {
        var wanted = Schedule.Of(track, iterations, today).Where(scheduled => scheduled.Standing == Standing.Wanted).Select(scheduled => scheduled.Iteration);
        return wanted.Any(iteration => vault.RecordOf(track.Name, iteration.Id) is { } record
                ? (record.State == RecordState.Claimed || record is { State: RecordState.Ready, Enabled: true } && record.ExpiresAt <= now) && record.Refused?.Holds(now) is not true
                : memory.RefusalOf(iteration.Id)?.Holds(now) is not true)
            || (Schedule.Current(iterations, today) is { } current
                && vault.RecordOf(track.Name, current.Id) is { State: RecordState.Ready, Enabled: true, CredentialId: not null } ready
                && ready.Refused?.Holds(now) is not true
                && !vault.OtherNames.Contains(track.Alias)
                && memory.AliasRefusal?.Holds(now) is not true
                && vault.AliasOf(track.Name, track.Alias) is var alias && alias is not { Enabled: false }
                && (alias?.CredentialId, alias?.IterationId) != (ready.CredentialId, current.Id));
    }

    /// <summary>When a credential of this iteration stops being needed: after the finish day, the grace, and one day more.</summary>
    public static DateTimeOffset ExpiryOf(Track track, DateOnly finish, TimeZoneInfo zone)
    {
        // A finish may be the calendar's last day, by which somebody means "never".
        var day = Math.Min(finish.DayNumber + 1 + track.Grace.Days + 1, DateOnly.MaxValue.DayNumber - 1);
        var end = DateOnly.FromDayNumber(day).ToDateTime(TimeOnly.MinValue);
        return new DateTimeOffset(end, zone.GetUtcOffset(end)).ToUniversalTime();
    }

    private static IterationPlan PlanIteration(World world, ScheduledIteration scheduled)
    {
        var iteration = scheduled.Iteration;
        var record = world.Vault.RecordOf(world.Track.Name, iteration.Id);
        var branch = record?.BranchId is { } id ? world.BranchById(id) : null;
        if (scheduled.Standing != Standing.Wanted)
        {
            return new(scheduled, record, branch, null, record is null ? WhyNot(scheduled) : null);
        }

        if ((record is null ? world.Memory.RefusalOf(iteration.Id) : record.Refused) is { } refusal && refusal.Holds(world.Now))
        {
            return new(scheduled, record, branch, null, PassedOver(refusal));
        }

        var (step, note) = record switch
        {
            null => (ClaimFirst(world, iteration), (string?)null),
            { State: RecordState.Claimed, BranchId: null } => (AfterClaim(world, iteration, record), null),
            { State: RecordState.Claimed } => (AfterBranch(world, iteration, record, branch), null),
            { State: RecordState.Ready } => AfterCommit(world, iteration, record, branch),
            _ => (null, $"its record says {record.State.ToString().ToLowerInvariant()}; this version does nothing with it"),
        };
        return new(scheduled, record, branch, step, note);
    }

    private static string PassedOver(Refusal refusal) => $"refused until {refusal.NotBefore.UtcDateTime:yyyy-MM-dd HH:mm} UTC: {refusal.Reason}";

    private static string? WhyNot(ScheduledIteration scheduled) => scheduled.Standing switch
    {
        Standing.Undated => "no dates yet",
        Standing.NotYetDue => $"branch on {scheduled.WantedFrom:yyyy-MM-dd}",
        Standing.Parent => "the parent of other iterations, not a sprint",
        Standing.Finished => "finished before it had a branch",
        _ => null,
    };

    private static Step ClaimFirst(World world, Iteration iteration)
    {
        var name = Record.NameFor(world.Track.Name, iteration.Id);
        if (world.Vault.OtherNames.Contains(name))
        {
            return new Step.Refuse(iteration, null, $"the secret {name} exists and is not this product's, so it is left as it is; rename or delete it");
        }

        if (world.BranchByName(world.Parent) is null)
        {
            return new Step.Refuse(iteration, null, $"the parent branch {world.Parent} does not exist in {world.Database.Name} (Tracks__{world.Track.Name}__ParentBranch)");
        }

        return Claim(world, iteration, null, BranchName.For(world.Track, iteration));
    }

    /// <summary>A claim of the wanted name, or of the suffixed one when that is taken; a later claim keeps the first one's time.</summary>
    private static Step Claim(World world, Iteration iteration, Record? earlier, string wanted)
    {
        var suffixed = BranchName.Suffixed(world.Track, iteration);
        var name = !IsTaken(world, wanted, earlier) ? wanted : !IsTaken(world, suffixed, earlier) ? suffixed : null;
        if (name is null)
        {
            return new Step.Refuse(iteration, earlier, $"both branch names, {BranchName.For(world.Track, iteration)} and {suffixed}, belong to others in {world.Database.Name}; rename or delete one of those branches");
        }

        return new Step.WriteClaim(iteration, new Record(
            Record.NameFor(world.Track.Name, iteration.Id), world.Track.Name, iteration.Id, iteration.Path, RecordState.Claimed, name,
            earlier?.ClaimedAt ?? world.Database.AsOf)
        {
            OtherTags = earlier?.OtherTags ?? new Dictionary<string, string>(),
            ProviderAddress = $"planetscale://{world.Organization}/{world.Database.Name}/{name}",
        });
    }

    private static bool IsTaken(World world, string name, Record? own) =>
        world.BranchByName(name) is not null || IsClaimedByAnother(world, name, own);

    /// <summary>By another record on the same database.</summary>
    private static bool IsClaimedByAnother(World world, string name, Record? own) =>
        world.Vault.Records.Any(record => record.SecretName != own?.SecretName && record.State != RecordState.Deleted
            && IsOnDatabase(world, record)
            && string.Equals(record.Branch, name, StringComparison.OrdinalIgnoreCase));

    private static bool IsOnDatabase(World world, Record record) =>
        record.ProviderAddress.StartsWith($"planetscale://{world.Organization}/{world.Database.Name}/", StringComparison.OrdinalIgnoreCase);

    private static Step AfterClaim(World world, Iteration iteration, Record claim)
    {
        // The versions are a log that no late writer can erase: an older one may know the branch already.
        var known = world.Versions.GetValueOrDefault(claim.SecretName, [])
            .FirstOrDefault(version => version.BranchId is { } id && world.BranchById(id) is not null && !IsRecorded(world, id, claim));
        if (known is not null)
        {
            return new Step.WriteClaim(iteration, claim with { BranchId = known.BranchId, Branch = known.Branch, ProviderAddress = known.ProviderAddress, Refused = null });
        }

        if (!IsOnDatabase(world, claim))
        {
            return new Step.Refuse(iteration, claim, Missing(world, claim));
        }

        if (world.BranchByName(claim.Branch) is not { } branch)
        {
            return IsTaken(world, claim.Branch, claim) ? Claim(world, iteration, claim, claim.Branch) : Create(world, iteration, claim);
        }

        return IsOurs(world, branch, claim)
            ? new Step.NoteBranch(iteration, claim, branch)
            : Claim(world, iteration, claim, claim.Branch);
    }

    private static Step Create(World world, Iteration iteration, Record claim)
    {
        if (world.BranchByName(world.Parent) is null)
        {
            return new Step.Refuse(iteration, claim, $"the parent branch {world.Parent} does not exist in {world.Database.Name} (Tracks__{world.Track.Name}__ParentBranch)");
        }

        return world.Database.AtBranchLimit
            ? new Step.Refuse(iteration, claim, $"{world.Database.Name} has as many development branches as PlanetScale allows; delete some, or ask PlanetScale for more")
            : new Step.CreateBranch(iteration, claim, world.Parent);
    }

    /// <summary>A branch by the claimed name is ours only if all of this holds; a lost answer to a create is found so.</summary>
    private static bool IsOurs(World world, Branch branch, Record claim) =>
        world.MadeNow.Contains(branch.Id)
        || (world.ActorId is not null && branch.ActorId == world.ActorId
            && !IsRecorded(world, branch.Id, claim)
            && !IsClaimedByAnother(world, branch.Name, claim)
            && branch.CreatedAt >= claim.ClaimedAt - ClaimTolerance
            && string.Equals(branch.Parent, world.Parent, StringComparison.OrdinalIgnoreCase)
            && !branch.Production
            && branch.Name != world.Database.DefaultBranch);

    private static bool IsRecorded(World world, string branchId, Record except) =>
        world.Vault.Records.Any(record => record.BranchId == branchId && record.SecretName != except.SecretName);

    private static Step AfterBranch(World world, Iteration iteration, Record record, Branch? branch)
    {
        if (branch is null)
        {
            return new Step.Refuse(iteration, record, Missing(world, record));
        }

        if (branch.Ready)
        {
            return Issue(world, iteration, record, branch);
        }

        var age = world.Now - branch.CreatedAt;
        return age > ReadyDeadline
            ? new Step.Refuse(iteration, record, $"branch {branch.Name} is not ready {age.TotalMinutes:0} minutes after it was created; look at it in PlanetScale's dashboard")
            : new Step.AwaitBranch(iteration, branch, world.Now + Pause(age));
    }

    private static TimeSpan Pause(TimeSpan age) => TimeSpan.FromSeconds(age < TimeSpan.FromMinutes(1) ? 5 : age < TimeSpan.FromMinutes(5) ? 10 : 30);

    private static Step Issue(World world, Iteration iteration, Record record, Branch branch) =>
        branch.Production || branch.Name == world.Database.DefaultBranch
            ? new Step.Refuse(iteration, record, $"branch {branch.Name} is a production branch now; its credential would lead to production")
            : new Step.IssueCredential(iteration, record, branch, ExpiryOf(world.Track, iteration.Finish!.Value, world.TimeZone));

    private static (Step? Step, string? Note) AfterCommit(World world, Iteration iteration, Record record, Branch? branch)
    {
        if (!record.Enabled)
        {
            return (null, $"the secret {record.SecretName} was disabled by a person; it is left so");
        }

        if (branch is null)
        {
            return (new Step.Refuse(iteration, record, Missing(world, record)), null);
        }

        return IsCredentialGone(world, record) ? (Issue(world, iteration, record, branch), null) : (null, null);
    }

    /// <summary>Whether PlanetScale lists it no more, or as expired; not while the branch's credentials were not asked for.</summary>
    private static bool IsCredentialGone(World world, Record record) =>
        record.BranchId is { } id && world.Credentials.TryGetValue(id, out var credentials)
        && credentials.All(credential => credential.Id != record.CredentialId || credential.ExpiresAt <= world.Now);

    private static string Missing(World world, Record record) => !IsOnDatabase(world, record)
        ? $"{record.SecretName} leads to {record.ProviderAddress}, and Tracks__{world.Track.Name}__Database now says {world.Database.Name}; it is left as it is, and the database serves the next iteration"
        : $"branch {record.Branch} ({record.BranchId}) is gone from PlanetScale; it was not deleted by this product, and is not made again without being asked";

    private static (IReadOnlyList<Step> Steps, string? Note) PlanAlias(World world)
    {
        var track = world.Track;
        if (Schedule.Current(world.Iterations, world.Today) is not { } current
            || world.Vault.RecordOf(track.Name, current.Id) is not { State: RecordState.Ready, Enabled: true, CredentialId: not null } record
            || record.BranchId is not { } id || world.BranchById(id) is null || IsCredentialGone(world, record))
        {
            return ([], null);
        }

        if (world.Vault.OtherNames.Contains(track.Alias))
        {
            return ([], $"the secret {track.Alias} exists and is not this product's, so it is left as it is; delete it, or choose another name in Tracks__{track.Name}__Alias");
        }

        var alias = world.Vault.AliasOf(track.Name, track.Alias);
        if (alias is { Enabled: false })
        {
            return ([], $"the alias {track.Alias} was disabled by a person; it is left so");
        }

        if ((alias?.CredentialId, alias?.IterationId) == (record.CredentialId, current.Id))
        {
            return ([], null);
        }

        return world.Memory.AliasRefusal is { } refusal && refusal.Holds(world.Now)
            ? ([], $"the alias {track.Alias}: {PassedOver(refusal)}")
            : ([new Step.PointAlias(current, record, track.Alias)], null);
    }

    private static IEnumerable<Step> Orphans(World world)
    {
        if (world.ActorId is null || world.Memory.OrphansRefusal?.Holds(world.Now) is true)
        {
            yield break;
        }

        foreach (var record in world.Vault.RecordsOf(world.Track.Name))
        {
            if (record.BranchId is not { } id || world.BranchById(id) is not { } branch)
            {
                continue;
            }

            foreach (var credential in world.Credentials.GetValueOrDefault(id, []))
            {
                if (credential.Name.StartsWith(Credential.NamePrefix, StringComparison.Ordinal)
                    && credential.ActorId == world.ActorId
                    && world.Now - credential.CreatedAt > OrphanAge
                    && world.Vault.Records.All(other => other.CredentialId != credential.Id)
                    && world.Vault.Aliases.All(other => other.CredentialId != credential.Id))
                {
                    yield return new Step.DeleteOrphan(branch, credential);
                }
            }
        }
    }
}
