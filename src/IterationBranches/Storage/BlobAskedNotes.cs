using System.Globalization;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using IterationBranches.Provisioning;

namespace IterationBranches.Storage;

/// <summary>One empty append blob a track, <c>asked/{track}</c> in lower case, beside those of the locks: its metadata is the note, its ETag the version.</summary>
public sealed class BlobAskedNotes(BlobServiceClient storage) : IAskedNotes
{
    private const string SentAt = "sentat";
    private const string VisibleAt = "visibleat";

    public Task<AskedNote> ReadAsync(string track, CancellationToken cancellationToken) =>
        StorageException.AskAsync($"read the note of looks that were asked for, of track {track}", async () =>
        {
            try
            {
                return await FindAsync(track, cancellationToken);
            }
            catch (RequestFailedException missing) when (missing.Status == 404)
            {
                // It must be there before a message is sent: a version to write on is what keeps a late note away.
                await CreateAsync(track, cancellationToken);
                return await FindAsync(track, cancellationToken);
            }
        }, cancellationToken);

    public Task WriteAsync(AskedNote read, DateTimeOffset sentAt, DateTimeOffset visibleAt, CancellationToken cancellationToken) =>
        StorageException.AskAsync($"note that a look was asked for, of track {read.Track}", async () =>
        {
            try
            {
                await BlobOf(read.Track).SetMetadataAsync(
                    new Dictionary<string, string>
                    {
                        [SentAt] = sentAt.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
                        [VisibleAt] = visibleAt.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
                    },
                    new BlobRequestConditions { IfMatch = new ETag(read.Version) },
                    cancellationToken);
                return true;
            }
            catch (RequestFailedException changed) when (changed.Status is 404 or 412)
            {
                return false;
            }
        }, cancellationToken);

    public Task ClearAsync(string track, CancellationToken cancellationToken) =>
        StorageException.AskAsync($"clear the note of looks that were asked for, of track {track}", async () =>
        {
            try
            {
                await BlobOf(track).SetMetadataAsync(new Dictionary<string, string>(), cancellationToken: cancellationToken);
                return true;
            }
            catch (RequestFailedException missing) when (missing.Status == 404)
            {
                // Nothing is noted, and nothing can be on the version of a blob that is gone.
                return false;
            }
        }, cancellationToken);

    private async Task<AskedNote> FindAsync(string track, CancellationToken cancellationToken)
    {
        BlobProperties found = await BlobOf(track).GetPropertiesAsync(cancellationToken: cancellationToken);
        return new(track, Instant(found, SentAt), Instant(found, VisibleAt), found.ETag.ToString());
    }

    private static DateTimeOffset? Instant(BlobProperties blob, string name) =>
        blob.Metadata.TryGetValue(name, out var text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var instant) ? instant : null;

    private async Task CreateAsync(string track, CancellationToken cancellationToken)
    {
        await storage.GetBlobContainerClient(BlobTrackLocks.ContainerName).CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        await BlobOf(track).CreateIfNotExistsAsync(cancellationToken: cancellationToken);
    }

    private AppendBlobClient BlobOf(string track) =>
        storage.GetBlobContainerClient(BlobTrackLocks.ContainerName).GetAppendBlobClient($"asked/{track.ToLowerInvariant()}");
}
