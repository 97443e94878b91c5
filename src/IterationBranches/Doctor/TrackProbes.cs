using System.Globalization;
using IterationBranches.Configuration;
using IterationBranches.Provisioning;

namespace IterationBranches.Doctor;

/// <summary>What is remembered beside each track's lock: when it was last looked at, and what was refused.</summary>
/// <param name="locks">Asked for only when the settings lead to a storage account.</param>
internal sealed class TrackProbes(Settings settings, Func<ITrackLocks> locks, TimeProvider time) : ISystemProbes
{
    /// <summary>Every track gets its look once an hour.</summary>
    private static readonly TimeSpan s_long = TimeSpan.FromHours(3);

    private const string MendLooks =
        "See whether the functions PollIterations and ProvisionBranch run, and how they end: PollSchedule, ProvisionQueueName, and no AzureWebJobs.….Disabled.";

    public IEnumerable<Probe> Probes() => WrongSettings.Of(settings, "storage", "AzureWebJobsStorage") is null
        ? settings.Tracks.Select(track => new Probe(NameOf(track), cancellationToken => LookAtAsync(track, cancellationToken))
        {
            Mend = _ => "Mend the check of the storage lease.",
        })
        : [];

    private static string NameOf(Track track) => $"track {track.Name}";

    private async Task<IReadOnlyList<Check>> LookAtAsync(Track track, CancellationToken cancellationToken)
    {
        var memory = await locks().ReadAsync(track.Name, cancellationToken);
        return
        [
            LastLook(track, memory),
            .. memory.Refusals.Values.Select(refusal => refusal.Reason).Distinct().Select(reason => Check.Warning(
                NameOf(track), $"refused: {reason}", $"When it is mended, let it be tried at once: iteration-branches retry --track {track.Name}.")),
        ];
    }

    private Check LastLook(Track track, TrackMemory memory)
    {
        if (memory.LastLook is not { } last)
        {
            return Check.Warning(NameOf(track), "not looked at yet; the next poll queues it", MendLooks);
        }

        var at = last.ToUniversalTime().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
        return time.GetUtcNow() - last > s_long
            ? Check.Warning(
                NameOf(track), $"last looked at {at}, though every track is looked at once an hour", MendLooks)
            : Check.Ok(NameOf(track), $"last looked at {at}");
    }
}
