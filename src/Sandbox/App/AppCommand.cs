using System.Diagnostics;
using System.Text;

namespace IterationBranches.Sandbox.App;

/// <summary>What a verb of the published app printed, and how it ended.</summary>
public sealed record AppResult(int ExitCode, string Output, string Errors);

/// <summary>The published function app as a command line.</summary>
public static class AppCommand
{
    /// <summary>Runs a verb to its end.</summary>
    /// <param name="settings">Added to the environment.</param>
    public static async Task<AppResult> RunAsync(
        string appDirectory, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> settings, CancellationToken cancellationToken = default)
    {
        var executable = Path.Combine(appDirectory, OperatingSystem.IsWindows() ? "iteration-branches.exe" : "iteration-branches");
        var start = new ProcessStartInfo(executable, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
            UseShellExecute = false,
        };
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return new(process.ExitCode, await output, await errors);
    }
}
