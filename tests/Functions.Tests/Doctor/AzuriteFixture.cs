using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using IterationBranches.Sandbox.Azurite;
using IterationBranches.Storage;
using IterationBranches.Testing.Faults;

namespace IterationBranches.Functions.Tests.Doctor;

/// <summary>One Azurite for all tests of the doctor; each has a queue of its own.</summary>
public sealed class AzuriteFixture : IAsyncLifetime
{
    private AzuriteProcess? _azurite;
    private int _queues;

    public BlobContainerClient Container => new(_azurite!.ConnectionString, BlobTrackLocks.ContainerName);

    public string NewQueueName() => $"provision-branch-{Interlocked.Increment(ref _queues)}";

    public Task<AzuriteProxy> ProxyAsync(TimeProvider clock) => AzuriteProxy.StartAsync(_azurite!, clock);

    public QueueClient Queue(string name) => new(_azurite!.ConnectionString, name);

    public async ValueTask InitializeAsync()
    {
        _azurite = await AzuriteProcess.StartAsync();
        await Container.CreateAsync();
    }

    public ValueTask DisposeAsync() => _azurite!.DisposeAsync();
}

[CollectionDefinition(Name)]
public sealed class DoctorGroup : ICollectionFixture<AzuriteFixture>
{
    public const string Name = "doctor";
}
