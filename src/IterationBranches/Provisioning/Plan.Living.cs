using System.Runtime.CompilerServices;
using IterationBranches.Branches;
using IterationBranches.Configuration;
using IterationBranches.Credentials;
using IterationBranches.Iterations;
using IterationBranches.Records;

namespace IterationBranches.Provisioning;

/// <summary>A branch lives.</summary>
public sealed partial record Plan
{
    /// <summary>A younger credential may still be on its way into a record.</summary>
    public static readonly TimeSpan OrphanAge = TimeSpan.FromMinutes(15);

    private static readonly TimeSpan s_day = TimeSpan.FromDays(1);
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    /// <summary>It is the same for each claim of a world, and worked out once.</summary>
    private static readonly ConditionalWeakTable<World, string> s_atLimit = [];

    /// <summary>Documented, and raised by PlanetScale when asked (https://planetscale.com/docs/vitess/troubleshooting/planetscale-system-limits).</summary>
    private const int BranchLimit = 100;
    private const int WarnFrom = BranchLimit * 80 / 100;

    private static Next AfterCommit(World world, ScheduledIteration scheduled, Record record)
    {
        var iteration = scheduled.Iteration;
        var branch = BranchOf(world, record);
        if (Followed(world, scheduled, record) is { } follow)
        {
            return follow;
        }

        if (IsAskedFor(world, record, LookOperation.Rotate) && branch is { Ready: true })
        {
            return Issue(world, iteration, record, branch);
        }

        if (IsAskedFor(world, record, LookOperation.Recreate) && branch is null && IsOnDatabase(world, record) && scheduled.Standing == Standing.Wanted)
        {
            return Claim(world, iteration, record, BranchName.For(world.Track, iteration), anew: true);
        }

        var isInUse = IsInUse(world, record);
        if (!record.Enabled)
        {
            // The alias is a secret of its own: what it gives stays valid.
            if (isInUse && branch is not null && Prolonged(world, iteration, record, branch, isInUse) is Step.RenewCredential renew)
            {
                return renew;
            }

            return scheduled.Standing == Standing.Wanted
                ? Next.Say($"the secret {record.SecretName} was disabled by a person; it is left so ('rotate' gives it a new credential)")
                : Going(world, scheduled, record);
        }

        if (branch is null)
        {
            return scheduled.Standing == Standing.Wanted ? new Step.Refuse(iteration, record, Missing(world, record)) : Going(world, scheduled, record);
        }

        // What the alias gives between two sprints is as much in use as a sprint's own; and so is that of a sprint whose grace is not over.
        if ((scheduled.Standing == Standing.Wanted || isInUse || (IsOver(scheduled) && !IsEnded(world, iteration))) && IsCredentialGone(world, record))
        {
            return Issue(world, iteration, record, branch);
        }

        return Prolonged(world, iteration, record, branch, isInUse) is { } prolong ? prolong
            : Ended(world, scheduled, record, branch) is { } ended ? ended
            : Going(world, scheduled, record);
    }

    /// <summary>
    /// A renewal is for the credential's whole life anew, and may outlast the iteration and its grace: then it is deleted at the time
    /// at which it would have ended without. What the alias gave is kept for the rotation's grace.
    /// </summary>
    private static Next? Ended(World world, ScheduledIteration scheduled, Record record, Branch branch)
    {
        if (!IsOver(scheduled) || !IsEnded(world, scheduled.Iteration) || IsInUse(world, record) || LeadsToProduction(world, record, branch)
            || CredentialOf(world, record) is not { } credential || credential.ExpiresAt is not { } end || end <= world.Now || !credential.Name.StartsWith(Credential.NamePrefix, StringComparison.Ordinal))
        {
            return null;
        }

        return UntilAliasMoved(world, record) is { } until ? (until.ToRead is null ? (Next?)null : until)
            : (Next)new Step.DeleteCredential(scheduled.Iteration, branch, credential, Unneeded.Ended, record);
    }

    private static bool IsOver(ScheduledIteration scheduled) => scheduled is { Standing: Standing.Finished or Standing.Deselected, Iteration.Finish: not null };

    private static bool IsEnded(World world, Iteration iteration) => iteration.Finish is { } finish && ExpiryOf(world.Track, finish, world.TimeZone) <= world.Now;

    /// <summary>Whether the alias gives the credential of this record.</summary>
    private static bool IsInUse(World world, Record record) =>
        world.Vault.AliasesOf(world.Track.Name).Any(alias => alias.IterationId == record.IterationId && alias.CredentialId == record.CredentialId);

    /// <summary>Whether PlanetScale lists it no more, or as expired; not while the branch's credentials were not asked for.</summary>
    private static bool IsCredentialGone(World world, Record record) =>
        record.BranchId is { } id && world.Credentials.TryGetValue(id, out var credentials)
        && credentials.All(credential => credential.Id != record.CredentialId || credential.ExpiresAt <= world.Now);

    private static Credential? CredentialOf(World world, Record record) => record.BranchId is { } id
        ? world.Credentials.GetValueOrDefault(id, []).FirstOrDefault(credential => credential.Id == record.CredentialId)
        : null;

    /// <summary>The tags say again what Boards, PlanetScale and the settings say; null when they do.</summary>
    private static Step? Followed(World world, ScheduledIteration scheduled, Record record)
    {
        if (scheduled.Standing is not Standing.Gone && scheduled.Iteration.Finish is { } finish && IsOutdated(record, finish))
        {
            return new Step.Follow(scheduled.Iteration, record with { Finish = finish, Notice = null }, $"the iteration ends on {finish:yyyy-MM-dd}");
        }

        if (record.Notice is { } notice && notice.Retire != world.Track.Retire)
        {
            return new Step.Follow(scheduled.Iteration, record with { Notice = null }, $"Tracks__{world.Track.Name}__Retire says {world.Track.Retire} now");
        }

        return CredentialOf(world, record)?.ExpiresAt is { } expiry && expiry > world.Now ? FollowedExpiry(world, scheduled.Iteration, record, expiry) : null;
    }

    /// <summary>The secret is valid for as long as its credential; where that is longer than a version may be, it is written again in time.</summary>
    private static Step? FollowedExpiry(World world, Iteration iteration, Record record, DateTimeOffset expiry)
    {
        var longest = (record.WrittenAt ?? world.Now) + world.MaximumValidity;
        if (record.Enabled && expiry - longest > s_second && longest - world.Now < world.MaximumValidity / 2)
        {
            return new Step.WriteAgain(iteration, record with { ExpiresAt = Earlier(expiry, world.Now + world.MaximumValidity) });
        }

        var valid = Earlier(expiry, longest);
        return record.ExpiresAt is { } noted && (valid - noted).Duration() > s_second
            ? new Step.Follow(iteration, record with { ExpiresAt = valid }, $"its credential is valid to {expiry.UtcDateTime:yyyy-MM-dd}")
            : null;
    }

    /// <summary>A claim has no finish of its own until its retirement is said.</summary>
    private static bool IsOutdated(Record record, DateOnly finish) =>
        record.Finish != finish && (record.State is RecordState.Ready or RecordState.Revoked || (record.State == RecordState.Claimed && record.Finish is not null));

    /// <summary>Renewed, or where that cannot be, replaced: when less than half of its life is left, and it is needed longer.</summary>
    private static Step? Prolonged(World world, Iteration iteration, Record record, Branch branch, bool isInUse)
    {
        if (CredentialOf(world, record) is not { ExpiresAt: { } end, Lifetime: { } lifetime } credential
            || end <= world.Now || end - world.Now >= lifetime / 2 || LeadsToProduction(world, record, branch))
        {
            return null;
        }

        // What the alias gives stays valid for the grace at least, and a day.
        var isNeeded = (isInUse && world.Now + (world.Track.Grace > s_day ? world.Track.Grace : s_day) > end) || (iteration.Finish is { } finish && ExpiryOf(world.Track, finish, world.TimeZone) > end);
        return !isNeeded ? null : credential.Renewable ? new Step.RenewCredential(iteration, record, branch, credential) : Issue(world, iteration, record, branch);
    }

    private static (IReadOnlyList<Step> Steps, IReadOnlyList<string> Notes) PlanAlias(World world)
    {
        var track = world.Track;
        var former = world.Vault.AliasesOf(track.Name).Where(alias => !string.Equals(alias.SecretName, track.Alias, StringComparison.OrdinalIgnoreCase))
            .Select(alias => $"the secret {alias.SecretName} was this track's alias before Tracks__{track.Name}__Alias was changed; nothing updates it any more, and what it gives is kept: delete it when nobody reads it")
            .ToList();
        var alias = world.Vault.AliasOf(track.Name, track.Alias);
        // In a gap, and until the current iteration is ready, the alias stays with its iteration.
        if ((Pointable(world, Schedule.Current(world.Iterations, world.Today)?.Id) ?? Pointable(world, alias?.IterationId)) is not { } record)
        {
            return ([], former);
        }

        if (world.Vault.OtherNames.Contains(track.Alias))
        {
            return ([], [.. former, $"the secret {track.Alias} exists and is not this product's, so it is left as it is; delete it, or choose another name in Tracks__{track.Name}__Alias"]);
        }

        if (alias is { Enabled: false })
        {
            return ([], [.. former, $"the alias {track.Alias} was disabled by a person; it is left so"]);
        }

        if ((alias?.CredentialId, alias?.IterationId) == (record.CredentialId, record.IterationId) && HasExpiry(world, alias!, record))
        {
            return ([], former);
        }

        return world.Memory.AliasRefusal is { } refusal && refusal.Holds(world.Now)
            ? ([], [.. former, $"the alias {track.Alias}: {PassedOver(refusal)}"])
            : ([new Step.PointAlias(IterationOf(world, record), record, track.Alias)], former);
    }

    /// <summary>The record's; or as far as a version may have one, while half of that is left.</summary>
    private static bool HasExpiry(World world, Alias alias, Record record) => alias.ExpiresAt is not { } has
        ? record.ExpiresAt is null
        : record.ExpiresAt is not { } wanted || (wanted - has).Duration() <= s_second
            || (has < wanted && has - alias.WrittenAt >= world.MaximumValidity - s_second && has - world.Now >= world.MaximumValidity / 2);

    private static Record? Pointable(World world, Guid? iterationId) =>
        iterationId is { } id && world.Vault.RecordOf(world.Track.Name, id) is { State: RecordState.Ready, Enabled: true, CredentialId: not null } record
        && BranchOf(world, record) is not null && !IsCredentialGone(world, record) ? record : null;

    private static Iteration IterationOf(World world, Record record) =>
        world.Iterations.Concat(world.Deselected ?? []).FirstOrDefault(iteration => iteration.Id == record.IterationId) ?? LastKnown(record);

    /// <summary>Our credentials on the track's branches that nothing names now: what was lost on its way, and what was replaced.</summary>
    private static IEnumerable<Next> Strays(World world)
    {
        foreach (var record in world.Vault.RecordsOf(world.Track.Name))
        {
            // A branch that a person made production, or protects, is theirs to clean up.
            if (BranchOf(world, record) is not { } branch || LeadsToProduction(world, record, branch))
            {
                continue;
            }

            yield return NextOfLeak(world, record, branch);
            if (world.ActorId is null || branch.Protected || world.Memory.OrphansRefusal?.Holds(world.Now) is true)
            {
                continue;
            }

            foreach (var credential in world.Credentials.GetValueOrDefault(branch.Id, []).Where(credential => IsStray(world, credential)))
            {
                // Older than that, by the whole seconds of the queue.
                var due = credential.CreatedAt + OrphanAge + s_second;
                yield return due <= world.Now ? NextOfStray(world, branch, credential) : WasNamed(world, branch, credential) ? Next.Nothing : Next.Nothing with { DueAt = due };
            }
        }
    }

    /// <summary>
    /// What <c>rotate --revoke-now</c> deletes: the credential that it was said of, as soon as nothing gives it. That it is ours is
    /// by the versions of the record, whoever we were on PlanetScale when it was made.
    /// </summary>
    private static Next NextOfLeak(World world, Record record, Branch branch)
    {
        if (world.Operation is not { Verb: LookOperation.Rotate, RevokeNow: true } operation || operation.IterationId != record.IterationId
            || world.Credentials.GetValueOrDefault(branch.Id, []).FirstOrDefault(credential => credential.Id == operation.CredentialId) is not { } leaked
            || !leaked.Name.StartsWith(Credential.NamePrefix, StringComparison.Ordinal) || world.Vault.GiversOf(leaked.Id).Count > 0)
        {
            return Next.Nothing;
        }

        return !world.Versions.TryGetValue(record.SecretName, out var versions) ? Next.Read(Unread.Of([record.SecretName]))
            : versions.Any(version => version.CredentialId == leaked.Id) && record.CredentialId != leaked.Id
            ? new Step.DeleteCredential(null, branch, leaked, Unneeded.Leaked)
            : Next.Nothing;
    }

    /// <summary>By a version that was read anyway: what was replaced is no orphan, and has its grace.</summary>
    private static bool WasNamed(World world, Branch branch, Credential credential) => MayHaveNamed(world, branch, credential).Records
        .Any(name => world.Versions.GetValueOrDefault(name, []).Any(version => version.CredentialId == credential.Id));

    private static bool IsStray(World world, Credential credential) => IsOurs(world, credential) && !world.Vault.Names(credential.Id);

    /// <summary>While nobody knows who we are, or who made it, it is not.</summary>
    private static bool IsOurs(World world, Credential credential) =>
        credential.Name.StartsWith(Credential.NamePrefix, StringComparison.Ordinal) && world.ActorId is { } us && credential.ActorId == us;

    private static Next NextOfStray(World world, Branch branch, Credential credential)
    {
        var (records, aliases) = MayHaveNamed(world, branch, credential);
        if (!records.All(world.Versions.ContainsKey) || !aliases.All(world.AliasVersions.ContainsKey))
        {
            return Next.Read(Unread.Of(records, aliases));
        }

        var why = WhyUnneeded(world.Track, credential.Id, records.Select(name => world.Versions[name]), aliases.Select(name => world.AliasVersions[name]), world.Now);
        return why is { } unneeded ? new Step.DeleteCredential(null, branch, credential, unneeded) : Next.Nothing;
    }

    /// <summary>
    /// The secrets a version of which may have named the credential: those of its branch, that of the iteration in its name,
    /// whether the vault lists it or not, and the track's aliases.
    /// </summary>
    internal static (IReadOnlyList<string> Records, IReadOnlyList<string> Aliases) MayHaveNamed(World world, Branch branch, Credential credential)
    {
        var named = credential.Name.Split('-') is [_, var id8, _] ? [Record.NameFor(world.Track.Name, id8)] : Array.Empty<string>();
        return (
            [.. world.Vault.RecordsOfBranch(branch.Id).Select(record => record.SecretName).Concat(named).Distinct(StringComparer.OrdinalIgnoreCase)],
            [.. world.Vault.AliasesOf(world.Track.Name).Select(alias => alias.SecretName).Append(world.Track.Alias).Distinct(StringComparer.OrdinalIgnoreCase)]);
    }

    /// <summary>Why a credential that nothing names now is not needed any more; null: it is, for a while.</summary>
    internal static Unneeded? WhyUnneeded(
        Track track, string credentialId, IEnumerable<IReadOnlyList<Record>> records, IEnumerable<IReadOnlyList<Alias>> aliases, DateTimeOffset now)
    {
        var replaced = records.Select(versions => versions.ReplacedAt(credentialId))
            .Concat(aliases.Select(versions => versions.ReplacedAt(credentialId)))
            .Max();
        return replaced is not { } at ? Unneeded.Orphaned : at < now && now - at >= track.RotationGrace ? Unneeded.Replaced : null;
    }

    private static string AtLimit(World world) => s_atLimit.GetValue(world, SayAtLimit);

    private static string SayAtLimit(World world)
    {
        var freed = world.Vault.RecordsOf(world.Track.Name)
            .Where(record => record.Finish < world.Today && !IsInUse(world, record))
            .Select(record => BranchOf(world, record)?.Name).OfType<string>().Order(StringComparer.Ordinal).ToList();
        var count = world.Database.DevelopmentBranches is { } branches ? $"{branches} development branches" : "as many development branches";
        var free = freed.Count == 0 ? "none of this track's could be retired"
            : $"retirement (Tracks__{world.Track.Name}__Retire is {world.Track.Retire}) could free {string.Join(", ", freed.Take(10))}{(freed.Count > 10 ? $" and {freed.Count - 10} more" : "")}";
        return $"{world.Database.Name} has {count}, which is PlanetScale's limit ({BranchLimit} unless they raised it): {free}; delete some branches, or ask PlanetScale for more";
    }

    private static string? LimitWarning(World world) => world.Database is { AtBranchLimit: false, DevelopmentBranches: >= WarnFrom and <= BranchLimit and var count }
        ? $"{world.Database.Name} has {count} of {BranchLimit} development branches"
        : null;
}
