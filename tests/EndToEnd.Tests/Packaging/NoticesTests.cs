using System.Reflection;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using IterationBranches.EndToEnd.Tests.Sandbox;
using IterationBranches.Sandbox.App;

namespace IterationBranches.EndToEnd.Tests.Packaging;

/// <summary>THIRD-PARTY-NOTICES.md lists what is shipped, as the packages themselves declare it.</summary>
public sealed class NoticesTests(PublishedAppFixture app)
{
    private static readonly string s_packages = typeof(NoticesTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "Packages").Value!;

    // Of before licences had names.
    private static readonly Dictionary<string, string> s_addresses = new()
    {
        ["https://github.com/dotnet/corefx/blob/master/LICENSE.TXT"] = "MIT",
        ["https://go.microsoft.com/fwlink/?linkid=2028464"] = "MIT",
        ["https://github.com/Azure/azure-storage-net/blob/master/LICENSE.txt"] = "Apache-2.0",
    };

    // What the file says that such a package has.
    private static readonly Dictionary<string, string> s_files = new() { ["Apache.Arrow"] = "Apache-2.0", ["NCrontab.Signed"] = "Apache-2.0" };

    [Fact]
    public void Every_package_that_ships_is_listed_with_its_licence_and_no_other()
    {
        var shipped = Shipped().Select(package => $"| {package.Name} | {package.Licence} |").Order(StringComparer.OrdinalIgnoreCase).ToList();
        var listed = Notices().Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Select(line => line[..(line.IndexOf('|', line.IndexOf('|', 1) + 1) + 1)])
            .Skip(1).ToList();

        Assert.True(shipped.Count >= 15, $"only {shipped.Count} packages were found");
        Assert.Equal(shipped, listed);
    }

    [Fact]
    public void Every_licence_that_is_named_is_there_in_full()
    {
        var licences = Shipped().Select(package => package.Licence).Distinct();

        Assert.All(licences, licence => Assert.Contains($"## {licence}", Notices()));
    }

    private static string[] Notices() => File.ReadAllLines(Path.Combine(PublishedApp.FindRepository(), "THIRD-PARTY-NOTICES.md"));

    /// <summary>Those of the worker, of the extensions that its host loads, and of the command line, which is built along with the sandbox.</summary>
    private IEnumerable<(string Name, string Licence)> Shipped() =>
        new[] { Path.Combine(app.Directory, "IterationBranches.Functions.dll"), Path.Combine(app.Directory, ".azurefunctions", "function.dll"), CliCommand.Assembly }
            .SelectMany(ShippedWith).Distinct().Select(library => (library.Name, LicenceOf(library.Path))).Distinct();

    /// <summary>The packages of which an assembly is beside this one; the host has the others itself.</summary>
    private static IEnumerable<(string Name, string Path)> ShippedWith(string assembly)
    {
        var built = Directory.EnumerateFiles(Path.GetDirectoryName(assembly)!, "*.dll", SearchOption.AllDirectories).Select(Path.GetFileName).ToHashSet();
        var dependencies = JsonNode.Parse(File.ReadAllText(Path.ChangeExtension(assembly, ".deps.json")))!;
        return dependencies["targets"]!.AsObject()
            .SelectMany(target => target.Value!.AsObject())
            .Where(library => (string?)dependencies["libraries"]![library.Key]!["type"] == "package"
                && new[] { "runtime", "runtimeTargets" }.Any(kind => library.Value![kind] is JsonObject files && files.Any(file => built.Contains(Path.GetFileName(file.Key)))))
            .Select(library => (library.Key.Split('/')[0], (string)dependencies["libraries"]![library.Key]!["path"]!));
    }

    private static string LicenceOf(string path)
    {
        var metadata = XDocument.Load(Directory.EnumerateFiles(Path.Combine(s_packages, path), "*.nuspec").Single()).Root!.Elements().First(element => element.Name.LocalName == "metadata");
        XElement? Find(string name) => metadata.Elements().FirstOrDefault(element => element.Name.LocalName == name);
        return Find("license") switch
        {
            null => s_addresses[Find("licenseUrl")!.Value],
            var licence when (string?)licence.Attribute("type") == "file" => s_files[Find("id")!.Value],
            var licence => licence.Value,
        };
    }
}
