using System.CommandLine;
using IterationBranches.Cli.Hooks;

namespace IterationBranches.Cli;

/// <summary>The verbs of an operator. Exit codes: 0 done, 1 something could not be done or seen, 2 wrong arguments or settings.</summary>
internal static class Commands
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Wrong = 2;

    public static ParseResult Parse(string[] args)
    {
        var root = new RootCommand(
            """
            Iteration Branches: a PlanetScale branch for every Azure Boards iteration, its credential in Azure Key Vault.

            The function app does the work by itself. With these commands an operator looks at it, and steps in where it needs help.
            Settings are the app's own: from the environment (Tracks__orders__Database=…), or from a local.settings.json (--settings).
            Exit codes: 0 done; 1 something could not be done or seen; 2 wrong arguments or settings.
            """)
        {
            PlanCommand.Create(),
            DoctorCommand.Create(),
            RetryCommand.Create(),
            IterationCommands.CreateRotate(),
            IterationCommands.CreateRecreate(),
            HooksCommand.Create(),
        };
        return root.Parse(args);
    }

    public static async Task<int> RunAsync(string[] args)
    {
        if (args.Length == 0)
        {
            await Parse(["--help"]).InvokeAsync();
            return Wrong;
        }

        var parsed = Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                await Console.Error.WriteLineAsync(error.Message);
            }

            await Console.Error.WriteLineAsync("See --help.");
            return Wrong;
        }

        return await parsed.InvokeAsync();
    }
}
