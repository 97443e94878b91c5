using System.Diagnostics;
using System.IO.Compression;
using System.Reflection.PortableExecutable;
using System.Security.Cryptography;
using System.Text.Json;
using IterationBranches.EndToEnd.Tests.Sandbox;
using IterationBranches.Sandbox.Packaging;

namespace IterationBranches.EndToEnd.Tests.Packaging;

/// <summary>What <c>package</c> makes of the sources.</summary>
[Collection(nameof(PackagedApp))]
public sealed class PackageTests(PackagedApp package)
{
    private static readonly string[] s_functions = ["Doctor", "PollIterations", "ProvisionBranch", "ReceiveServiceHook"];

    [Fact]
    public void What_the_Functions_host_reads_and_the_licences_are_at_the_root()
    {
        using var zip = ZipFile.OpenRead(package.Zip);
        var names = zip.Entries.Select(entry => entry.FullName).ToList();

        Assert.Empty(DeployableApp.Required.Concat(["LICENSE", "THIRD-PARTY-NOTICES.md"]).Except(names));
        Assert.Equal(names.Order(StringComparer.Ordinal), names);
    }

    [Fact]
    public void Every_function_is_in_what_the_host_reads()
    {
        var metadata = JsonElement.Parse(File.ReadAllBytes(Path.Combine(package.Root, "functions.metadata")));

        Assert.Equal(s_functions, metadata.EnumerateArray().Select(function => function.GetProperty("name").GetString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void No_time_is_told_in_it()
    {
        using var zip = ZipFile.OpenRead(package.Zip);

        Assert.All(zip.Entries, entry => Assert.Equal(new DateTime(1980, 1, 1, 0, 0, 0, DateTimeKind.Unspecified), entry.LastWriteTime.DateTime));
    }

    [Fact]
    public void The_worker_that_the_host_is_to_start_is_in_it_compiled_ahead_for_the_dotnet_of_the_platform()
    {
        var description = JsonElement.Parse(File.ReadAllBytes(Path.Combine(package.Root, "worker.config.json"))).GetProperty("description");

        Assert.Equal("dotnet", description.GetProperty("defaultExecutablePath").GetString());
        Assert.Equal(Path.GetFileName(package.Worker), description.GetProperty("defaultWorkerPath").GetString());
        using var file = new PEReader(File.OpenRead(package.Worker));
        Assert.NotEqual(0, file.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size);
        Assert.False(File.Exists(Path.Combine(package.Root, "System.Private.CoreLib.dll")));
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
    public void The_app_has_the_version_that_it_was_made_with()
    {
        var version = FileVersionInfo.GetVersionInfo(package.Worker).ProductVersion;

        // The commit follows, where the sources are in one.
        Assert.Equal(PackagedApp.Version, version?.Split('+')[0]);
    }

    [Theory]
    [InlineData("--version", "v1.0", "--version is 'v1.0'; it must be a version as 1.2.3")]
    [InlineData("--runtime", "linux", "'linux'")]
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
}
