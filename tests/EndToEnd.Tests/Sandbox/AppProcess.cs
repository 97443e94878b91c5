using System.Diagnostics;

namespace IterationBranches.EndToEnd.Tests.Sandbox;

/// <summary>A program of ours as an operator runs it.</summary>
internal static class AppProcess
{
    /// <summary>Runs the published function app with a verb, until its end.</summary>
    public static Task<(int ExitCode, string Output, string Errors)> RunAsync(string appDirectory, string[] arguments, IReadOnlyDictionary<string, string> settings) =>
        RunAsync(Start(Path.Combine(appDirectory, OperatingSystem.IsWindows() ? "iteration-branches.exe" : "iteration-branches"), arguments, settings));

    /// <summary>Starts the sandbox's own command line.</summary>
    public static Process StartSandbox(params string[] arguments) =>
        Start("dotnet", [Path.Combine(AppContext.BaseDirectory, "sandbox.dll"), .. arguments], new Dictionary<string, string>());

    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(Process process)
    {
        using var running = process;
        var output = running.StandardOutput.ReadToEndAsync();
        var errors = running.StandardError.ReadToEndAsync();
        await running.WaitForExitAsync();
        return (running.ExitCode, await output, await errors);
    }

    private static Process Start(string file, string[] arguments, IReadOnlyDictionary<string, string> settings)
    {
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }
}
