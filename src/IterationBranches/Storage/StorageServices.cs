using Azure.Core;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using IterationBranches.Configuration;
using IterationBranches.Provisioning;
using Microsoft.Extensions.DependencyInjection;

namespace IterationBranches.Storage;

public static class StorageServices
{
    /// <summary>The clients' own, 100 seconds, is longer than a lease lasts; what is asked for here is small, and is tried four times.</summary>
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);

    public static IServiceCollection AddStorage(this IServiceCollection services)
    {
        services.AddSingleton(provider => Queues(provider.GetRequiredService<Settings>().Storage));
        services.AddSingleton(provider => Blobs(provider.GetRequiredService<Settings>().Storage));
        services.AddSingleton<ILookQueue>(provider => new StorageLookQueue(
            provider.GetRequiredService<QueueServiceClient>(), provider.GetRequiredService<Settings>().Storage.QueueName));
        services.AddSingleton<ITrackLocks>(provider => new BlobTrackLocks(
            provider.GetRequiredService<BlobServiceClient>(), provider.GetRequiredService<Settings>().Storage.LeaseDuration, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<StorageAccess>();
        services.AddSingleton<IAskedNotes>(provider => new BlobAskedNotes(provider.GetRequiredService<BlobServiceClient>()));
        return services;
    }

    // The Functions host decodes base64 by default, and the client's default is none.
    internal static QueueClientOptions QueueOptions() => new() { MessageEncoding = QueueMessageEncoding.Base64, Retry = { NetworkTimeout = s_timeout } };

    internal static BlobClientOptions BlobOptions() => new() { Retry = { NetworkTimeout = s_timeout } };

    private static QueueServiceClient Queues(StorageSettings settings) => settings.ConnectionString is { } connection
        ? new(connection, QueueOptions())
        : new(settings.QueueServiceUri, Credential(settings), QueueOptions());

    private static BlobServiceClient Blobs(StorageSettings settings) => settings.ConnectionString is { } connection
        ? new(connection, BlobOptions())
        : new(settings.BlobServiceUri, Credential(settings), BlobOptions());

    private static TokenCredential Credential(StorageSettings settings) => AppIdentity.Of(settings.Identity);
}
