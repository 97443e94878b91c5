using System.CommandLine;

namespace IterationBranches.Sandbox.FunctionsHost.CoreTools;

/// <summary><c>--func [PATH]</c>: the real Core Tools in the place of the stand-in host.</summary>
internal static class CoreToolsOption
{
    public static Option<string?> Create() => new("--func")
    {
        Description = "Runs the app with the real Azure Functions Core Tools: func on the PATH, or the one that is given.",
        HelpName = "PATH",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <returns>Null: the option was not given.</returns>
    /// <exception cref="HostConfigurationException">There is no func.</exception>
    public static FuncProgram? Read(ParseResult parsed, Option<string?> option) => parsed.GetResult(option) is null ? null : FuncProgram.Find(parsed.GetValue(option));
}
