using IterationBranches.Branches;
using IterationBranches.Configuration;
using IterationBranches.Iterations;
using IterationBranches.Records;

namespace IterationBranches.Provisioning;

/// <summary>A branch goes: notice, disabled, credentials deleted, the point of no return, branch deleted, record deleted.</summary>
public sealed partial record Plan
{
    /// <summary>How long before it begins a retirement is said.</summary>
    public static readonly TimeSpan NoticePeriod = TimeSpan.FromDays(7);

    /// <summary>A record that is not wanted now, and has not begun to go.</summary>
    private static Next Going(World world, ScheduledIteration scheduled, Record record)
    {
        if (Followed(world, scheduled, record) is { } follow)
        {
            return follow;
        }

        if (WhyKept(world, scheduled, record) is { } kept)
        {
            return kept;
        }

        if (record.Notice is not { } notice)
        {
            return Notice(world, scheduled.Iteration, record);
        }

        var against = Against(world, record, notice);
        return against != Next.Nothing ? against : new Step.RevokeRecord(scheduled.Iteration, record with { State = RecordState.Revoked });
    }

    /// <summary>The record is disabled. A finish that moved back into the future recovers what is left.</summary>
    private static Next AfterRevoked(World world, ScheduledIteration scheduled, Record record)
    {
        var iteration = scheduled.Iteration;
        if (scheduled.Standing == Standing.Wanted)
        {
            // A claim may have been given up before it had a branch.
            return record.BranchId is null ? Claim(world, iteration, record, BranchName.For(world.Track, iteration), anew: true) : AfterBranch(world, iteration, record);
        }

        if (Followed(world, scheduled, record) is { } follow)
        {
            return follow;
        }

        if (WhyKept(world, scheduled, record) is { } kept)
        {
            return kept;
        }

        if (BranchOf(world, record) is { } theirs && LeadsToProduction(world, record, theirs))
        {
            return Next.Say($"not retired: {theirs.Name} is a production branch");
        }

        if (BranchOf(world, record) is { } branch
            && world.Credentials.GetValueOrDefault(branch.Id, []).Where(credential => IsOurs(world, credential) || credential.Id == record.CredentialId)
                .MinBy(credential => credential.Id, StringComparer.Ordinal) is { } credential)
        {
            return new Step.DeleteCredential(iteration, branch, credential, Unneeded.Retired, record);
        }

        if (world.Track.Retire != Retirement.Delete)
        {
            return Next.Nothing;
        }

        if (record.Notice is not { } notice)
        {
            return Notice(world, iteration, record);
        }

        var against = Against(world, record, notice);
        // From here the notice says since when the branch is being deleted.
        return against != Next.Nothing ? against : new Step.MarkDeleted(iteration, record with { State = RecordState.Deleted, Notice = notice with { After = world.Now } });
    }

    /// <summary>The deletion is finished, whatever the dates say by now; what is wanted then is claimed anew.</summary>
    private static Next AfterDeleted(World world, ScheduledIteration scheduled, Record record)
    {
        var iteration = scheduled.Iteration;
        if (BranchOf(world, record) is { } branch)
        {
            return WhyUntouchable(world, record, branch) is { } reason
                ? new Step.Refuse(iteration, record, $"branch {branch.Name} was about to be deleted, and is not: {reason}")
                : !world.IsVaultListedTwice ? Next.Read(Unread.OfVault)
                : new Step.DeleteBranch(iteration, record, branch);
        }

        return scheduled.Standing == Standing.Wanted
            ? Claim(world, iteration, record, BranchName.For(world.Track, iteration), anew: true)
            : new Step.DeleteRecord(iteration, record);
    }

    /// <summary>Why a record is kept as it is, or nothing to be said of it; null when its retirement is due.</summary>
    private static Next? WhyKept(World world, ScheduledIteration scheduled, Record record)
    {
        var track = world.Track;
        return scheduled switch
        {
            { Standing: Standing.Gone } => Next.Say($"not in Azure Boards any more; its branch {record.Branch} and the secret {record.SecretName} are kept"),
            { Iteration.Finish: null } => Next.Say($"has no dates any more; its branch {record.Branch} is kept"),
            _ when track.Retire == Retirement.Keep => Next.Nothing,
            { Iteration.Finish: { } finish } when world.Today.DayNumber <= finish.DayNumber + track.Grace.Days => Next.Nothing,
            _ when world.Vault.AliasesOf(track.Name).FirstOrDefault(alias => alias.IterationId == record.IterationId) is { } alias =>
                Next.Say($"not retired while {alias.SecretName} gives its credential"),
            _ => (Next?)null,
        };
    }

    private static Step.NoticeRetirement Notice(World world, Iteration iteration, Record record) =>
        new(iteration, record with { Finish = iteration.Finish, Notice = new(world.Now + NoticePeriod, world.Track.Retire) });

    /// <summary>What has to be waited for, or to be read, or speaks against it; nothing when the step can be taken now.</summary>
    private static Next Against(World world, Record record, RetirementNotice notice)
    {
        if (world.Now < notice.After)
        {
            return Next.Say($"to be retired ({notice.Retire}) after {notice.After.UtcDateTime:yyyy-MM-dd}");
        }

        if (UntilAliasMoved(world, record) is { } until)
        {
            return until.ToRead is null ? Next.Say($"to be retired ({notice.Retire}) when the alias has given another for {world.Track.RotationGrace.TotalDays:0} days") : until;
        }

        return world.Track.Retire == Retirement.Delete && BranchOf(world, record) is { } branch ? AgainstDeletion(world, record, branch) : Next.Nothing;
    }

    /// <summary>Something to read, or nothing yet while an alias gave this iteration's credential not long ago; null: that is long enough ago.</summary>
    private static Next? UntilAliasMoved(World world, Record record)
    {
        var aliases = world.Vault.AliasesOf(world.Track.Name).Select(alias => alias.SecretName).ToList();
        return !aliases.All(world.AliasVersions.ContainsKey) ? (Next?)Next.Read(Unread.Of(aliases: aliases))
            : aliases.Select(name => world.AliasVersions[name].ReplacedAt(record.IterationId)).Max() is { } moved
                && (moved > world.Now || world.Now - moved < world.Track.RotationGrace) ? Next.Nothing
            : (Next?)null;
    }

    private static Next AgainstDeletion(World world, Record record, Branch branch)
    {
        if (WhyUntouchable(world, record, branch) is { } reason)
        {
            return Next.Say($"not retired: {reason}");
        }

        if (!world.IsVaultListedTwice)
        {
            return Next.Read(Unread.OfVault);
        }

        if (!world.Inspections.TryGetValue(branch.Id, out var inspection))
        {
            return Next.Read(Unread.Of(branches: [branch.Id]));
        }

        return inspection.Against is { } against ? Next.Say($"not retired: {against}") : Next.Nothing;
    }

    private static string? WhyUntouchable(World world, Record record, Branch branch) =>
        branch.Name == world.Database.DefaultBranch || string.Equals(branch.Name, world.Parent, StringComparison.OrdinalIgnoreCase) ? $"{branch.Name} is the branch that others are made from"
        : branch.Protected ? $"{branch.Name} is protected from deletion"
        : world.ChildrenOf(branch).MinBy(other => other.Name, StringComparer.Ordinal) is { } child ? $"{child.Name} was made from {branch.Name}"
        : LeadsToProduction(world, record, branch) ? $"{branch.Name} is a production branch"
        : IsRecorded(world, branch.Id, record) ? $"another record names {branch.Name}"
        : null;
}
