using System.Security.Cryptography;
using System.Text;
using IterationBranches.Records;

namespace IterationBranches.Provisioning;

/// <summary>What is remembered of a track beside its records: metadata of its lock blob.</summary>
public sealed record TrackMemory
{
    /// <summary>When the message that was sent last becomes visible, or a moment before; a run that finds it in the future sends none that is later.</summary>
    public DateTimeOffset? PendingLook { get; init; }

    /// <summary>When a run last looked at everything and carried out what it could.</summary>
    public DateTimeOffset? LastLook { get; init; }

    /// <summary>How many runs in a row ended because what they found says that everything must be looked at again.</summary>
    public int LooksAgain { get; init; }

    /// <summary>How many runs in a row found a branch name taken by a branch that nobody can see, by the name.</summary>
    public IReadOnlyDictionary<string, int> Taken { get; init; } = new Dictionary<string, int>();

    /// <summary>The names of the track's aliases, today's and former ones, as far as they were seen: a list may leave one out.</summary>
    public IReadOnlySet<string> Aliases { get; init; } = new HashSet<string>();

    /// <summary>A hash of the notes that were logged last; null before any.</summary>
    public string? Said { get; init; }

    /// <summary>The day of the last daily warning; null before any.</summary>
    public DateOnly? WarnedOn { get; init; }

    /// <summary>Who we are on PlanetScale: the actor of the first branch that we made. Null until then.</summary>
    public string? ActorId { get; init; }

    /// <summary>What a person must mend and no record can say: by iteration id, or under one of the names below.</summary>
    public IReadOnlyDictionary<string, Refusal> Refusals { get; init; } = new Dictionary<string, Refusal>();

    /// <summary>What <see cref="Said"/> is, of these notes.</summary>
    public static string HashOf(IEnumerable<string> notes) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', notes))))[..16];

    public const string WholeTrack = "track";

    /// <summary>What concerns the alias or the orphans alone holds up no iteration.</summary>
    public const string Alias = "alias";
    public const string Orphans = "orphans";

    /// <summary>What stands in the way of every new branch of the track, and of nothing else.</summary>
    public const string NewBranches = "new";

    /// <summary>That the credentials of the branches may not be read, so that nobody looks after them.</summary>
    public const string Credentials = "credentials";

    public Refusal? RefusalOf(Guid iterationId) => Refusals.GetValueOrDefault(iterationId.ToString("N"));

    public Refusal? AliasRefusal => Refusals.GetValueOrDefault(Alias);

    public Refusal? OrphansRefusal => Refusals.GetValueOrDefault(Orphans);

    /// <summary>What stands in the way of a first claim for the iteration; null: nothing any more.</summary>
    public Refusal? WhyNotNew(Guid iterationId, DateTimeOffset now) =>
        new[] { Refusals.GetValueOrDefault(NewBranches), RefusalOf(iterationId) }.FirstOrDefault(refusal => refusal?.Holds(now) is true);

    public Refusal? TrackRefusal => Refusals.GetValueOrDefault(WholeTrack);

    public TrackMemory With(string key, Refusal refusal) => this with
    {
        Refusals = new Dictionary<string, Refusal>(Refusals) { [key] = refusal },
    };
}

/// <summary>Another run has the track now; whoever hears this stops at once.</summary>
public sealed class LeaseLostException(string track, Exception? inner = null) : Exception($"the lease of track {track} is lost", inner);

/// <summary>The right to change what belongs to one track, for a time (<c>LeaseDuration</c>) after each proof.</summary>
public interface ITrackLease : IAsyncDisposable
{
    /// <summary>What was remembered when the lease was taken.</summary>
    TrackMemory Memory { get; }

    /// <summary>Renews the lease, which proves that it is held.</summary>
    /// <exception cref="LeaseLostException">It is not.</exception>
    Task ProveAsync(CancellationToken cancellationToken);

    /// <exception cref="LeaseLostException">The lease is lost, and nothing was written.</exception>
    Task RememberAsync(TrackMemory memory, CancellationToken cancellationToken);
}

public interface ITrackLocks
{
    /// <returns>Null when another run holds the lease.</returns>
    Task<ITrackLease?> TryTakeAsync(string track, CancellationToken cancellationToken);

    /// <summary>What is remembered of the track, without a lease.</summary>
    Task<TrackMemory> ReadAsync(string track, CancellationToken cancellationToken);
}
