using IterationBranches.Records;
using Microsoft.Extensions.Logging;

namespace IterationBranches.Provisioning;

/// <summary>What happens to a branch after it has come, until it is gone.</summary>
public sealed partial class StepRunner
{
    private static readonly TimeSpan s_deletionDeadline = TimeSpan.FromMinutes(20);

    /// <summary>A deletion is asked for at each look until the branch is gone, and said once.</summary>
    private static readonly TimeSpan s_firstTime = TimeSpan.FromSeconds(30);

    private async Task<StepOutcome> TagAsync(Step step, Record record, World world, ITrackLease lease, CancellationToken cancellationToken)
    {
        await lease.ProveAsync(cancellationToken);
        var tagged = await records.TagAsync(record, cancellationToken);
        LogTagged(world.Track.Name, record.IterationPath, step);
        return new(world.With(tagged));
    }

    private async Task<StepOutcome> RenewCredentialAsync(Step.RenewCredential step, World world, ITrackLease lease, CancellationToken cancellationToken)
    {
        await lease.ProveAsync(cancellationToken);
        var renewed = await credentials.RenewCredentialAsync(world.Database, step.Branch.Id, step.Credential.Id, cancellationToken);
        LogRenewed(world.Track.Name, step.Iteration.Name, step.Credential.Id, renewed?.ExpiresAt);
        // One that cannot be renewed is replaced, which is the next plan's to say.
        return new(world.WithCredentials(step.Branch.Id,
            [.. world.Credentials[step.Branch.Id].Select(credential => credential.Id == step.Credential.Id ? renewed ?? credential with { Renewable = false } : credential)]));
    }

    private async Task<StepOutcome> DeleteCredentialAsync(Step.DeleteCredential step, World world, ITrackLease lease, CancellationToken cancellationToken)
    {
        if (step.Why is Unneeded.Orphaned or Unneeded.Replaced && !await IsStillUnneededAsync(step, world, cancellationToken))
        {
            return new(world);
        }

        if (step.Why == Unneeded.Leaked && (await records.ListAsync(cancellationToken)).GiversOf(step.Credential.Id).Count > 0)
        {
            return StepOutcome.LookAgain;
        }

        await lease.ProveAsync(cancellationToken);
        await credentials.DeleteCredentialAsync(world.Database, step.Branch.Id, step.Credential.Id, cancellationToken);
        LogDeletedCredential(world.Track.Name, step.Why, step.Credential.Name, step.Credential.Id, step.Branch.Name);
        return step.Why is Unneeded.Orphaned or Unneeded.Replaced && await IsNamedAsync(step.Credential.Id, cancellationToken)
            ? StepOutcome.LookAgain
            : new(world.WithCredentials(step.Branch.Id, [.. world.Credentials[step.Branch.Id].Where(credential => credential.Id != step.Credential.Id)]));
    }

    /// <summary>By every version of whatever could have named it, read immediately before.</summary>
    private async Task<bool> IsStillUnneededAsync(Step.DeleteCredential step, World world, CancellationToken cancellationToken)
    {
        var (secrets, aliases) = Plan.MayHaveNamed(world, step.Branch, step.Credential);
        var logs = new List<IReadOnlyList<Record>>();
        foreach (var name in secrets)
        {
            logs.Add(await records.ListVersionsAsync(name, cancellationToken));
        }

        var aliasLogs = new List<IReadOnlyList<Alias>>();
        foreach (var name in aliases)
        {
            aliasLogs.Add(await records.ListAliasVersionsAsync(name, cancellationToken));
        }

        return Plan.WhyUnneeded(world.Track, step.Credential.Id, logs, aliasLogs, clock.GetUtcNow()) is not null;
    }

    private async Task<bool> IsNamedAsync(string credentialId, CancellationToken cancellationToken) =>
        (await records.ListAsync(cancellationToken)).Names(credentialId);

    private async Task<StepOutcome> RevokeRecordAsync(Step.RevokeRecord step, World world, ITrackLease lease, CancellationToken cancellationToken)
    {
        await lease.ProveAsync(cancellationToken);
        var revoked = await records.DisableAsync(step.Record, cancellationToken);
        LogRetired(world.Track.Name, step.Iteration.Name, step);
        return new(world.With(revoked));
    }

    private async Task<StepOutcome> DeleteBranchAsync(Step.DeleteBranch step, World world, ITrackLease lease, CancellationToken cancellationToken)
    {
        var age = clock.GetUtcNow() - (step.Record.Notice?.After ?? clock.GetUtcNow());
        if (!step.Branch.Deleting)
        {
            await lease.ProveAsync(cancellationToken);
            await branches.DeleteBranchAsync(world.Database.Name, step.Branch, cancellationToken);
            if (age < s_firstTime)
            {
                LogRetired(world.Track.Name, step.Iteration.Name, step);
            }
        }

        // By its id: that a list leaves it out does not say that it is gone.
        if (await branches.FindBranchAsync(world.Database.Name, step.Branch.Id, cancellationToken) is null)
        {
            return new(world.Without(step.Branch));
        }

        // PlanetScale deletes later; the name is taken until then.
        throw age > s_deletionDeadline
            ? new ProvisioningException(Failure.PersonNeeded, $"branch {step.Branch.Name} is still there {age.TotalMinutes:0} minutes after its deletion began; look at it in PlanetScale's dashboard")
            : new ProvisioningException(Failure.ToldToWait, $"branch {step.Branch.Name} is being deleted")
            {
                RetryAfter = TimeSpan.FromSeconds(age < TimeSpan.FromMinutes(5) ? 10 : 30),
            };
    }

    private async Task<StepOutcome> DeleteRecordAsync(Step.DeleteRecord step, World world, ITrackLease lease, CancellationToken cancellationToken)
    {
        await lease.ProveAsync(cancellationToken);
        await records.DeleteAsync(step.Record, cancellationToken);
        LogRetired(world.Track.Name, step.Iteration.Name, step);
        return new(world with { Vault = world.Vault.Without(step.Record.SecretName) });
    }

    [LoggerMessage(EventId = 20, Level = LogLevel.Information, Message = "{Track}: {Iteration}: did {Step}")]
    private partial void LogTagged(string track, string iteration, Step step);

    [LoggerMessage(EventId = 21, Level = LogLevel.Information, Message = "{Track}: {Iteration}: renewed credential {CredentialId}, valid to {ExpiresAt:u}")]
    private partial void LogRenewed(string track, string iteration, string credentialId, DateTimeOffset? expiresAt);

    [LoggerMessage(EventId = 22, Level = LogLevel.Warning, Message = "{Track}: deleted the {Why} credential {Credential} ({CredentialId}) of branch {Branch}")]
    private partial void LogDeletedCredential(string track, Unneeded why, string credential, string credentialId, string branch);

    [LoggerMessage(EventId = 23, Level = LogLevel.Warning, Message = "{Track}: {Iteration}: did {Step}")]
    private partial void LogRetired(string track, string iteration, Step step);
}
