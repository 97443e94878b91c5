using IterationBranches.Sandbox.App;

namespace IterationBranches.Cli.Tests;

/// <summary>The built executable as an operator starts it.</summary>
internal static class Desk
{
    /// <summary>Runs to the end, with nothing on standard input.</summary>
    public static Task<(int ExitCode, string Output, string Error)> RunAsync(IEnumerable<KeyValuePair<string, string?>> environment, params string[] arguments) =>
        RunWithInputAsync("", environment, arguments);

    /// <param name="environment">Added to that of the tests; null empties one.</param>
    public static async Task<(int ExitCode, string Output, string Error)> RunWithInputAsync(string input, IEnumerable<KeyValuePair<string, string?>> environment, params string[] arguments)
    {
        var (exitCode, output, errors) = await CliCommand.RunAsync(arguments, environment.ToDictionary(pair => pair.Key, pair => pair.Value ?? ""), input: input);
        return (exitCode, output, errors);
    }
}
