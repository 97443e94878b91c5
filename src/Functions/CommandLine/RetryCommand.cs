using System.CommandLine;
using IterationBranches.Provisioning;
using Microsoft.Extensions.DependencyInjection;

namespace IterationBranches.Functions.CommandLine;

/// <summary><c>retry</c>: what was refused is mended; look again at once.</summary>
internal static class RetryCommand
{
    public static Command Create()
    {
        var track = Operator.TrackName("The track to look at");
        track.Required = true;
        var command = new Command("retry", "Forget what was refused on a track, and look at it now") { track, Operator.SettingsFile };
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, parsed.GetValue(track)!, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, string name, CancellationToken cancellationToken)
    {
        await using var started = await Operator.StartAsync(parsed);
        if (started?.Settings.FindTrack(name) is not { } track)
        {
            if (started is not null)
            {
                await Console.Error.WriteLineAsync($"There is no track '{name}' in the settings, or it is off.");
            }

            return Commands.Wrong;
        }

        try
        {
            var message = LookMessage.For(track.Name, LookReason.Operator) with { Operation = new(LookOperation.Retry) };
            await started.Services.GetRequiredService<ILookQueue>().SendAsync(message, null, cancellationToken);
            Console.WriteLine($"{track.Name} will be looked at now.");
            return Commands.Done;
        }
        catch (ServiceException refusal)
        {
            await Console.Error.WriteLineAsync(refusal.Message);
            return Commands.Failed;
        }
    }
}
