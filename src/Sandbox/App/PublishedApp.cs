using System.Diagnostics;
using System.Runtime.InteropServices;

namespace IterationBranches.Sandbox.App;

/// <summary>The sandbox cannot publish the function app; the message says why.</summary>
public sealed class PublishException(string message) : Exception(message);

/// <summary>The function app as <c>dotnet publish</c> makes it from the sources above the sandbox.</summary>
public static class PublishedApp
{
    /// <summary>Half of the time that a build takes; the build of the whole solution has them.</summary>
    public const string WithoutAnalyzers = "-p:RunAnalyzers=false";

    /// <summary>The portable name of this machine's runtime. A .NET that a distribution has built calls itself by the distribution, for which nothing self-contained can be published.</summary>
    public static string Runtime { get; } =
        (OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal) ? "linux-musl" : "linux")
        + "-" + RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant();

    /// <summary>
    /// Publishes for the machine that this runs on, beside the sandbox's own build output. Two processes at once take turns. It is not
    /// compiled ahead, as the package is: whoever tries the demo waits for it.
    /// </summary>
    /// <returns>The app root.</returns>
    /// <exception cref="PublishException">The sources are not there, or do not build.</exception>
    public static async Task<string> PublishAsync(Action<string> progress, CancellationToken cancellationToken)
    {
        var root = FindRepository();
        var output = Path.Combine(root, "src", "Sandbox", "obj", "app", Runtime);
        Directory.CreateDirectory(output);
        await using var turn = await TakeTurnAsync(output + ".lock", progress, cancellationToken);
        progress($"publishing the function app for {Runtime} (a minute at first, seconds later)");
        await RunAsync(["publish", Path.Combine(root, "src", "Functions"), "-c", "Release", "-r", Runtime, "-p:PublishReadyToRun=false", WithoutAnalyzers, "-o", output, "-v", "quiet", "-nologo"], cancellationToken);
        return output;
    }

    /// <exception cref="PublishException">The sources are not there.</exception>
    public static string FindRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Functions.sln")))
            {
                return folder.FullName;
            }
        }

        throw new PublishException($"the sources of the function app (Functions.sln) are not above the sandbox ({AppContext.BaseDirectory})");
    }

    /// <summary>Waits until no other process has the file.</summary>
    public static async Task<FileStream> TakeTurnAsync(string path, Action<string> progress, CancellationToken cancellationToken)
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

    /// <summary>Runs the .NET command line.</summary>
    /// <exception cref="PublishException">It failed; the message has what it printed.</exception>
    public static async Task RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
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
                throw new PublishException($"dotnet {arguments.First()} ended with {process.ExitCode}:{Environment.NewLine}{await output}{await errors}");
            }
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}
