using System.Diagnostics;
using System.Runtime.InteropServices;

namespace IterationBranches.Sandbox.App;

/// <summary>The sandbox cannot publish the function app; the message says why.</summary>
public sealed class PublishException(string message) : Exception(message);

/// <summary>The function app, published as it would be for Azure, but for the machine that this runs on.</summary>
public static class PublishedApp
{
    /// <summary>Publishes beside the sandbox's own build output. Two processes at once take turns.</summary>
    /// <returns>The app root.</returns>
    /// <exception cref="PublishException">The sources are not there, or do not build.</exception>
    public static async Task<string> PublishAsync(Action<string> progress, CancellationToken cancellationToken)
    {
        var root = FindRepository();
        var runtime = RuntimeInformation.RuntimeIdentifier;
        var output = Path.Combine(root, "src", "Sandbox", "obj", "app", runtime);
        Directory.CreateDirectory(output);
        await using var turn = await TakeTurnAsync(output + ".lock", progress, cancellationToken);
        progress($"publishing the function app for {runtime} (a minute at first, seconds later)");
        await RunAsync(["publish", Path.Combine(root, "src", "Functions"), "-c", "Release", "-r", runtime, "-o", output, "-v", "quiet", "-nologo"], cancellationToken);
        return output;
    }

    private static string FindRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Functions.sln")))
            {
                return folder.FullName;
            }
        }

        throw new PublishException("the sources of the function app are not above the sandbox; give a published one with --app DIR");
    }

    private static async Task<FileStream> TakeTurnAsync(string path, Action<string> progress, CancellationToken cancellationToken)
    {
        for (var isFirst = true; ; isFirst = false)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
            }
            catch (IOException) when (File.Exists(path))
            {
                if (isFirst)
                {
                    progress("waiting for another process that publishes the function app");
                }

                await Task.Delay(TimeSpan.FromMilliseconds(500), cancellationToken);
            }
        }
    }

    private static async Task RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        // A test run gives its children settings of its own build.
        start.Environment.Remove("MSBUILD_EXE_PATH");
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        using var process = Process.Start(start) ?? throw new PublishException("dotnet could not be started");
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            if (process.ExitCode != 0)
            {
                throw new PublishException($"dotnet publish ended with {process.ExitCode}:{Environment.NewLine}{await output}{await errors}");
            }
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}
