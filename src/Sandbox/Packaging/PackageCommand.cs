using System.CommandLine;
using System.IO.Compression;
using System.Text.RegularExpressions;
using IterationBranches.Sandbox.App;

namespace IterationBranches.Sandbox.Packaging;

/// <summary><c>package --output FILE</c>: the zip that is deployed.</summary>
public static partial class PackageCommand
{
    private const int Made = 0;
    private const int Failed = 1;
    private const int Wrong = 2;

    private static readonly string[] s_runtimes = ["linux-x64", "linux-arm64", "win-x64", "win-arm64", "osx-x64", "osx-arm64"];

    public static Command Create()
    {
        var output = new Option<FileInfo>("--output", "-o") { Description = "Where the zip is written. A package that stands there is replaced, anything else is left.", Required = true };
        var runtime = new Option<string>("--runtime", "-r") { Description = "What it runs on; Azure's Linux plans take linux-x64.", DefaultValueFactory = _ => s_runtimes[0] };
        runtime.AcceptOnlyFromAmong(s_runtimes);
        var version = new Option<string?>("--version") { Description = "The version that the app says it is, as 1.2.3 or 1.2.3-rc.1; that of Directory.Build.props when left out." };
        version.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && !Version().IsMatch(text))
            {
                result.AddError($"--version is '{text}'; it must be a version as 1.2.3 or 1.2.3-rc.1, without a v.");
            }
        });
        var command = new Command("package", "Publishes the function app and zips it for deployment: host.json and functions.metadata at the root.")
        {
            output, runtime, version,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            parsed.GetRequiredValue(runtime),
            parsed.GetValue(version),
            parsed.GetRequiredValue(output).FullName,
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string runtime, string? version, string output, CancellationToken cancellationToken)
    {
        if (WhyNotReplaced(output) is { } reason)
        {
            await Console.Error.WriteLineAsync($"--output {output}: {reason}");
            return Wrong;
        }

        try
        {
            var made = await Package.MakeAsync(runtime, version, output, Console.Error.WriteLine, cancellationToken);
            Console.WriteLine(made.Path);
            Console.WriteLine($"  {runtime}, {made.Names.Count} files, {made.Length / 1_000_000.0:0.0} MB ({made.Length} bytes)");
            Console.WriteLine($"  SHA-256 {made.Sha256}");
            return Made;
        }
        catch (Exception failure) when (failure is PublishException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(failure.Message);
            return Failed;
        }
    }

    /// <summary>What stands there is replaced only if it is a package; null: nothing stands in the way.</summary>
    private static string? WhyNotReplaced(string output)
    {
        if (Directory.Exists(output))
        {
            return "is a folder; name a file, as iteration-branches.zip.";
        }

        if (!File.Exists(output))
        {
            return null;
        }

        try
        {
            using var zip = ZipFile.OpenRead(output);
            return zip.GetEntry("host.json") is null ? "is a zip that holds no function app; delete it, or name another file." : null;
        }
        catch (InvalidDataException)
        {
            return "is there already and is not a zip; delete it, or name another file.";
        }
    }

    [GeneratedRegex(@"^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Version();
}
