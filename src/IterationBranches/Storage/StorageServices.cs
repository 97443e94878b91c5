using Azure.Core;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using IterationBranches.Configuration;
using IterationBranches.Provisioning;
using Microsoft.Extensions.DependencyInjection;

namespace IterationBranches.Storage;

public static class StorageServices
{
    public static IServiceCollection AddStorage(this IServiceCollection services)
    {
        services.AddSingleton(provider => Queues(provider.GetRequiredService<Settings>().Storage));
        services.AddSingleton(provider => Blobs(provider.GetRequiredService<Settings>().Storage));
        services.AddSingleton<ILookQueue>(provider => new StorageLookQueue(
            provider.GetRequiredService<QueueServiceClient>(), provider.GetRequiredService<Settings>().Storage.QueueName));
        services.AddSingleton<ITrackLocks>(provider => new BlobTrackLocks(
            provider.GetRequiredService<BlobServiceClient>(), provider.GetRequiredService<Settings>().Storage.LeaseDuration, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IHookNotes>(provider => new BlobHookNotes(provider.GetRequiredService<BlobServiceClient>()));
        return services;
    }

    private static QueueServiceClient Queues(StorageSettings settings)
    {
        // The Functions host decodes base64 by default, and the client's default is none.
        var options = new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 };
        return settings.ConnectionString is { } connection
            ? new(connection, options)
            : new(settings.QueueServiceUri, Credential(settings), options);
    }

    private static BlobServiceClient Blobs(StorageSettings settings) =>
        settings.ConnectionString is { } connection ? new(connection) : new(settings.BlobServiceUri, Credential(settings));

    private static TokenCredential Credential(StorageSettings settings) => AppIdentity.Of(settings.ClientId);
}
