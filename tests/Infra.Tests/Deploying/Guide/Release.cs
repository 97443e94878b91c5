// What of the command line is checked without running it.
global using Commands = IterationBranches.Functions.CommandLine.Commands;

using System.Security.Cryptography;
using System.Xml.Linq;
using IterationBranches.Infra.Tests.Templates;
using IterationBranches.Sandbox.App;
using IterationBranches.Sandbox.Packaging;

namespace IterationBranches.Infra.Tests.Deploying.Guide;

/// <summary>The files of a release, made of these sources.</summary>
internal sealed class Release
{
    private static readonly string s_version = XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.props")).Descendants("Version").Single().Value;

    private Release(string folder) => Folder = folder;

    public string Folder { get; }

    /// <summary>The app, for deployment.</summary>
    public string Package => Path.Combine(Folder, $"iteration-branches-{s_version}.zip");

    /// <summary>Until the app is the isolated worker (src/Functions): what runs in the place of a package that was deployed.</summary>
    public string Runs => Path.Combine(Folder, "runs.zip");

    // Of this machine, whatever the guide's reader has.
    private string CommandLine => Path.Combine(Folder, $"iteration-branches-{s_version}-linux-x64");

    public static async Task<Release> MakeAsync(string folder)
    {
        var release = new Release(Directory.CreateDirectory(folder).FullName);
        // Until there is src/Cli, the published app is the command line too.
        var published = await PublishedApp.PublishAsync(_ => { }, CancellationToken.None);
        File.Copy(Path.Combine(published, "iteration-branches"), release.CommandLine);
        await using (var zip = File.Create(release.Runs))
        {
            DeploymentZip.Write(published, "iteration-branches", zip);
        }

        Deploying.Package.Write(release.Package);
        await using var commandLine = File.OpenRead(release.CommandLine);
        await File.WriteAllTextAsync(
            Path.Combine(folder, "SHA256SUMS"),
            $"{Convert.ToHexStringLower(await SHA256.HashDataAsync(commandLine))}  {Path.GetFileName(release.CommandLine)}\n{new string('0', 64)}  THIRD-PARTY-NOTICES.md\n");
        return release;
    }
}
