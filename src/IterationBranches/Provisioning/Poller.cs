using IterationBranches.Configuration;
using IterationBranches.Iterations;
using IterationBranches.Records;
using Microsoft.Extensions.Logging;

namespace IterationBranches.Provisioning;

/// <summary>What one poll did. Its text is what the log says.</summary>
public sealed record PollResult(int Tracks, IReadOnlyList<string> Queued, IReadOnlyList<string> Failed)
{
    public override string ToString() =>
        $"{Tracks} tracks: {Queued.Count} to look at{(Queued.Count == 0 ? "" : $" ({string.Join(", ", Queued)})")}{(Failed.Count == 0 ? "" : $", {Failed.Count} failed ({string.Join("; ", Failed)})")}";

    /// <summary>All others were polled; the host shows the run as failed, with the reason.</summary>
    /// <exception cref="ProvisioningException">A track could not be polled.</exception>
    public void ThrowIfAnyFailed()
    {
        if (Failed.Count > 0)
        {
            throw new ProvisioningException(Failure.Transient, $"{Failed.Count} of {Tracks} tracks could not be polled: {string.Join("; ", Failed)}");
        }
    }
}

/// <summary>
/// Asks Boards for each track's iterations, reads the records once, and queues the tracks where something is to be done;
/// and each track once an hour for the deep look. It changes nothing else, and one track's failure never stops the others.
/// </summary>
public sealed partial class Poller(
    Settings settings, IIterationSource iterations, IRecordStore records, ITrackLocks locks, AskedLooks looks, ILookQueue queue, TimeProvider clock, ILogger<Poller> logger)
{
    public static readonly TimeSpan DeepLookEvery = TimeSpan.FromHours(1);

    private const int AtOnce = 4;

    public async Task<PollResult> PollAsync(CancellationToken cancellationToken)
    {
        foreach (var (name, problems) in settings.TracksOff)
        {
            LogTrackOff(name, string.Join("; ", problems));
        }

        var vault = await ListVaultAsync(cancellationToken);
        await ReportRemovedAsync(vault, cancellationToken);
        var queued = new List<string>();
        var failed = new List<string>();
        // Asked once.
        var isBacklog = new Lazy<Task<bool>>(async () => await queue.FindFrontAsync(cancellationToken) is { } front && clock.GetUtcNow() - front >= AskedLooks.LongestWait);
        await Parallel.ForEachAsync(settings.Tracks, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (track, token) =>
        {
            try
            {
                if (await IsLookDueAsync(track, vault, token) && await AskAsync(track, isBacklog, token))
                {
                    lock (queued)
                    {
                        queued.Add(track.Name);
                    }
                }
            }
#pragma warning disable CA1031 // Whatever it is, the other tracks are polled; the invocation is reported as failed with it.
            catch (Exception failure) when (!token.IsCancellationRequested)
#pragma warning restore CA1031
            {
                var reason = failure is ServiceException ? failure.Message : $"{failure.GetType().Name}: {failure.Message}";
                LogFailed(track.Name, reason);
                lock (failed)
                {
                    failed.Add($"{track.Name}: {reason}");
                }
            }
        });
        var result = new PollResult(settings.Tracks.Count, [.. queued.Order(StringComparer.Ordinal)], [.. failed.Order(StringComparer.Ordinal)]);
        LogPolled(result);
        return result;
    }

    /// <summary>Null when the vault needs a person: then the looks find that out, and remember it.</summary>
    private async Task<VaultListing?> ListVaultAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await records.ListAsync(cancellationToken);
        }
        catch (ServiceException refusal) when (refusal.Failure != Failure.Transient)
        {
            return null;
        }
    }

    /// <summary>What a track that was taken out of the settings has left behind: said once, never touched.</summary>
    private async Task ReportRemovedAsync(VaultListing? vault, CancellationToken cancellationToken)
    {
        var known = settings.Tracks.Select(track => track.Name).Concat(settings.TracksOff.Keys).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var track in (vault?.RecordsByTrack ?? []).Where(track => !known.Contains(track.Key)))
        {
            var note = $"the track is not in the settings any more; what it has left is not touched: {string.Join(", ", track.Select(record => $"{record.SecretName} (branch {record.Branch})").Order(StringComparer.Ordinal))}";
            try
            {
                var said = TrackMemory.HashOf([note]);
                if ((await locks.ReadAsync(track.Key, cancellationToken)).Said != said && await locks.TryTakeAsync(track.Key, cancellationToken) is { } lease)
                {
                    await using (lease)
                    {
                        LogRemoved(track.Key, note);
                        await lease.RememberAsync(lease.Memory with { Said = said }, cancellationToken);
                    }
                }
            }
            catch (Exception failure) when (failure is ServiceException or LeaseLostException)
            {
                LogFailed(track.Key, failure.Message);
            }
        }
    }

    /// <returns>False when a message for the track waits already.</returns>
    private async Task<bool> AskAsync(Track track, Lazy<Task<bool>> isBacklog, CancellationToken cancellationToken)
    {
        var (isSent, waitsSince) = await looks.AskAsync(track.Name, () => isBacklog.Value, cancellationToken);
        if (waitsSince is { } since)
        {
            LogNotRead(track.Name, since);
        }

        return isSent;
    }

    private async Task<bool> IsLookDueAsync(Track track, VaultListing? vault, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var memory = await locks.ReadAsync(track.Name, cancellationToken);
        ReportRefused(track, vault, memory, now);
        if (memory.TrackRefusal?.Holds(now) is true || memory.PendingLook > now)
        {
            return false;
        }

        if (memory.LastLook is not { } last || now - last >= DeepLookEvery || vault is null)
        {
            return true;
        }

        if (settings.DryRun)
        {
            // What is due stays due, and once an hour is often enough to say so.
            return false;
        }

        try
        {
            var listed = await iterations.ListAsync(track, cancellationToken);
            return Plan.IsLookDue(track, listed, vault, memory, settings.Today(now), now);
        }
        catch (ServiceException refusal) when (refusal.Failure != Failure.Transient)
        {
            return true;
        }
    }

    /// <summary>What was refused is said once, and then passed over for up to a day. That it still is so is said by each poll, for the alert.</summary>
    private void ReportRefused(Track track, VaultListing? vault, TrackMemory memory, DateTimeOffset now)
    {
        var reasons = memory.Refusals.Values.Concat((vault?.RecordsOf(track.Name) ?? []).Select(record => record.Refused).OfType<Refusal>())
            .Where(refusal => refusal.Holds(now)).Select(refusal => refusal.Reason).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        if (reasons.Count > 0)
        {
            LogPersonNeeded(track.Name, string.Join("; ", reasons));
        }
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "Polled {Result}")]
    private partial void LogPolled(PollResult result);

    [LoggerMessage(EventId = 2, Level = LogLevel.Warning, Message = "{Track}: the poll failed: {Reason}")]
    private partial void LogFailed(string track, string reason);

    [LoggerMessage(EventId = 4, Level = LogLevel.Warning, Message = "{Track}: {Note}")]
    private partial void LogRemoved(string track, string note);

    [LoggerMessage(EventId = 3, Level = LogLevel.Warning, Message = "{Track}: the track is off: {Problems}")]
    private partial void LogTrackOff(string track, string problems);

    [LoggerMessage(EventId = 6, Level = LogLevel.Warning, Message = "{Track}: the look that was asked for at {Since:u} has not begun: nobody reads the queue of ProvisionQueueName, or whoever does is far behind")]
    private partial void LogNotRead(string track, DateTimeOffset since);

    [LoggerMessage(EventId = 5, Level = LogLevel.Warning, Message = "{Track}: a person is needed: {Reasons}")]
    private partial void LogPersonNeeded(string track, string reasons);
}
