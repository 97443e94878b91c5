using System.Diagnostics;
using IterationBranches.Testing;

namespace IterationBranches.EndToEnd.Tests.Sandbox;

/// <summary>The sandbox's own command line, as a reader types it.</summary>
internal static class AppProcess
{
    /// <summary>Starts the sandbox's own command line.</summary>
    public static Process StartSandbox(params string[] arguments) =>
        Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "sandbox.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;

    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(Process process)
    {
        using var running = process;
        return await running.EndAsync();
    }
}
