using IterationBranches.Sandbox.Azurite;

namespace IterationBranches.Testing.Faults;

/// <summary>Azurite's blobs and queues with a <see cref="StorageProxy"/> before each; for the app, while others go to Azurite itself.</summary>
public sealed class AzuriteProxy : IAsyncDisposable
{
    private readonly AzuriteProcess _azurite;

    private AzuriteProxy(AzuriteProcess azurite, TimeProvider clock, Action<string>? sent)
    {
        _azurite = azurite;
        Blobs = new(azurite.BlobUri, StorageOperation.OfBlobs, clock, sent);
        Queues = new(azurite.QueueUri, StorageOperation.OfQueues, clock, sent);
    }

    public StorageProxy Blobs { get; }

    public StorageProxy Queues { get; }

    /// <summary>Azurite's own, but for the two addresses.</summary>
    public string ConnectionString => _azurite.ConnectionString
        .Replace(_azurite.BlobUri.AbsoluteUri, new Uri(Blobs.Address, _azurite.AccountName).AbsoluteUri, StringComparison.Ordinal)
        .Replace(_azurite.QueueUri.AbsoluteUri, new Uri(Queues.Address, _azurite.AccountName).AbsoluteUri, StringComparison.Ordinal);

    /// <param name="sent">See <see cref="StorageProxy"/>.</param>
    public static async Task<AzuriteProxy> StartAsync(AzuriteProcess azurite, TimeProvider clock, Action<string>? sent = null)
    {
        var proxy = new AzuriteProxy(azurite, clock, sent);
        await proxy.Blobs.StartAsync();
        await proxy.Queues.StartAsync();
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await Blobs.DisposeAsync();
        await Queues.DisposeAsync();
    }
}
