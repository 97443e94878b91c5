using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using IterationBranches.Configuration;
using IterationBranches.Provisioning;
using IterationBranches.Sandbox.Azurite;
using IterationBranches.Storage;
using IterationBranches.Testing;
using IterationBranches.Testing.Faults;
using Microsoft.Extensions.DependencyInjection;

namespace IterationBranches.Tests.Storage;

/// <summary>One Azurite for all tests of the storage account; each has names of its own.</summary>
public sealed class StorageFixture : IAsyncLifetime
{
    private AzuriteProcess? _azurite;
    private int _names;

    public string ConnectionString => _azurite!.ConnectionString;

    public async ValueTask InitializeAsync() => _azurite = await AzuriteProcess.StartAsync();

    public ValueTask DisposeAsync() => _azurite!.DisposeAsync();

    public string NewName(string kind) => $"{kind}{Interlocked.Increment(ref _names)}";

    /// <summary>The queue as the app composes it.</summary>
    public ILookQueue Queue(string name) => Services(name).GetRequiredService<ILookQueue>();

    /// <param name="connectionString">Null: Azurite's own.</param>
    public ITrackLocks Locks(TimeProvider? clock = null, string? leaseDuration = null, string? connectionString = null) =>
        Services("any-queue", clock, leaseDuration, connectionString).GetRequiredService<ITrackLocks>();

    /// <summary>Azurite with something before it that sees what it is asked.</summary>
    public Task<AzuriteProxy> ProxyAsync(Action<string> sent) => AzuriteProxy.StartAsync(_azurite!, TimeProvider.System, sent);

    public IAskedNotes AskedNotes() => Services("any-queue").GetRequiredService<IAskedNotes>();

    /// <summary>As the Functions host reads it: with base64.</summary>
    public QueueClient Host(string name) => new(ConnectionString, name, new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 });

    public BlobContainerClient Blobs => new(ConnectionString, BlobTrackLocks.ContainerName);

    private ServiceProvider Services(string queue, TimeProvider? clock = null, string? leaseDuration = null, string? connectionString = null)
    {
        var values = SettingValues.Working();
        values["AzureWebJobsStorage"] = connectionString ?? ConnectionString;
        values["LeaseDuration"] = leaseDuration;
        values["ProvisionQueueName"] = queue;
        var settings = SettingsLoader.Load(values.ToConfiguration());
        Assert.Empty(settings.Problems);
        return new ServiceCollection().AddSingleton(settings).AddSingleton(clock ?? new ManualTime()).AddStorage().BuildServiceProvider();
    }
}

[CollectionDefinition(Name)]
public sealed class StorageGroup : ICollectionFixture<StorageFixture>
{
    public const string Name = "storage account";
}
