using System.Diagnostics;
using System.Reflection;
using System.Text;

namespace IterationBranches.Sandbox.App;

/// <summary>What a verb of the command line printed, and how it ended.</summary>
public sealed record CliResult(int ExitCode, string Output, string Errors);

/// <summary>The command line <c>iteration-branches</c>, as it was built along with the sandbox: a process of its own.</summary>
public static class CliCommand
{
    public static string Assembly { get; } = Path.Combine(
        PublishedApp.FindRepository(), "src", "Cli", "bin", typeof(CliCommand).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration, "net10.0", "iteration-branches.dll");

    /// <summary>Runs a verb to its end.</summary>
    /// <param name="settings">Added to the environment.</param>
    /// <param name="input">What it can read from standard input.</param>
    public static async Task<CliResult> RunAsync(
        IEnumerable<string> arguments, IReadOnlyDictionary<string, string> settings, string input = "", CancellationToken cancellationToken = default)
    {
        var start = new ProcessStartInfo("dotnet", [Assembly, .. arguments])
        {
            RedirectStandardInput = true,
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
            await WriteAsync(process.StandardInput, input);
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return new(process.ExitCode, await output, await errors);
    }

    private static async Task WriteAsync(StreamWriter standardInput, string input)
    {
        try
        {
            await using (standardInput)
            {
                await standardInput.WriteAsync(input);
            }
        }
        catch (IOException)
        {
            // It ended without reading.
        }
    }
}
