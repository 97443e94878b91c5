using IterationBranches.Configuration;
using IterationBranches.Records;
using Microsoft.Extensions.Logging;

namespace IterationBranches.Provisioning;

/// <summary>What a run works with.</summary>
/// <param name="Chance">A number from 0 to 1, for jitter.</param>
public sealed record ProvisioningParts(
    Settings Settings, ILookQueue Queue, Looker Looker, StepRunner Runner, IRecordStore Records, TimeProvider Clock, Func<double> Chance);

/// <summary>
/// Handles one message: takes the track's lease, looks, plans, and carries out the steps. Nobody waits in here; what is
/// not ready gets one delayed message.
/// </summary>
public sealed partial class Provisioner(ProvisioningParts parts, ITrackLocks locks, AskedLooks looks, ILogger<Provisioner> logger)
{
    private static readonly TimeSpan s_forAnOperator = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_forAHook = TimeSpan.FromSeconds(5);

    /// <summary>By then a lease that nobody renews has run out.</summary>
    private readonly TimeSpan _untilLeaseEnds = parts.Settings.Storage.LeaseDuration + TimeSpan.FromSeconds(1);

    /// <exception cref="ServiceException">Transient: the host delivers the message again.</exception>
    public async Task HandleAsync(string text, CancellationToken cancellationToken)
    {
        var (message, problem) = LookMessage.Parse(text);
        if (message is null)
        {
            LogPoisoned(problem!);
            await parts.Queue.PoisonAsync(text, problem!, cancellationToken);
        }
        else if (parts.Settings.FindTrack(message.Track) is { } track)
        {
            await LookAtAsync(track, message, cancellationToken);
        }
        else if (parts.Settings.TracksOff.TryGetValue(message.Track, out var problems))
        {
            LogTrackOff(message.Track, string.Join("; ", problems));
        }
        else
        {
            problem = $"there is no track '{message.Track}' in the settings";
            LogPoisoned(problem);
            await parts.Queue.PoisonAsync(text, problem, cancellationToken);
        }
    }

    private async Task LookAtAsync(Track track, LookMessage message, CancellationToken cancellationToken)
    {
        try
        {
            await using var lease = await locks.TryTakeAsync(track.Name, cancellationToken);
            if (lease is null)
            {
                LogBusy(track.Name);
                // What this message is about may have come too late for that run; or nobody is at work, and the lease is that of one that was killed.
                await (message.Reason == LookReason.Operator
                    ? parts.Queue.SendAsync(message, s_forAnOperator, cancellationToken)
                    : looks.ReturnAsync(message, message.Reason is LookReason.WorkItem or LookReason.Push ? s_forAHook : _untilLeaseEnds, cancellationToken));
                return;
            }

            if (message.AskedAt is not null)
            {
                await looks.BeginAsync(track.Name, cancellationToken);
            }

            await new TrackRun(parts, track, message, lease, logger).GoAsync(cancellationToken);
        }
        catch (LeaseLostException)
        {
            LogLeaseLost(track.Name);
            // The run that has it now began after this one, and sees what a hook told of.
            if (message.Reason == LookReason.Operator)
            {
                await parts.Queue.SendAsync(message, s_forAnOperator, cancellationToken);
            }
        }
        catch (Exception failure)
        {
            // The invocation's own failure names no track.
            LogFailed(track.Name, failure is ServiceException ? failure.Message : $"{failure.GetType().Name}: {failure.Message}");
            throw;
        }
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "A message cannot be handled and goes to the poison queue: {Reason}")]
    private partial void LogPoisoned(string reason);

    [LoggerMessage(EventId = 2, Level = LogLevel.Error, Message = "{Track}: the track is off: {Problems}")]
    private partial void LogTrackOff(string track, string problems);

    [LoggerMessage(EventId = 3, Level = LogLevel.Information, Message = "{Track}: another run has the track's lease; this one comes again")]
    private partial void LogBusy(string track);

    [LoggerMessage(EventId = 4, Level = LogLevel.Warning, Message = "{Track}: the lease was lost; stopping, whoever has it goes on")]
    private partial void LogLeaseLost(string track);

    [LoggerMessage(EventId = 5, Level = LogLevel.Warning, Message = "{Track}: the look failed: {Reason}")]
    private partial void LogFailed(string track, string reason);
}
