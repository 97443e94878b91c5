using System.Reflection;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using IterationBranches.Sandbox.App;
using IterationBranches.Sandbox.Packaging;

namespace IterationBranches.EndToEnd.Tests.Packaging;

/// <summary>THIRD-PARTY-NOTICES.md lists what is shipped, as the packages themselves declare it.</summary>
public sealed class NoticesTests
{
    private static readonly string[] s_projects = [DeployableApp.Project, "src/Cli"];

    // Of before licences had names.
    private static readonly Dictionary<string, string> s_addresses = new()
    {
        ["https://github.com/dotnet/corefx/blob/master/LICENSE.TXT"] = "MIT",
        ["https://go.microsoft.com/fwlink/?linkid=2028464"] = "MIT",
        ["https://github.com/Azure/azure-storage-net/blob/master/LICENSE.txt"] = "Apache-2.0",
    };

    // What the file says that such a package has.
    private static readonly Dictionary<string, string> s_files = new() { ["Apache.Arrow"] = "Apache-2.0" };

    [Fact]
    public void Every_package_that_ships_is_listed_with_its_licence_and_no_other()
    {
        var shipped = s_projects.SelectMany(Shipped).Distinct().Select(package => $"| {package.Name} | {package.Licence} |").Order(StringComparer.OrdinalIgnoreCase).ToList();
        var listed = Notices().Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Select(line => line[..(line.IndexOf('|', line.IndexOf('|', 1) + 1) + 1)])
            .Skip(1).ToList();

        Assert.True(shipped.Count >= 15, $"only {shipped.Count} packages were found");
        Assert.Equal(shipped, listed);
    }

    [Fact]
    public void Every_licence_that_is_named_is_there_in_full()
    {
        var licences = s_projects.SelectMany(Shipped).Select(package => package.Licence).Distinct();

        Assert.All(licences, licence => Assert.Contains($"## {licence}", Notices()));
    }

    private static string[] Notices() => File.ReadAllLines(Path.Combine(PublishedApp.FindRepository(), "THIRD-PARTY-NOTICES.md"));

    /// <summary>The packages of the last restore of which an assembly is in what was built; analyzers and the like do not ship.</summary>
    private static IEnumerable<(string Name, string Licence)> Shipped(string project)
    {
        // Not what was published for a runtime, which has the framework's own assemblies too.
        var output = Path.Combine(Below(project, "bin"), typeof(NoticesTests).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration, "net10.0");
        var built = Directory.EnumerateFiles(output, "*.dll", SearchOption.AllDirectories).Select(Path.GetFileName).ToHashSet();
        return Restores(project).SelectMany(assets => Shipped(JsonNode.Parse(File.ReadAllText(assets))!, built)).Distinct();
    }

    private static IEnumerable<(string Name, string Licence)> Shipped(JsonNode assets, HashSet<string?> built)
    {
        var folders = assets["packageFolders"]!.AsObject().Select(folder => folder.Key).ToList();
        return assets["targets"]!.AsObject()
            .SelectMany(target => target.Value!.AsObject())
            .Where(library => (string?)library.Value!["type"] == "package"
                && new[] { "runtime", "runtimeTargets" }.Any(kind => library.Value[kind] is JsonObject files && files.Any(file => built.Contains(Path.GetFileName(file.Key)))))
            .Select(library => library.Key)
            .Distinct()
            .Select(library => (library.Split('/')[0], LicenceOf(folders, (string)assets["libraries"]![library]!["path"]!)));
    }

    /// <summary>That of the project; and for the worker, that of the extensions that its host loads.</summary>
    private static IEnumerable<string> Restores(string project) => Directory.EnumerateFiles(Below(project, "obj"), "project.assets.json", SearchOption.AllDirectories);

    private static string Below(string project, string folder) => Path.Combine(PublishedApp.FindRepository(), project, folder);

    private static string LicenceOf(IEnumerable<string> folders, string path)
    {
        var package = folders.Select(folder => Path.Combine(folder, path)).First(Directory.Exists);
        var metadata = XDocument.Load(Directory.EnumerateFiles(package, "*.nuspec").Single()).Root!.Elements().First(element => element.Name.LocalName == "metadata");
        XElement? Find(string name) => metadata.Elements().FirstOrDefault(element => element.Name.LocalName == name);
        return Find("license") switch
        {
            null => s_addresses[Find("licenseUrl")!.Value],
            var licence when (string?)licence.Attribute("type") == "file" => s_files[Find("id")!.Value],
            var licence => licence.Value,
        };
    }
}
