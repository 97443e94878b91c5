using System.IO.Compression;
using System.Security.Cryptography;
using IterationBranches.EndToEnd.Tests.Sandbox;
using IterationBranches.Sandbox.App;
using IterationBranches.Sandbox.Packaging;

namespace IterationBranches.EndToEnd.Tests.Packaging;

/// <summary>What <c>package</c> makes of the sources.</summary>
[Collection(nameof(PackagedApp))]
public sealed class PackageTests(PackagedApp package)
{
    private static readonly string[] s_names =
        ["LICENSE", "PollIterations/function.json", "ProvisionBranch/function.json", "ReceiveServiceHook/function.json", "THIRD-PARTY-NOTICES.md", "host.json", "iteration-branches"];

    [Fact]
    public void Host_json_the_executable_and_a_folder_for_each_function_are_at_the_root_and_nothing_else()
    {
        using var zip = ZipFile.OpenRead(package.Zip);
        var names = zip.Entries.Select(entry => entry.FullName).ToList();

        Assert.Empty(s_names.Except(names));
        Assert.Equal(names.Order(StringComparer.Ordinal), names);
        Assert.All(names.Except(s_names), name => Assert.EndsWith("/function.json", name, StringComparison.Ordinal));
    }

    [Fact]
    public void The_executable_alone_may_be_run_and_no_time_is_told()
    {
        using var zip = ZipFile.OpenRead(package.Zip);

        Assert.All(zip.Entries, entry => Assert.Equal(
            entry.FullName == "iteration-branches" ? "-rwxr-xr-x" : "-rw-r--r--", Permissions(entry)));
        Assert.All(zip.Entries, entry => Assert.Equal(new DateTime(1980, 1, 1, 0, 0, 0, DateTimeKind.Unspecified), entry.LastWriteTime.DateTime));
    }

    [Fact]
    public void The_permissions_are_there_when_it_is_unpacked()
    {
        // Windows has none.
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(package.Executable).HasFlag(UnixFileMode.UserExecute));
        Assert.True(OperatingSystem.IsWindows() || !File.GetUnixFileMode(Path.Combine(package.Root, "host.json")).HasFlag(UnixFileMode.UserExecute));
    }

    [Fact]
    public async Task The_command_says_where_it_is_and_its_checksum()
    {
        await using var zip = File.OpenRead(package.Zip);

        Assert.Contains(package.Zip, package.Printed, StringComparison.Ordinal);
        Assert.Contains($"{zip.Length} bytes", package.Printed, StringComparison.Ordinal);
        Assert.Contains($"SHA-256 {Convert.ToHexStringLower(await SHA256.HashDataAsync(zip))}", package.Printed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_executable_says_the_version_that_it_was_made_with()
    {
        Assert.SkipUnless(PublishedApp.Runtime is "linux-x64", "the package is for linux-x64");

        var (exitCode, output, _) = await AppCommand.RunAsync(package.Root, ["--version"], new Dictionary<string, string>());

        Assert.Equal(0, exitCode);
        // The commit follows, where the sources are in one.
        Assert.Matches($@"^{PackagedApp.Version.Replace(".", @"\.", StringComparison.Ordinal)}(\+[0-9a-f]+)?$", output.Trim());
    }

    [Theory]
    [InlineData("--version", "v1.0", "--version is 'v1.0'; it must be a version as 1.2.3")]
    [InlineData("--runtime", "linux", "'linux'")]
    [InlineData("--host", "dapr", "'dapr'")]
    public async Task A_wrong_option_is_named(string option, string value, string expected)
    {
        var (exitCode, _, errors) = await AppProcess.RunAsync(AppProcess.StartSandbox("package", "--output", package.Zip + ".other", option, value));

        Assert.Equal(2, exitCode);
        Assert.Contains(expected, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_an_output_nothing_is_made()
    {
        var (exitCode, _, errors) = await AppProcess.RunAsync(AppProcess.StartSandbox("package"));

        Assert.Equal(2, exitCode);
        Assert.Contains("--output", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_package_is_not_overwritten()
    {
        var file = Path.Combine(Path.GetDirectoryName(package.Zip)!, "thesis.zip");
        await File.WriteAllTextAsync(file, "years of work");

        var (exitCode, _, errors) = await AppProcess.RunAsync(AppProcess.StartSandbox("package", "--output", file));

        Assert.Equal(2, exitCode);
        Assert.Contains("is there already and is not a zip", errors, StringComparison.Ordinal);
        Assert.Equal("years of work", await File.ReadAllTextAsync(file));
    }

    [Fact]
    public void Every_host_has_its_own_name_and_its_sources_are_there()
    {
        Assert.Equal(DeployableHost.All.Count, DeployableHost.All.Select(host => host.Name).Distinct().Count());
        Assert.All(DeployableHost.All, host => Assert.True(Directory.Exists(Path.Combine(PublishedApp.FindRepository(), host.Project)), host.Project));
    }

    private static string Permissions(ZipArchiveEntry entry)
    {
        var mode = (entry.ExternalAttributes >> 16) & 0xFFFF;
        return (mode >> 12 == 8 ? "-" : "?") + string.Concat(Enumerable.Range(0, 9).Select(bit => (mode & (256 >> bit)) != 0 ? "rwx"[bit % 3] : '-'));
    }
}
