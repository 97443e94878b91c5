using System.Globalization;
using IterationBranches.Branches;
using IterationBranches.Configuration;
using IterationBranches.Credentials;
using IterationBranches.Records;
using Microsoft.Extensions.Logging;

namespace IterationBranches.Provisioning;

/// <summary>The world as a step left it; or null when what the step found says that everything must be looked at again.</summary>
public readonly record struct StepOutcome(World? World)
{
    public static StepOutcome LookAgain => default;
}

/// <summary>
/// Carries out one step under the track's lease. The order of effects inside each is the protocol's: ask, prove the
/// lease, change one thing, read back what must agree.
/// </summary>
public sealed partial class StepRunner(
    IBranchProvider branches,
    ICredentialProvider credentials,
    IRecordStore records,
    ISiteRefresher sites,
    Settings settings,
    TimeProvider clock,
    ILogger<StepRunner> logger)
{
    /// <summary>An older credential is not written any more: by then an orphan sweep may be about to delete it.</summary>
    private static readonly TimeSpan s_commitWithin = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan s_probe = TimeSpan.FromMinutes(10);

    public Task<StepOutcome> RunAsync(Step step, World world, ITrackLease lease, CancellationToken cancellationToken) => step switch
    {
        Step.WriteClaim claim => WriteClaimAsync(claim, world, lease, cancellationToken),
        Step.CreateBranch create => CreateBranchAsync(create, world, lease, cancellationToken),
        Step.LearnActor learn => LearnActorAsync(learn, world, lease, cancellationToken),
        Step.NoteBranch note => NoteBranchAsync(note, world, lease, cancellationToken),
        Step.IssueCredential issue => IssueCredentialAsync(issue, world, lease, cancellationToken),
        Step.PointAlias point => PointAliasAsync(point, world, lease, cancellationToken),
        Step.RenewCredential renew => RenewCredentialAsync(renew, world, lease, cancellationToken),
        Step.DeleteCredential delete => DeleteCredentialAsync(delete, world, lease, cancellationToken),
        Step.WriteAgain again => WriteAgainAsync(again, world, lease, cancellationToken),
        Step.Follow follow => TagAsync(follow, follow.Record, world, lease, cancellationToken),
        Step.NoticeRetirement notice => TagAsync(notice, notice.Record, world, lease, cancellationToken),
        Step.MarkDeleted mark => TagAsync(mark, mark.Record, world, lease, cancellationToken),
        Step.RevokeRecord revoke => RevokeRecordAsync(revoke, world, lease, cancellationToken),
        Step.DeleteBranch delete => DeleteBranchAsync(delete, world, lease, cancellationToken),
        Step.DeleteRecord delete => DeleteRecordAsync(delete, world, lease, cancellationToken),
        _ => throw new ArgumentOutOfRangeException(nameof(step), step, "not a step that is carried out"),
    };

    private async Task<StepOutcome> WriteClaimAsync(Step.WriteClaim step, World world, ITrackLease lease, CancellationToken cancellationToken)
    {
        await lease.ProveAsync(cancellationToken);
        var written = await records.WriteAsync(step.Claim, value: null, cancellationToken);
        LogClaimed(world.Track.Name, step.Iteration.Name, written.Branch, written.SecretName);
        return new(world.With(written));
    }

    private async Task<StepOutcome> CreateBranchAsync(Step.CreateBranch step, World world, ITrackLease lease, CancellationToken cancellationToken)
    {
        var seed = step.Record.Seeded ? await SeedAsync(step, world, cancellationToken) : null;
        await lease.ProveAsync(cancellationToken);
        if (await branches.CreateBranchAsync(world.Database.Name, step.Record.Branch, step.Parent, seed, cancellationToken) is not { } branch)
        {
            // A list may not have it yet: then it is asked for by its name.
            LogTaken(world.Track.Name, step.Iteration.Name, step.Record.Branch);
            return await branches.FindBranchAsync(world.Database.Name, step.Record.Branch, cancellationToken) is { } taken ? new(world.With(taken)) : StepOutcome.LookAgain;
        }

        LogCreated(world.Track.Name, step.Iteration.Name, branch.Name, branch.Id, step.Parent);
        if (branch.ActorId is not null && branch.ActorId != world.ActorId)
        {
            await LearnActorAsync(branch.ActorId, world, lease, cancellationToken);
        }

        return new(world.WithMade(branch));
    }

    private async Task<BranchSeed> SeedAsync(Step.CreateBranch step, World world, CancellationToken cancellationToken)
    {
        if (world.Database.Kind != DatabaseKind.Postgres)
        {
            return new BranchSeed.DataBranching();
        }

        var backup = await branches.FindLatestBackupAsync(world.Database.Name, step.Parent, cancellationToken)
            ?? throw new ProvisioningException(Failure.PersonNeeded, $"branch {step.Parent} of {world.Database.Name} has no successful backup to make {step.Record.Branch} from; make one, or wait for the next scheduled one");
        return new BranchSeed.Restore(backup.Id, world.Track.ClusterSize);
    }

    /// <summary>Who we are on PlanetScale is what it says of the branch that we just made. Another service token is somebody else.</summary>
    private async Task LearnActorAsync(string actorId, World world, ITrackLease lease, CancellationToken cancellationToken)
    {
        if (world.ActorId is not null)
        {
            LogOtherActor(world.Track.Name, actorId, world.ActorId, settings.PlanetScale.ActorId is null ? "the new one is remembered" : "correct PlanetScale__ActorId");
        }

        if (settings.PlanetScale.ActorId is not null)
        {
            return;
        }

        try
        {
            await lease.RememberAsync(lease.Memory with { ActorId = actorId }, cancellationToken);
        }
        catch (ServiceException failure)
        {
            // The branch is in hand, and what the record says of it next makes it ours; the run's end remembers the actor once more.
            LogActorNotRemembered(world.Track.Name, actorId, failure.Message);
        }
    }

    private async Task<StepOutcome> LearnActorAsync(Step.LearnActor step, World world, ITrackLease lease, CancellationToken cancellationToken)
    {
        await lease.ProveAsync(cancellationToken);
        // It asks for the least that there is.
        var probe = (await credentials.CreateCredentialAsync(
            world.Database, step.Branch.Id, new(NewName(step.Iteration.Id8), CredentialRole.Reader, s_probe, world.Track.AllowedCidrs), cancellationToken)).Credential;
        try
        {
            await credentials.DeleteCredentialAsync(world.Database, step.Branch.Id, probe.Id, cancellationToken);
        }
        catch (ServiceException refusal)
        {
            LogProbeLeft(world.Track.Name, probe.Name, s_probe, refusal.Message);
        }

        if (probe.ActorId is not { } actorId)
        {
            return new(world with { IsActorUntold = true });
        }

        LogLearnt(world.Track.Name, actorId, step.Branch.Name, step.Branch.ActorId == actorId ? "this app's" : "not this app's");
        await LearnActorAsync(actorId, world, lease, cancellationToken);
        return new(world with { ActorId = actorId });
    }

    private async Task<StepOutcome> NoteBranchAsync(Step.NoteBranch step, World world, ITrackLease lease, CancellationToken cancellationToken)
    {
        await lease.ProveAsync(cancellationToken);
        return new(world.With(await records.TagAsync(step.Record with { BranchId = step.Branch.Id, Refused = null }, cancellationToken)));
    }

    private async Task<StepOutcome> IssueCredentialAsync(Step.IssueCredential step, World world, ITrackLease lease, CancellationToken cancellationToken)
    {
        await lease.ProveAsync(cancellationToken);
        var begun = clock.GetUtcNow();
        var lifetime = TimeSpan.FromSeconds(Math.Ceiling((step.ExpiresAt - begun).TotalSeconds));
        var issued = await credentials.CreateCredentialAsync(
            world.Database,
            step.Branch.Id,
            new(NewName(step.Iteration.Id8), world.Track.Role, lifetime, world.Track.AllowedCidrs),
            cancellationToken);
        if (issued.Credential.BranchId != step.Branch.Id)
        {
            await credentials.DeleteCredentialAsync(world.Database, issued.Credential.BranchId, issued.Credential.Id, cancellationToken);
            throw new ProvisioningException(Failure.PersonNeeded, $"PlanetScale made the credential on branch {issued.Credential.BranchId} instead of {step.Branch.Id}; it was deleted, and nothing was written");
        }

        if (clock.GetUtcNow() - begun > s_commitWithin)
        {
            LogTooLate(world.Track.Name, step.Iteration.Name);
            await credentials.DeleteCredentialAsync(world.Database, step.Branch.Id, issued.Credential.Id, cancellationToken);
            return StepOutcome.LookAgain;
        }

        await lease.ProveAsync(cancellationToken);
        var committed = await CommitAsync(step, world, issued, cancellationToken);
        LogCommitted(world.Track.Name, step.Iteration.Name, committed.SecretName, issued.Credential.Id, step.Branch.Name);
        if (step.Record.CredentialId is { } former)
        {
            await HandOverAsync(former, step, world, lease, cancellationToken);
        }

        return await AgreesAsync(committed, world, step.Branch.Id, cancellationToken);
    }

    /// <summary>A table of Postgres is changed by its owner alone, so what the former role owns goes to one that both inherit.</summary>
    private async Task HandOverAsync(string formerId, Step.IssueCredential step, World world, ITrackLease lease, CancellationToken cancellationToken)
    {
        if (world.Database.Kind == DatabaseKind.MySql)
        {
            return;
        }

        await lease.ProveAsync(cancellationToken);
        try
        {
            await credentials.ReassignOwnedAsync(world.Database, step.Branch.Id, formerId, cancellationToken);
        }
        catch (ServiceException refusal)
        {
            // It is done at the latest when the former role is deleted.
            LogNotHandedOver(world.Track.Name, step.Iteration.Name, refusal.Message);
        }
    }

    private async Task<Record> CommitAsync(Step.IssueCredential step, World world, IssuedCredential issued, CancellationToken cancellationToken)
    {
        try
        {
            var record = step.Record with
            {
                State = RecordState.Ready,
                CredentialId = issued.Credential.Id,
                BranchId = step.Branch.Id,
                Branch = step.Branch.Name,
                Finish = step.Iteration.Finish ?? step.Record.Finish,
                Notice = null,
                IterationPath = step.Iteration.Path,
                ExpiresAt = issued.Credential.ExpiresAt ?? step.ExpiresAt,
                Refused = null,
            };
            return await records.WriteAsync(record, ConnectionText.Of(issued, world.Track.SecretFormat), cancellationToken);
        }
        catch (ServiceException refusal) when (refusal.HadNoEffect)
        {
            // Certainly not written, so nobody will ever know this credential. After a lost answer it stays: it may be in the record.
            await credentials.DeleteCredentialAsync(world.Database, step.Branch.Id, issued.Credential.Id, cancellationToken);
            throw;
        }
    }

    /// <summary>Both sides are read again: the record names the credential, and the credential exists.</summary>
    private async Task<StepOutcome> AgreesAsync(Record committed, World world, string branchId, CancellationToken cancellationToken)
    {
        var record = await records.ReadAsync(committed.SecretName, cancellationToken);
        var issued = await credentials.FindCredentialAsync(world.Database, branchId, committed.CredentialId!, cancellationToken);
        if (record is { Record: var read } && read.CredentialId == committed.CredentialId && issued is not null)
        {
            return new(world.With(read).WithCredentials(branchId, [.. world.Credentials.GetValueOrDefault(branchId, []), issued]));
        }

        LogDisagree(world.Track.Name, committed.SecretName);
        return StepOutcome.LookAgain;
    }

    private async Task<StepOutcome> PointAliasAsync(Step.PointAlias step, World world, ITrackLease lease, CancellationToken cancellationToken)
    {
        // The current iteration is worked out anew from the record as it is now, immediately before the write.
        if (await records.ReadAsync(step.Record.SecretName, cancellationToken) is not var (record, value))
        {
            return StepOutcome.LookAgain;
        }

        // So is the alias: what a person has done to it since it was listed is left so.
        var versions = await records.ListAliasVersionsAsync(step.AliasName, cancellationToken);
        var there = versions.Count > 0 ? versions[0] : null;
        var now = clock.GetUtcNow();
        var fresh = (there is null ? world.With(record) : world.With(record).With(there)) with { Now = now, Today = settings.Today(now) };
        if (Plan.For(fresh).Steps.OfType<Step.PointAlias>().FirstOrDefault()?.Record.CredentialId is not { } credentialId)
        {
            // It is as it should be, or a person has it; a list showed something older.
            return new(fresh);
        }

        if (credentialId != record.CredentialId)
        {
            return StepOutcome.LookAgain;
        }

        var alias = new Alias(step.AliasName, world.Track.Name, step.Iteration.Id, record.CredentialId) { ExpiresAt = record.ExpiresAt };
        await lease.ProveAsync(cancellationToken);
        await records.WriteAliasAsync(alias, there, value, cancellationToken);
        if (there?.CredentialId == alias.CredentialId)
        {
            return new(fresh with { Vault = fresh.Vault.With(alias) });
        }

        LogPointed(world.Track.Name, alias.SecretName, record.SecretName);
        await RefreshSitesAsync(world.Track, cancellationToken);
        return new(fresh with { Vault = fresh.Vault.With(alias) });
    }

    private async Task RefreshSitesAsync(Track track, CancellationToken cancellationToken)
    {
        foreach (var site in track.RefreshSites)
        {
            try
            {
                await sites.RefreshAsync(site, cancellationToken);
                LogRefreshed(track.Name, site);
            }
            catch (ServiceException refusal)
            {
                LogNotRefreshed(track.Name, site, refusal.Message);
            }
        }
    }

    private async Task<StepOutcome> WriteAgainAsync(Step.WriteAgain step, World world, ITrackLease lease, CancellationToken cancellationToken)
    {
        if (await records.ReadAsync(step.Record.SecretName, cancellationToken) is not var (record, value) || record.Version != step.Record.Version)
        {
            return StepOutcome.LookAgain;
        }

        await lease.ProveAsync(cancellationToken);
        var written = await records.WriteAsync(step.Record, value, cancellationToken);
        LogTagged(world.Track.Name, step.Record.IterationPath, step);
        return new(world.With(written));
    }

    private static string NewName(string id8) => string.Create(
        CultureInfo.InvariantCulture, $"{Credential.NamePrefix}{id8}-{System.Security.Cryptography.RandomNumberGenerator.GetHexString(8, lowercase: true)}");

    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "{Track}: {Iteration}: claimed the branch name {Branch} in {Secret}")]
    private partial void LogClaimed(string track, string iteration, string branch, string secret);

    [LoggerMessage(EventId = 2, Level = LogLevel.Warning, Message = "{Track}: {Iteration}: the branch name {Branch} was taken in the meantime; looking again")]
    private partial void LogTaken(string track, string iteration, string branch);

    [LoggerMessage(EventId = 3, Level = LogLevel.Information, Message = "{Track}: {Iteration}: created branch {Branch} ({BranchId}) from {Parent}")]
    private partial void LogCreated(string track, string iteration, string branch, string branchId, string parent);

    [LoggerMessage(EventId = 4, Level = LogLevel.Warning, Message = "{Track}: {Iteration}: the credential came too late to be committed and was deleted; looking again")]
    private partial void LogTooLate(string track, string iteration);

    [LoggerMessage(EventId = 5, Level = LogLevel.Information, Message = "{Track}: {Iteration}: {Secret} holds credential {CredentialId} of branch {Branch}")]
    private partial void LogCommitted(string track, string iteration, string secret, string credentialId, string branch);

    [LoggerMessage(EventId = 6, Level = LogLevel.Warning, Message = "{Track}: {Secret} and PlanetScale do not agree after the commit; looking again")]
    private partial void LogDisagree(string track, string secret);

    [LoggerMessage(EventId = 7, Level = LogLevel.Information, Message = "{Track}: {Alias} gives what {Secret} gives")]
    private partial void LogPointed(string track, string alias, string secret);

    [LoggerMessage(EventId = 8, Level = LogLevel.Information, Message = "{Track}: asked {Site} to fetch its Key Vault references again")]
    private partial void LogRefreshed(string track, string site);

    [LoggerMessage(EventId = 9, Level = LogLevel.Warning, Message = "{Track}: {Site} was not asked to fetch its Key Vault references again and will do so within a day: {Reason}")]
    private partial void LogNotRefreshed(string track, string site, string reason);

    [LoggerMessage(EventId = 13, Level = LogLevel.Warning, Message = "{Track}: {Iteration}: what the former role owns could not be given to postgres yet, so the new one cannot change it until the former is deleted: {Reason}")]
    private partial void LogNotHandedOver(string track, string iteration, string reason);

    [LoggerMessage(EventId = 14, Level = LogLevel.Information, Message = "{Track}: this app is actor {Actor} on PlanetScale, so branch {Branch} is {Whose}")]
    private partial void LogLearnt(string track, string actor, string branch, string whose);

    [LoggerMessage(EventId = 15, Level = LogLevel.Warning, Message = "{Track}: the credential {Credential}, by which this app found out who it is, was not deleted and ends by itself within {Lifetime}: {Reason}")]
    private partial void LogProbeLeft(string track, string credential, TimeSpan lifetime, string reason);

    [LoggerMessage(EventId = 12, Level = LogLevel.Warning, Message = "{Track}: that this app is actor {Actor} on PlanetScale could not be remembered yet: {Reason}")]
    private partial void LogActorNotRemembered(string track, string actor, string reason);

    [LoggerMessage(EventId = 11, Level = LogLevel.Warning, Message = "{Track}: PlanetScale knows this app as actor {Actor} now, not as {Former}: {WhatNext}. What the former made and no record names is reported at most")]
    private partial void LogOtherActor(string track, string actor, string former, string whatNext);

}
