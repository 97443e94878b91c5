using System.CommandLine;

namespace IterationBranches.Cli.Hooks;

/// <summary><c>hooks list</c>: those that lead to the app, and what is the matter with them.</summary>
internal static class ListHooks
{
    public static Command Create()
    {
        var command = new Command("list", "List the service hooks that lead to the app, and what their status means")
        {
            HookOptions.Url, HookOptions.TokenFile, HookOptions.Tracks, HookOptions.Json, Operator.SettingsFile,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken) => Administrator.WithOursAsync(
        parsed,
        (_, ours) =>
        {
            HookRow.Write(
                [.. ours.Asked.Select(found => HookRow.Of(found.Subscription, found.Track, "exists", found.Subscription.WhyNotEnabled is { } why ? [why] : []))],
                parsed.GetValue(HookOptions.Json),
                ours.Nothing);
            return Task.FromResult(Commands.Done);
        },
        cancellationToken);
}
