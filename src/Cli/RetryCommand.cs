using System.CommandLine;
using IterationBranches.Provisioning;

namespace IterationBranches.Cli;

/// <summary><c>retry</c>: what was refused is mended; look again at once.</summary>
internal static class RetryCommand
{
    public static Command Create()
    {
        var track = Operator.TrackName("The track to look at");
        track.Required = true;
        var iteration = new Option<string?>("--iteration") { Description = "Only what was refused of this iteration: its id, its first 8 digits, or its name" };
        var command = new Command("retry", "Forget what was refused on a track, and look at it now") { track, iteration, Operator.SettingsFile };
        command.SetAction((parsed, cancellationToken) => Operator.SendAsync(
            parsed,
            parsed.GetValue(track)!,
            async (started, found) => parsed.GetValue(iteration) is not { } given ? (new(LookOperation.Retry), $"{found.Name} will be looked at now.")
                // Refused before it had a record, it is known by its id alone.
                : Guid.TryParse(given, out var id) ? (new(LookOperation.Retry, id), $"{found.Name} will be looked at now.")
                : await NamedIteration.FindAsync(started, found, given, cancellationToken) is var (record, problem) && record is not null
                ? (new(LookOperation.Retry, record.IterationId), $"{found.Name} will be looked at now.")
                : ((LookOperation?)null, problem),
            cancellationToken));
        return command;
    }
}
