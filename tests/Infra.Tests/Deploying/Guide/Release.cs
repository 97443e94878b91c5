using System.Security.Cryptography;
using System.Xml.Linq;
using IterationBranches.Infra.Tests.Templates;
using IterationBranches.Sandbox.App;
using IterationBranches.Sandbox.Packaging;
using IterationBranches.Testing;

namespace IterationBranches.Infra.Tests.Deploying.Guide;

/// <summary>The files of a release, made of these sources.</summary>
internal sealed class Release
{
    private static readonly string s_version = XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.props")).Descendants("Version").Single().Value;

    private Release(string folder) => Folder = folder;

    public string Folder { get; }

    /// <summary>The app, for deployment.</summary>
    public string Package => Path.Combine(Folder, $"iteration-branches-{s_version}.zip");

    // Of this machine, whatever the guide's reader has.
    private string CommandLine => Path.Combine(Folder, $"iteration-branches-{s_version}-linux-x64");

    public static async Task<Release> MakeAsync(string folder)
    {
        var release = new Release(Directory.CreateDirectory(folder).FullName);
        var published = await PublishedApp.PublishAsync(_ => { }, CancellationToken.None).WaitAsync(Bound.Long);
        await using (var zip = File.Create(release.Package))
        {
            DeploymentZip.Write(published, zip);
        }

        await release.MakeCommandLineAsync();
        await using var commandLine = File.OpenRead(release.CommandLine);
        await File.WriteAllTextAsync(
            Path.Combine(folder, "SHA256SUMS"),
            $"{Convert.ToHexStringLower(await SHA256.HashDataAsync(commandLine))}  {Path.GetFileName(release.CommandLine)}\n{new string('0', 64)}  THIRD-PARTY-NOTICES.md\n");
        return release;
    }

    /// <summary>One file, as a release has it, but neither compiled ahead nor compressed, which takes its time.</summary>
    private async Task MakeCommandLineAsync()
    {
        var output = Path.Combine(Folder, "cli");
        await PublishedApp.RunAsync(
            [
                "publish", Path.Combine(Repository.Root, "src", "Cli"), "-c", "Release", "-r", PublishedApp.Runtime, "-o", output,
                "--artifacts-path", Path.Combine(Repository.Root, "tests", "Infra.Tests", "obj", "cli"),
                "-p:PublishReadyToRun=false", "-p:EnableCompressionInSingleFile=false", PublishedApp.WithoutAnalyzers, "-v", "quiet", "-nologo",
            ],
            CancellationToken.None);
        File.Move(Path.Combine(output, "iteration-branches"), CommandLine);
        Directory.Delete(output, recursive: true);
    }
}
