using System.IO.Compression;
using IterationBranches.EndToEnd.Tests.Sandbox;

namespace IterationBranches.EndToEnd.Tests.Packaging;

/// <summary>The tests of the one package; it takes its time to be made.</summary>
[CollectionDefinition(nameof(PackagedApp))]
public sealed class PackagedAppTests : ICollectionFixture<PackagedApp>;

/// <summary>The deployment zip, made once by the command of the README, and unpacked as Azure does: with the permissions that it holds.</summary>
public sealed class PackagedApp : IAsyncLifetime
{
    public const string Version = "9.8.7-rc.1";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("iteration-branches-package-");

    public string Zip => Path.Combine(_folder.FullName, "iteration-branches.zip");

    public string Root => Path.Combine(_folder.FullName, "wwwroot");

    public string Worker => Path.Combine(Root, "IterationBranches.Functions.dll");

    public string Printed { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        var (exitCode, output, errors) = await AppProcess.RunAsync(AppProcess.StartSandbox("package", "--output", Zip, "--version", Version, "--runtime", "linux-x64"));
        Assert.True(exitCode == 0, output + errors);
        Printed = output;
        await ZipFile.ExtractToDirectoryAsync(Zip, Root);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}
