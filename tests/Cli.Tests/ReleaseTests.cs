using System.IO.Compression;
using System.Text;
using System.Xml.Linq;
using IterationBranches.Sandbox.App;

namespace IterationBranches.Cli.Tests;

/// <summary>What a release has of the command line: a .NET tool, and one file for each system.</summary>
public sealed class ReleaseTests : IDisposable
{
    private static readonly string s_executable = OperatingSystem.IsWindows() ? "iteration-branches.exe" : "iteration-branches";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("iteration-branches-cli-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task The_tool_is_installed_from_its_package_alone_and_runs()
    {
        var (packages, tools) = (Path.Combine(_folder.FullName, "packages"), Path.Combine(_folder.FullName, "tools"));
        await PublishedCli.MakeAsync(packages, "pack");
        // Asks no other source: the package holds all that it needs.
        var configuration = Path.Combine(_folder.FullName, "nuget.config");
        await File.WriteAllTextAsync(configuration, $"""<configuration><packageSources><clear /><add key="release" value="{packages}" /></packageSources></configuration>""");

        await PublishedApp.RunAsync(
            ["tool", "install", "IterationBranches.Cli", "--tool-path", tools, "--configfile", configuration, "--version", PublishedCli.Version], CancellationToken.None);
        var (exitCode, output) = await PublishedCli.RunAsync(Path.Combine(tools, s_executable), "--version");

        Assert.Equal((0, PublishedCli.Version), (exitCode, output.Trim().Split('+')[0]));
        AssertSaysWhoseItIs(Assert.Single(Directory.GetFiles(packages)));
    }

    [Fact]
    public async Task Published_for_this_system_it_is_one_file_that_needs_nothing_beside_it()
    {
        await PublishedCli.MakeAsync(_folder.FullName, "publish", "-r", PublishedApp.Runtime);

        var file = Assert.Single(Directory.GetFileSystemEntries(_folder.FullName));
        var version = await PublishedCli.RunAsync(file, "--version");
        var help = await PublishedCli.RunAsync(file, "--help");

        Assert.Equal(s_executable, Path.GetFileName(file));
        Assert.Equal((0, PublishedCli.Version), (version.ExitCode, version.Output.Trim().Split('+')[0]));
        Assert.Equal((0, (await Desk.RunAsync([], "--help")).Output), help);
    }

    /// <summary>Of the systems, that which leaves a file beside the executable if it is let.</summary>
    [Fact]
    public async Task Published_for_Windows_it_is_one_file_too()
    {
        await PublishedCli.MakeAsync(_folder.FullName, "publish", "-r", "win-x64");

        var file = Assert.Single(Directory.GetFileSystemEntries(_folder.FullName));
        await using var stream = File.OpenRead(file);
        var start = new byte[2];
        await stream.ReadExactlyAsync(start);
        Assert.Equal(("iteration-branches.exe", "MZ"), (Path.GetFileName(file), Encoding.ASCII.GetString(start)));
    }

    private static void AssertSaysWhoseItIs(string package)
    {
        using var zip = ZipFile.OpenRead(package);
        using var nuspec = zip.Entries.Single(entry => entry.Name == "IterationBranches.Cli.nuspec").Open();
        var metadata = XDocument.Load(nuspec).Descendants().ToLookup(element => element.Name.LocalName, element => element.Value);

        Assert.Superset(new HashSet<string> { "README.md", "LICENSE", "THIRD-PARTY-NOTICES.md" }, zip.Entries.Select(entry => entry.FullName).ToHashSet());
        Assert.Equal(("MIT", "README.md"), (metadata["license"].Single(), metadata["readme"].Single()));
    }
}
