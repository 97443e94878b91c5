using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using IterationBranches.Sandbox.Cloud;
using IterationBranches.Storage;

namespace IterationBranches.Cli.Tests;

/// <summary>Everything outside as the app needs it, for a process that looks at it.</summary>
public sealed class CloudFixture : IAsyncLifetime
{
    private SandboxCloud? _cloud;

    /// <summary>The app's settings.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; private set; } = new Dictionary<string, string>();

    public async ValueTask InitializeAsync()
    {
        _cloud = await SandboxCloud.StartAsync(TimeProvider.System, new(), _ => { }, CancellationToken.None);
        Seed.Plant(_cloud, DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime));
        Settings = _cloud.Settings(new()).Concat(Seed.Settings()).ToDictionary();
        await new QueueClient(_cloud.Storage.ConnectionString, Settings["ProvisionQueueName"]).CreateAsync();
        await new BlobContainerClient(_cloud.Storage.ConnectionString, BlobTrackLocks.ContainerName).CreateAsync();
    }

    public ValueTask DisposeAsync() => _cloud?.DisposeAsync() ?? ValueTask.CompletedTask;
}
