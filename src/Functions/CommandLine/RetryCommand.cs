using System.CommandLine;
using IterationBranches.Provisioning;

namespace IterationBranches.Functions.CommandLine;

/// <summary><c>retry</c>: what was refused is mended; look again at once.</summary>
internal static class RetryCommand
{
    public static Command Create()
    {
        var track = Operator.TrackName("The track to look at");
        track.Required = true;
        var command = new Command("retry", "Forget what was refused on a track, and look at it now") { track, Operator.SettingsFile };
        command.SetAction((parsed, cancellationToken) => Operator.SendAsync(
            parsed,
            parsed.GetValue(track)!,
            (_, found) => Task.FromResult<(LookOperation?, string)>((new(LookOperation.Retry), $"{found.Name} will be looked at now.")),
            cancellationToken));
        return command;
    }
}
