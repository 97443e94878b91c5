using System.Text.Json.Nodes;
using System.Xml.Linq;
using IterationBranches.Sandbox.App;
using IterationBranches.Sandbox.Packaging;

namespace IterationBranches.EndToEnd.Tests.Packaging;

/// <summary>THIRD-PARTY-NOTICES.md lists what is shipped, as the packages themselves declare it.</summary>
public sealed class NoticesTests
{
    // Of before licences had names.
    private static readonly Dictionary<string, string> s_addresses = new() { ["https://github.com/dotnet/corefx/blob/master/LICENSE.TXT"] = "MIT" };

    [Fact]
    public void Every_package_that_ships_is_listed_with_its_licence_and_no_other()
    {
        var shipped = DeployableHost.All.SelectMany(Shipped).Distinct().Select(package => $"| {package.Name} | {package.Licence} |").Order(StringComparer.OrdinalIgnoreCase).ToList();
        var listed = Notices().Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Select(line => line[..(line.IndexOf('|', line.IndexOf('|', 1) + 1) + 1)])
            .Skip(1).ToList();

        Assert.True(shipped.Count >= 15, $"only {shipped.Count} packages were found");
        Assert.Equal(shipped, listed);
    }

    [Fact]
    public void Every_licence_that_is_named_is_there_in_full()
    {
        var licences = DeployableHost.All.SelectMany(Shipped).Select(package => package.Licence).Distinct();

        Assert.All(licences, licence => Assert.Contains($"## {licence}", Notices()));
    }

    private static string[] Notices() => File.ReadAllLines(Path.Combine(PublishedApp.FindRepository(), "THIRD-PARTY-NOTICES.md"));

    /// <summary>The packages of the last restore that have an assembly for the run time; analyzers and the like do not ship.</summary>
    private static IEnumerable<(string Name, string Licence)> Shipped(DeployableHost host)
    {
        var assets = JsonNode.Parse(File.ReadAllText(Path.Combine(PublishedApp.FindRepository(), host.Project, "obj", "project.assets.json")))!;
        var folders = assets["packageFolders"]!.AsObject().Select(folder => folder.Key).ToList();
        return assets["targets"]!.AsObject()
            .SelectMany(target => target.Value!.AsObject())
            .Where(library => (string?)library.Value!["type"] == "package"
                && library.Value["runtime"] is JsonObject runtime && runtime.Any(file => !file.Key.EndsWith("_._", StringComparison.Ordinal)))
            .Select(library => library.Key)
            .Distinct()
            .Select(library => (library.Split('/')[0], LicenceOf(folders, (string)assets["libraries"]![library]!["path"]!)));
    }

    private static string LicenceOf(IEnumerable<string> folders, string path)
    {
        var package = folders.Select(folder => Path.Combine(folder, path)).First(Directory.Exists);
        var metadata = XDocument.Load(Directory.EnumerateFiles(package, "*.nuspec").Single()).Root!.Elements().First(element => element.Name.LocalName == "metadata");
        string? Value(string name) => metadata.Elements().FirstOrDefault(element => element.Name.LocalName == name)?.Value;
        return Value("license") ?? s_addresses[Value("licenseUrl")!];
    }
}
