using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;

namespace IterationBranches.Storage;

/// <summary>Finds out what the app may do in the storage account, and leaves nothing behind.</summary>
public sealed class StorageAccess(QueueServiceClient queues, BlobServiceClient blobs)
{
    /// <summary>A day more than the longest that the service takes (https://learn.microsoft.com/rest/api/storageservices/put-message): whoever may put messages is told so, and nothing is put.</summary>
    private static readonly TimeSpan s_tooLong = TimeSpan.FromDays(8);

    private static readonly TimeSpan s_lease = TimeSpan.FromSeconds(15);

    /// <summary>Peeks, and counts.</summary>
    /// <returns>About how many messages there are, visible or not; null: there is no such queue.</returns>
    public Task<int?> CountAsync(string queueName, CancellationToken cancellationToken) =>
        StorageException.AskAsync<int?>($"read the queue {queueName}", async () =>
        {
            var queue = queues.GetQueueClient(queueName);
            try
            {
                await queue.PeekMessagesAsync(1, cancellationToken);
                return (await queue.GetPropertiesAsync(cancellationToken)).Value.ApproximateMessagesCount;
            }
            catch (RequestFailedException missing) when (missing.ErrorCode == QueueErrorCode.QueueNotFound)
            {
                return null;
            }
        }, cancellationToken);

    /// <summary>Throws when the app may not put messages on the queue.</summary>
    public Task MaySendAsync(string queueName, CancellationToken cancellationToken) =>
        StorageException.AskAsync($"put a message on the queue {queueName}", async () =>
        {
            try
            {
                await queues.GetQueueClient(queueName).SendMessageAsync("", s_tooLong, TimeSpan.FromSeconds(1), cancellationToken);
            }
            catch (RequestFailedException refused) when (refused.Status == 400)
            {
                // As it must be.
            }

            return true;
        }, cancellationToken);

    /// <summary>Takes the lease of a blob of its own, as of a track's lock, and takes it all away again. Throws when the app may not.</summary>
    /// <returns>Whether the container is there; without it nothing more is tried.</returns>
    public Task<bool> MayLeaseAsync(CancellationToken cancellationToken) =>
        StorageException.AskAsync($"take a lease in the container {BlobTrackLocks.ContainerName}", async () =>
        {
            var blob = blobs.GetBlobContainerClient(BlobTrackLocks.ContainerName).GetAppendBlobClient($"doctor/{Guid.NewGuid():N}");
            try
            {
                await blob.CreateAsync(cancellationToken: cancellationToken);
            }
            catch (RequestFailedException missing) when (missing.ErrorCode == BlobErrorCode.ContainerNotFound)
            {
                return false;
            }

            // With an id of its own, which is known even when the answer is lost.
            var lease = blob.GetBlobLeaseClient();
            try
            {
                await lease.AcquireAsync(s_lease, cancellationToken: cancellationToken);
                await lease.ReleaseAsync(cancellationToken: cancellationToken);
            }
            finally
            {
                await DeleteAsync(blob, lease.LeaseId);
            }

            return true;
        }, cancellationToken);

    /// <summary>Whether the lease is held or not, and though nobody waits any more.</summary>
    private static async Task DeleteAsync(AppendBlobClient blob, string leaseId)
    {
        try
        {
            await blob.DeleteIfExistsAsync(cancellationToken: CancellationToken.None);
        }
        catch (RequestFailedException held) when (held.ErrorCode == BlobErrorCode.LeaseIdMissing)
        {
            await blob.DeleteIfExistsAsync(conditions: new() { LeaseId = leaseId }, cancellationToken: CancellationToken.None);
        }
    }
}
