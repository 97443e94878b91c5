using System.Diagnostics;
using IterationBranches.Sandbox.App;
using IterationBranches.Testing;

namespace IterationBranches.Cli.Tests;

/// <summary>Makes what a release attaches, apart from every other build.</summary>
internal static class PublishedCli
{
    public const string Version = "9.8.7-rc.1";

    private static readonly string s_work = Path.Combine(PublishedApp.FindRepository(), "tests", "Cli.Tests", "obj", "release");

    /// <summary>Runs <c>dotnet publish</c> or <c>dotnet pack</c> on the command line's project. Two at once take turns.</summary>
    public static async Task MakeAsync(string output, params string[] command)
    {
        using var bound = new CancellationTokenSource(Bound.Long);
        Directory.CreateDirectory(s_work);
        await using var turn = await PublishedApp.TakeTurnAsync(Path.Combine(s_work, "release.lock"), _ => { }, bound.Token);
        await PublishedApp.RunAsync(
            [
                command[0], Path.Combine(PublishedApp.FindRepository(), "src", "Cli"), "-c", "Release", "-o", output, "--artifacts-path", s_work,
                $"-p:Version={Version}", PublishedApp.WithoutAnalyzers, .. command[1..], "-v", "quiet", "-nologo",
            ],
            bound.Token);
    }

    /// <summary>Runs what was made, where no .NET is on the PATH.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(string executable, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(executable, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, Environment = { ["PATH"] = "" } })!;
        var (exitCode, output, _) = await process.EndAsync();
        return (exitCode, output);
    }
}
