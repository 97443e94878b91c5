using System.CommandLine;
using IterationBranches.Sandbox.Demo;
using IterationBranches.Sandbox.FunctionsHost;
using IterationBranches.Sandbox.Packaging;
using IterationBranches.Sandbox.Serve;

namespace IterationBranches.Sandbox;

public static class SandboxCommands
{
    private const int WrongArguments = 2;

    public static ParseResult Parse(string[] args)
    {
        var root = new RootCommand("Iteration Branches on one machine, with no cloud account: the real function app among stand-ins.")
        {
            DemoCommand.Create(),
            ServeCommand.Create(),
            HostCommand.Create(),
            PackageCommand.Create(),
        };

        // The first command that anybody runs has no verb.
        return root.Parse(args is [] or ["--once" or "--json" or "--app" or "--func", ..] ? ["demo", .. args] : args);
    }

    public static async Task<int> RunAsync(string[] args)
    {
        var parsed = Parse(args);
        foreach (var error in parsed.Errors)
        {
            await Console.Error.WriteLineAsync(error.Message);
        }

        return parsed.Errors.Count > 0 ? WrongArguments : await parsed.InvokeAsync();
    }
}
