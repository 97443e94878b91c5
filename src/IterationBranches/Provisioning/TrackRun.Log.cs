using IterationBranches.Records;
using Microsoft.Extensions.Logging;

namespace IterationBranches.Provisioning;

/// <summary>What a run says.</summary>
internal sealed partial class TrackRun
{
    /// <summary>Of the tracks on one database the first one speaks.</summary>
    private void WarnDaily(Plan plan)
    {
        var today = plan.World.Today;
        if (plan.DailyWarning is { } warning && _memory.WarnedOn != today
            && parts.Settings.Tracks.Where(other => string.Equals(other.Database, track.Database, StringComparison.OrdinalIgnoreCase)).Min(other => other.Name) == track.Name)
        {
            LogTrackNote(track.Name, warning);
            _memory = _memory with { WarnedOn = today };
        }
    }

    /// <summary>Why nothing is done for some, once: until it is something else.</summary>
    private void Say(Plan plan)
    {
        var notes = plan.Iterations.Where(iteration => iteration.Note is not null).ToList();
        var said = TrackMemory.HashOf(notes.Select(iteration => $"{iteration.Iteration.Name}: {iteration.Note}").Concat(plan.Notes));
        if (said == _memory.Said)
        {
            return;
        }

        _memory = _memory with { Said = said };
        foreach (var iteration in notes)
        {
            LogNote(track.Name, iteration.Iteration.Name, iteration.Note!);
        }

        foreach (var note in plan.Notes)
        {
            LogTrackNote(track.Name, note);
        }
    }

    /// <summary>What became of an operator's wish, where nothing else says it.</summary>
    private void SayOutcome(LookOperation operation, Guid iterationId, World world)
    {
        if (world.Vault.RecordOf(track.Name, iterationId) is not { } record)
        {
            return;
        }

        if (record.CredentialId == operation.CredentialId)
        {
            LogNothingToDo(track.Name, operation.Verb, record.SecretName, record.State);
        }
        else if (operation is { RevokeNow: true, CredentialId: { } leaked } && record.BranchId is { } branch
            && world.Credentials.GetValueOrDefault(branch, []).Any(credential => credential.Id == leaked))
        {
            var givers = world.Vault.GiversOf(leaked);
            LogStillValid(
                track.Name, leaked, record.Branch,
                // Another 'rotate' would be about the credential that the record gives by now.
                $"{(givers.Count > 0 ? $"{string.Join(", ", givers)} still gives it; see that nobody reads that any more, and " : "")}delete it in PlanetScale's dashboard");
        }
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "{Track}: passed over until {NotBefore:u}: {Reason}")]
    private partial void LogPassedOver(string track, DateTimeOffset notBefore, string reason);

    [LoggerMessage(EventId = 2, Level = LogLevel.Information, Message = "{Track}: dry run: would {Step}")]
    private partial void LogWould(string track, Step step);

    [LoggerMessage(EventId = 3, Level = LogLevel.Information, Message = "{Track}: two minutes are over; going on with the next message")]
    private partial void LogOutOfTime(string track);

    [LoggerMessage(EventId = 4, Level = LogLevel.Information, Message = "{Track}: {Iteration}: {Note}")]
    private partial void LogNote(string track, string iteration, string note);

    [LoggerMessage(EventId = 5, Level = LogLevel.Warning, Message = "{Track}: {Note}")]
    private partial void LogTrackNote(string track, string note);

    [LoggerMessage(EventId = 6, Level = LogLevel.Warning, Message = "{Track}: could not {Step}: {Reason}; it will be tried again")]
    private partial void LogTransient(string track, Step step, string reason);

    [LoggerMessage(EventId = 7, Level = LogLevel.Error, Message = "{Track}: {Reason}. Tried again after {NotBefore:u}, or at once by 'retry'")]
    private partial void LogRefused(string track, string reason, DateTimeOffset notBefore);

    [LoggerMessage(EventId = 8, Level = LogLevel.Warning, Message = "{Track}: the refusal could not be remembered: {Reason}")]
    private partial void LogNotRemembered(string track, string reason);

    [LoggerMessage(EventId = 9, Level = LogLevel.Warning, Message = "{Track}: {Reason}; looking again in {Wait}")]
    private partial void LogWaiting(string track, string reason, TimeSpan wait);

    [LoggerMessage(EventId = 10, Level = LogLevel.Information, Message = "{Track}: next look in {Delay}")]
    private partial void LogNextLook(string track, TimeSpan delay);

    [LoggerMessage(EventId = 12, Level = LogLevel.Error, Message = "{Track}: credential {CredentialId} of branch {Branch} is still valid: {WhatNext}")]
    private partial void LogStillValid(string track, string credentialId, string branch, string whatNext);

    [LoggerMessage(EventId = 11, Level = LogLevel.Warning, Message = "{Track}: '{Verb}' found nothing to do: {Secret} says {State}, and its iteration and branch leave nothing to be done")]
    private partial void LogNothingToDo(string track, string verb, string secret, RecordState state);
}
