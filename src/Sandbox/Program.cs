using System.CommandLine;
using IterationBranches.Sandbox.Demo;
using IterationBranches.Sandbox.FunctionsHost;
using IterationBranches.Sandbox.Serve;

var root = new RootCommand("Iteration Branches on one machine, with no cloud account: the real function app among stand-ins.")
{
    DemoCommand.Create(),
    ServeCommand.Create(),
    HostCommand.Create(),
};

// The first command that anybody runs has no verb.
var parsed = root.Parse(args is [] or ["--once" or "--json" or "--app", ..] ? ["demo", .. args] : args);
foreach (var error in parsed.Errors)
{
    await Console.Error.WriteLineAsync(error.Message);
}

return parsed.Errors.Count > 0 ? 2 : await parsed.InvokeAsync();
