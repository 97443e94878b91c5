using System.Globalization;
using IterationBranches.Provisioning;

namespace IterationBranches.Testing;

/// <summary>The notes of pending looks without a storage account.</summary>
public sealed class InMemoryAskedNotes : IAskedNotes
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (DateTimeOffset? SentAt, DateTimeOffset? VisibleAt, int Version)> _notes = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>What every call throws, while it is set.</summary>
    public ServiceException? Down { get; set; }

    /// <summary>How many calls came.</summary>
    public int Calls { get; private set; }

    public DateTimeOffset? SentAt(string track)
    {
        lock (_lock)
        {
            return _notes.GetValueOrDefault(track).SentAt;
        }
    }

    public async Task<AskedNote> ReadAsync(string track, CancellationToken cancellationToken)
    {
        // As with a network: those who ask at once do not take turns by chance.
        await Task.Yield();
        return Locked(() =>
        {
            var (sentAt, visibleAt, version) = _notes.GetValueOrDefault(track);
            return new AskedNote(track, sentAt, visibleAt, version.ToString(CultureInfo.InvariantCulture));
        });
    }

    public async Task WriteAsync(AskedNote read, DateTimeOffset sentAt, DateTimeOffset visibleAt, CancellationToken cancellationToken)
    {
        await Task.Yield();
        Locked(() =>
        {
            var version = _notes.GetValueOrDefault(read.Track).Version;
            if (read.Version == version.ToString(CultureInfo.InvariantCulture))
            {
                _notes[read.Track] = (sentAt, visibleAt, version + 1);
            }

            return true;
        });
    }

    public async Task ClearAsync(string track, CancellationToken cancellationToken)
    {
        await Task.Yield();
        Locked(() => _notes[track] = (null, null, _notes.GetValueOrDefault(track).Version + 1));
    }

    private T Locked<T>(Func<T> call)
    {
        lock (_lock)
        {
            Calls++;
            return Down is null ? call() : throw Down;
        }
    }
}
