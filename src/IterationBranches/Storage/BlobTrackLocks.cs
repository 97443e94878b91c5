using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using IterationBranches.Provisioning;
using IterationBranches.Records;

namespace IterationBranches.Storage;

/// <summary>One append blob a track, <c>locks/{track}</c> in lower case: its lease is the lock, its metadata the memory.</summary>
public sealed partial class BlobTrackLocks(BlobServiceClient storage, TimeSpan leaseDuration, TimeProvider clock) : ITrackLocks
{
    public const string ContainerName = "iteration-branches";

    private const int MaximumLength = 6 * 1024;

    /// <summary>Of branches or secrets; a name has at most 127 characters, and more are not there at a time.</summary>
    private const int MostNames = 8;

    private static readonly int[] s_reasons = [250, 100, 40, 0];

    public Task<ITrackLease?> TryTakeAsync(string track, CancellationToken cancellationToken) =>
        StorageException.AskAsync<ITrackLease?>($"take the lease of track {track}", async () =>
        {
            var blob = BlobOf(track);
            try
            {
                return await TakeAsync(blob, track, cancellationToken);
            }
            catch (RequestFailedException missing) when (missing.Status == 404)
            {
                await storage.GetBlobContainerClient(ContainerName).CreateIfNotExistsAsync(cancellationToken: cancellationToken);
                await CreateAsync(blob, cancellationToken);
                return await TakeAsync(blob, track, cancellationToken);
            }
        }, cancellationToken);

    public Task<TrackMemory> ReadAsync(string track, CancellationToken cancellationToken) =>
        StorageException.AskAsync($"read the memory of track {track}", async () =>
        {
            try
            {
                var properties = await BlobOf(track).GetPropertiesAsync(cancellationToken: cancellationToken);
                return Read(properties.Value.Metadata);
            }
            catch (RequestFailedException missing) when (missing.Status == 404)
            {
                return new TrackMemory();
            }
        }, cancellationToken);

    private AppendBlobClient BlobOf(string track) =>
        storage.GetBlobContainerClient(ContainerName).GetAppendBlobClient($"locks/{track.ToLowerInvariant()}");

    private static async Task CreateAsync(AppendBlobClient blob, CancellationToken cancellationToken)
    {
        try
        {
            await blob.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        }
        catch (RequestFailedException taken) when (taken.Status is 409 or 412)
        {
            // Another run made it, and may hold its lease already.
        }
    }

    private async Task<ITrackLease?> TakeAsync(AppendBlobClient blob, string track, CancellationToken cancellationToken)
    {
        var lease = blob.GetBlobLeaseClient();
        try
        {
            await lease.AcquireAsync(leaseDuration, cancellationToken: cancellationToken);
        }
        catch (RequestFailedException held) when (held.Status == 409)
        {
            return null;
        }

        var properties = await blob.GetPropertiesAsync(new BlobRequestConditions { LeaseId = lease.LeaseId }, cancellationToken);
        return new Lease(blob, lease, track, Read(properties.Value.Metadata), leaseDuration / 3, clock);
    }

    private static TrackMemory Read(IDictionary<string, string> metadata) => new()
    {
        PendingLook = Instant(metadata, "pendinglook"),
        LastLook = Instant(metadata, "lastlook"),
        ActorId = metadata.TryGetValue("actorid", out var actor) ? actor : null,
        WarnedOn = metadata.TryGetValue("warnedon", out var warned) && DateOnly.TryParseExact(warned, "yyyy-MM-dd", out var day) ? day : null,
        Said = metadata.TryGetValue("said", out var said) ? said : null,
        LooksAgain = metadata.TryGetValue("looksagain", out var again) && int.TryParse(again, out var times) ? times : 0,
        Taken = Names(metadata, "taken").Select(entry => entry.Split(' ')).Where(entry => entry.Length == 2 && int.TryParse(entry[1], out _))
            .ToDictionary(entry => entry[0], entry => int.Parse(entry[1], CultureInfo.InvariantCulture), StringComparer.OrdinalIgnoreCase),
        Aliases = Names(metadata, "aliases").ToHashSet(StringComparer.OrdinalIgnoreCase),
        Refusals = metadata.TryGetValue("refusals", out var refusals) ? ReadRefusals(refusals) : new Dictionary<string, Refusal>(),
    };

    private static DateTimeOffset? Instant(IDictionary<string, string> metadata, string name) =>
        metadata.TryGetValue(name, out var text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var instant) ? instant : null;

    /// <summary>The names of secrets and branches have neither commas nor blanks.</summary>
    private static string[] Names(IDictionary<string, string> metadata, string name) =>
        metadata.TryGetValue(name, out var text) ? text.Split(',', StringSplitOptions.RemoveEmptyEntries) : [];

    private static Dictionary<string, Refusal> ReadRefusals(string text)
    {
        try
        {
            var bytes = Convert.FromBase64String(text);
            // The first builds wrote the JSON as it is.
            using var json = bytes is [(byte)'{', ..] ? (Stream)new MemoryStream(bytes) : new BrotliStream(new MemoryStream(bytes), CompressionMode.Decompress);
            return JsonSerializer.Deserialize(json, MemoryJson.Default.DictionaryStringRefusal) ?? [];
        }
        catch (Exception damaged) when (damaged is FormatException or JsonException or InvalidDataException or InvalidOperationException)
        {
            // Somebody wrote there. Without its memory a refusal is only said again.
            return [];
        }
    }

    private static Dictionary<string, string> Write(TrackMemory memory)
    {
        var metadata = new Dictionary<string, string>();
        if (memory.PendingLook is { } pending)
        {
            metadata["pendinglook"] = pending.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
        }

        if (memory.WarnedOn is { } warned)
        {
            metadata["warnedon"] = warned.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        }

        if (memory.LastLook is { } last)
        {
            metadata["lastlook"] = last.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
        }

        if (memory.ActorId is { } actor)
        {
            metadata["actorid"] = actor;
        }

        if (memory.LooksAgain > 0)
        {
            metadata["looksagain"] = memory.LooksAgain.ToString(CultureInfo.InvariantCulture);
        }

        if (memory.Said is { } said)
        {
            metadata["said"] = said;
        }

        if (memory.Taken.Count > 0)
        {
            metadata["taken"] = string.Join(',', memory.Taken.Take(MostNames).Select(entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Key} {entry.Value}")));
        }

        if (memory.Aliases.Count > 0)
        {
            metadata["aliases"] = string.Join(',', memory.Aliases.Take(MostNames));
        }

        if (memory.Refusals.Count > 0)
        {
            metadata["refusals"] = Write(memory.Refusals);
        }

        return metadata;
    }

    /// <summary>
    /// Metadata is ASCII, and 8 KiB in all. The reasons of many refusals are much alike, and are packed; where that is not enough they
    /// are cut, and at last the oldest are left out: some 200 without a reason have room.
    /// </summary>
    private static string Write(IReadOnlyDictionary<string, Refusal> refusals)
    {
        var newest = refusals.OrderByDescending(entry => entry.Value.NotBefore).ToList();
        var text = s_reasons.Select(longest => Pack(newest, longest)).FirstOrDefault(packed => packed.Length <= MaximumLength);
        while (text is null)
        {
            newest = newest[..(newest.Count * 9 / 10)];
            text = Pack(newest, longest: 0) is { Length: <= MaximumLength } packed ? packed : null;
        }

        return text;
    }

    private static string Pack(List<KeyValuePair<string, Refusal>> refusals, int longest)
    {
        using var packed = new MemoryStream();
        using (var brotli = new BrotliStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            JsonSerializer.Serialize(
                brotli,
                refusals.ToDictionary(entry => entry.Key, entry => entry.Value with { Reason = entry.Value.Reason[..Math.Min(entry.Value.Reason.Length, longest)] }),
                MemoryJson.Default.DictionaryStringRefusal);
        }

        return Convert.ToBase64String(packed.GetBuffer(), 0, (int)packed.Length);
    }

    /// <summary>Renewed at a third of its time while it is held: a slow call must not lose it.</summary>
    private sealed class Lease : ITrackLease
    {
        private readonly AppendBlobClient _blob;
        private readonly BlobLeaseClient _lease;
        private readonly string _track;
        private readonly ITimer _renewal;
        private volatile bool _lost;

        public Lease(AppendBlobClient blob, BlobLeaseClient lease, string track, TrackMemory memory, TimeSpan renewal, TimeProvider clock)
        {
            (_blob, _lease, _track, Memory) = (blob, lease, track, memory);
            _renewal = clock.CreateTimer(_ => _ = RenewAsync(), null, renewal, renewal);
        }

        public TrackMemory Memory { get; private set; }

        public Task ProveAsync(CancellationToken cancellationToken) => StorageException.AskAsync($"renew the lease of track {_track}", async () =>
        {
            if (_lost)
            {
                throw new LeaseLostException(_track);
            }

            try
            {
                return await _lease.RenewAsync(cancellationToken: cancellationToken);
            }
            catch (RequestFailedException refusal) when (refusal.Status is 404 or 409 or 412)
            {
                _lost = true;
                throw new LeaseLostException(_track, refusal);
            }
        }, cancellationToken);

        public Task RememberAsync(TrackMemory memory, CancellationToken cancellationToken) => StorageException.AskAsync($"remember track {_track}", async () =>
        {
            try
            {
                var answer = await _blob.SetMetadataAsync(Write(memory), new BlobRequestConditions { LeaseId = _lease.LeaseId }, cancellationToken);
                Memory = memory;
                return answer;
            }
            catch (RequestFailedException refusal) when (refusal.Status is 404 or 409 or 412)
            {
                _lost = true;
                throw new LeaseLostException(_track, refusal);
            }
        }, cancellationToken);

        public async ValueTask DisposeAsync()
        {
            await _renewal.DisposeAsync();
            if (_lost)
            {
                return;
            }

            try
            {
                await _lease.ReleaseAsync();
            }
            catch (Exception failure) when (failure is RequestFailedException or AggregateException)
            {
                // It runs out by itself within a minute.
            }
        }

        private async Task RenewAsync()
        {
            try
            {
                await ProveAsync(CancellationToken.None);
            }
            catch (Exception failure) when (failure is StorageException or LeaseLostException)
            {
                // The proof before the next write says so to those who must know.
            }
        }
    }

    [JsonSerializable(typeof(Dictionary<string, Refusal>))]
    private sealed partial class MemoryJson : JsonSerializerContext;
}
