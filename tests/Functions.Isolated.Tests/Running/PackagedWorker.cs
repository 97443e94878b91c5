using System.IO.Compression;
using IterationBranches.Functions.Isolated.Tests.Running;
using IterationBranches.Sandbox.App;
using IterationBranches.Sandbox.Packaging;

[assembly: AssemblyFixture(typeof(PackagedWorker))]

namespace IterationBranches.Functions.Isolated.Tests.Running;

/// <summary>The worker's deployment zip, made once for all tests as <c>package</c> makes it, and unpacked.</summary>
public sealed class PackagedWorker : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("iteration-branches-isolated-");
    private readonly Lazy<Task<string>> _unpacked;

    public PackagedWorker() => _unpacked = new(UnpackAsync);

    /// <summary>The app root.</summary>
    public Task<string> RootAsync() => _unpacked.Value;

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    private async Task<string> UnpackAsync()
    {
        var made = await Package.MakeAsync(
            PublishedApp.Runtime, version: null, Path.Combine(_folder.FullName, "isolated.zip"), _ => { }, CancellationToken.None);
        var root = Path.Combine(_folder.FullName, "wwwroot");
        await ZipFile.ExtractToDirectoryAsync(made.Path, root);
        return root;
    }
}
