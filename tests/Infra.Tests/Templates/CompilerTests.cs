using System.Diagnostics;
using System.Reflection;
using IterationBranches.Testing;

namespace IterationBranches.Infra.Tests.Templates;

/// <summary>What the Bicep compiler says: of names, types and kinds, as Azure publishes them, and of style.</summary>
public sealed class CompilerTests
{
    public static TheoryData<string> Files => TemplateTests.Files;

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_template_builds_and_nothing_is_found_in_it(string path)
    {
        var file = Path.Combine(Repository.Root, "infra", path);

        var (built, template, warnings) = await RunAsync("build", file, "--stdout");
        var (linted, _, findings) = await RunAsync("lint", file);

        Assert.True((built, linted) == (0, 0), warnings + findings);
        Assert.Equal("", warnings + findings);
        Assert.Contains("deploymentTemplate.json", template, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_example_fits_the_template()
    {
        var (exitCode, parameters, findings) = await RunAsync("build-params", Path.Combine(Repository.Root, "infra", "main.bicepparam"), "--stdout");

        Assert.True(exitCode == 0, findings);
        Assert.Equal("", findings);
        Assert.Contains("dryRun", parameters, StringComparison.Ordinal);
    }

    /// <summary>A compiler that finds nothing would be as good as none.</summary>
    [Fact]
    public async Task A_property_that_Azure_does_not_know_is_found()
    {
        using var broken = new ChangedTemplate("storage.bicep", "allowSharedKeyAccess: false", "allowSharedKeys: false");

        var (_, _, findings) = await RunAsync("build", broken.Path, "--stdout");

        Assert.Contains("BCP037", findings, StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, string Output, string Findings)> RunAsync(params string[] arguments)
    {
        var metadata = typeof(CompilerTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().ToDictionary(attribute => attribute.Key, attribute => attribute.Value!);
        var bicep = Path.Combine(metadata["Packages"], metadata["Bicep"] + (OperatingSystem.IsWindows() ? ".exe" : ""));
        using var process = Process.Start(new ProcessStartInfo(bicep, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        return await process.EndAsync();
    }

    /// <summary>A module with one thing changed, in a folder of its own.</summary>
    private sealed class ChangedTemplate : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bicep-");

        public ChangedTemplate(string module, string former, string changed)
        {
            var text = File.ReadAllText(System.IO.Path.Combine(Repository.Root, "infra", "modules", module));
            Assert.Contains(former, text, StringComparison.Ordinal);
            File.WriteAllText(Path, text.Replace(former, changed, StringComparison.Ordinal));
        }

        public string Path => System.IO.Path.Combine(_folder.FullName, "changed.bicep");

        public void Dispose() => _folder.Delete(recursive: true);
    }
}
