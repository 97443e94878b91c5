using System.CommandLine;
using IterationBranches.AzureBoards.Administration;

namespace IterationBranches.Cli.Hooks;

/// <summary><c>hooks delete</c>: those that lead to the app, and no others.</summary>
internal static class DeleteHooks
{
    private static readonly Option<bool> s_yes = new("--yes", "-y") { Description = "Do it; without it nothing is deleted" };

    public static Command Create()
    {
        var command = new Command("delete", "Delete the service hooks that lead to the app")
        {
            HookOptions.Url, HookOptions.TokenFile, HookOptions.Tracks, s_yes, HookOptions.DryRun, HookOptions.Json, Operator.SettingsFile,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (dryRun, yes) = (parsed.GetValue(HookOptions.DryRun), parsed.GetValue(s_yes));
        if (!dryRun && !yes)
        {
            await Console.Error.WriteLineAsync("Nothing was deleted: say --yes to delete, or --dry-run to see what would be.");
            return Commands.Wrong;
        }

        return await Administrator.WithOursAsync(parsed, async (administrator, ours) =>
        {
            List<HookRow> rows = [];
            foreach (var (subscription, track) in ours.Asked)
            {
                rows.Add(dryRun ? HookRow.Of(subscription, track, "would delete") : await DeleteAsync(administrator, subscription, track, cancellationToken));
            }

            HookRow.Write(rows, parsed.GetValue(HookOptions.Json), ours.Nothing);
            return rows.Exists(row => row.Outcome == "failed") ? Commands.Failed : Commands.Done;
        }, cancellationToken);
    }

    private static async Task<HookRow> DeleteAsync(Administrator administrator, Subscription subscription, string? track, CancellationToken cancellationToken)
    {
        try
        {
            await administrator.Client.DeleteAsync(subscription, cancellationToken);
            return HookRow.Of(subscription, track, "deleted");
        }
        catch (ServiceException refusal)
        {
            return HookRow.Of(subscription, track, "failed", refusal.Message);
        }
    }
}
