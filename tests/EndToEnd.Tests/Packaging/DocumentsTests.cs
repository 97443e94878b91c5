using System.Text.RegularExpressions;
using System.Xml.Linq;
using IterationBranches.Sandbox.App;

namespace IterationBranches.EndToEnd.Tests.Packaging;

/// <summary>CHANGELOG.md and SECURITY.md follow the sources and the other documents.</summary>
public sealed partial class DocumentsTests
{
    [Fact]
    public void The_version_of_the_sources_has_its_section_in_the_change_log()
    {
        var version = XDocument.Parse(Read("Directory.Build.props")).Descendants("Version").Single().Value;

        Assert.Contains($"\n## [{version}]", Read("CHANGELOG.md"), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_permission_that_the_settings_and_the_guide_ask_for_is_explained()
    {
        var setUp = Section(Path.Combine("docs", "settings.md"), "What the app needs from each system") + Section(Path.Combine("infra", "README.md"), "1. The service token");
        var permissions = PermissionPattern().Matches(setUp).Select(match => match.Value).Distinct().ToList();

        Assert.Contains("`connect_branch`", permissions);
        Assert.Contains("`getSecret`", permissions);
        Assert.All(permissions, permission => Assert.Contains(permission, Read("SECURITY.md"), StringComparison.Ordinal));
    }

    private static string Section(string file, string heading) => Read(file).Split("\n## ").Single(section => section.StartsWith(heading, StringComparison.Ordinal));

    private static string Read(string file) => File.ReadAllText(Path.Combine(PublishedApp.FindRepository(), file));

    // PlanetScale's are in small letters with _, Key Vault's data actions are known by name.
    [GeneratedRegex("`([a-z]+(_[a-z]+)+|getSecret|readMetadata|setSecret|update|recover|delete)`", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PermissionPattern();
}
