using IterationBranches.Configuration;
using IterationBranches.Iterations;

namespace IterationBranches.Records;

public enum RecordState
{
    /// <summary>The branch's name is reserved; the secret is disabled and its value says <c>pending</c>.</summary>
    Claimed,

    /// <summary>The value is the connection string of the credential in <see cref="Record.CredentialId"/>.</summary>
    Ready,

    /// <summary>Retired: the secret is disabled, and the credentials of the branch are gone or going.</summary>
    Revoked,

    /// <summary>The point of no return: the branch is being deleted, or is gone, and the secret follows it.</summary>
    Deleted,
}

/// <summary>What a person must mend, and when the product tries again by itself.</summary>
/// <param name="Delay">How long this refusal lasts; the next one of the same thing lasts twice as long, at most a day.</param>
public sealed record Refusal(DateTimeOffset NotBefore, TimeSpan Delay, string Reason)
{
    private static readonly TimeSpan s_first = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_longest = TimeSpan.FromHours(24);

    /// <summary>The refusal that follows <paramref name="previous"/>: an hour at first, then doubling.</summary>
    public static Refusal After(Refusal? previous, DateTimeOffset now, string reason)
    {
        var delay = previous is null ? s_first : TimeSpan.FromTicks(Math.Min(previous.Delay.Ticks * 2, s_longest.Ticks));
        return new(now + delay, delay, reason);
    }

    public bool Holds(DateTimeOffset now) => now < NotBefore;
}

/// <summary>Said seven days ahead. It holds for one finish day and one setting; when either changes, it is said anew.</summary>
/// <param name="After">Not before; of a branch that is being deleted, since when.</param>
public sealed record RetirementNotice(DateTimeOffset After, Retirement Retire);

/// <summary>
/// The Key Vault secret of one iteration on one track, without its value. Its tags are the product's memory.
/// </summary>
/// <param name="SecretName">The secret's name, <c>br-{track}-{id8}</c>.</param>
/// <param name="ClaimedAt">When the branch's name was first claimed, by PlanetScale's clock; a later claim keeps it.</param>
/// <param name="BranchId">Null until the branch is known to exist.</param>
/// <param name="CredentialId">Null until a credential is committed.</param>
public sealed record Record(
    string SecretName,
    string Track,
    Guid IterationId,
    string IterationPath,
    RecordState State,
    string Branch,
    DateTimeOffset ClaimedAt,
    string? BranchId = null,
    string? CredentialId = null)
{
    /// <summary><c>planetscale://{organization}/{database}/{branch}</c>: where the credential leads.</summary>
    public required string ProviderAddress { get; init; }

    /// <summary>Whether applications can read the value.</summary>
    public bool Enabled { get; init; }

    /// <summary>The Key Vault version that was read; null in a listing, which names none.</summary>
    public string? Version { get; init; }

    /// <summary>
    /// Until when the secret is valid, as Key Vault shows it: as long as the credential is, and no longer than
    /// <c>MaximumValidity</c> after the version was written; null before there is a credential.
    /// </summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The iteration's last day, as it was known last; null before there is a credential.</summary>
    public DateOnly? Finish { get; init; }

    /// <summary>Whether the branch is made with the parent's data, by Data Branching or from a backup, for this very iteration.</summary>
    public bool Seeded { get; init; }

    /// <summary>What will happen after the iteration, and when at the earliest; null while nothing is due.</summary>
    public RetirementNotice? Notice { get; init; }

    /// <summary>When this version was written; null of one that has yet to be.</summary>
    public DateTimeOffset? WrittenAt { get; init; }

    public Refusal? Refused { get; init; }

    /// <summary>Tags that this version does not know, kept as they are.</summary>
    public IReadOnlyDictionary<string, string> OtherTags
    {
        get => _otherTags.Tags;
        init => _otherTags = new(value);
    }

    private readonly SameTags _otherTags = new(new Dictionary<string, string>());

    public static string NameFor(string track, Guid iterationId) => NameFor(track, Iteration.ShortId(iterationId));

    /// <param name="id8">As <see cref="Iteration.Id8"/>.</param>
    public static string NameFor(string track, string id8) => $"br-{track}-{id8}";

    public override string ToString() => $"{SecretName} ({State})";

    /// <summary>Two readings of one record are equal, and a step of it that was done is known again. A dictionary equals itself alone.</summary>
    private readonly struct SameTags(IReadOnlyDictionary<string, string> tags) : IEquatable<SameTags>
    {
        public IReadOnlyDictionary<string, string> Tags => tags;

        public bool Equals(SameTags other) => ReferenceEquals(tags, other.Tags)
            || (tags.Count == other.Tags.Count && tags.All(tag => other.Tags.TryGetValue(tag.Key, out var value) && value == tag.Value));

        public override bool Equals(object? obj) => obj is SameTags other && Equals(other);

        public override int GetHashCode() => tags.Count;
    }
}

/// <summary>The one stable secret of a track, without its value; it gives what the current iteration's record gives.</summary>
public sealed record Alias(string SecretName, string Track, Guid IterationId, string CredentialId)
{
    public bool Enabled { get; init; } = true;

    /// <summary>That of the record whose value it gives; null of one that the first builds wrote.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When this version was written; null of one that has yet to be.</summary>
    public DateTimeOffset? WrittenAt { get; init; }

    public override string ToString() => SecretName;
}

/// <summary>A secret's value on its way between record and alias. Its text does not show it.</summary>
public sealed record SecretText(string Value, string ContentType)
{
    public override string ToString() => "(secret)";
}

/// <summary>One listing of the vault. It may lag: what is missing from it is asked for by its own name before anything is concluded.</summary>
/// <param name="OtherNames">Names of all other secrets, compared as Key Vault does: without case.</param>
public sealed record VaultListing(IReadOnlyList<Record> Records, IReadOnlyList<Alias> Aliases, IReadOnlySet<string> OtherNames)
{
    private Index? _index;

    // A copy with other records has its predecessor's index at first.
    private Index Indexed => _index is { } index && index.IsOf(this) ? index : _index = new Index(this);

    public Record? RecordOf(string track, Guid iterationId) => Indexed.ByIteration.GetValueOrDefault((track.ToLowerInvariant(), iterationId));

    public Record? RecordNamed(string secretName) => Indexed.ByName.GetValueOrDefault(secretName);

    public IEnumerable<IGrouping<string, Record>> RecordsByTrack => Indexed.ByTrack;

    public IEnumerable<Record> RecordsOf(string track) => Indexed.ByTrack[track];

    public IEnumerable<Record> RecordsOfBranch(string branchId) => Indexed.ByBranchId[branchId];

    /// <summary>The records that claim a branch of this name, on whatever database.</summary>
    public IEnumerable<Record> RecordsClaiming(string branch) => Indexed.ByBranch[branch];

    public IEnumerable<Alias> AliasesOf(string track) => Indexed.AliasesByTrack[track];

    public Alias? AliasOf(string track, string secretName) =>
        AliasesOf(track).FirstOrDefault(alias => string.Equals(alias.SecretName, secretName, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a record or an alias names this credential, enabled or not.</summary>
    public bool Names(string credentialId) => Indexed.ByCredential.Contains(credentialId) || Indexed.AliasesByCredential.Contains(credentialId);

    /// <summary>Names of the secrets from which this credential can be read. One that is disabled gives nothing.</summary>
    public IReadOnlyList<string> GiversOf(string credentialId) =>
    [
        .. Indexed.ByCredential[credentialId].Where(record => record.Enabled).Select(record => record.SecretName),
        .. Indexed.AliasesByCredential[credentialId].Where(alias => alias.Enabled).Select(alias => alias.SecretName),
    ];

    /// <summary>The listing with these records in the places of those of the same names.</summary>
    public VaultListing With(params IReadOnlyCollection<Record> records) => With(records.Select(record => record.SecretName), records);

    public VaultListing Without(string secretName) => With([secretName], []);

    /// <summary>With what was read of records by their names: the newest of the versions, or that there is none.</summary>
    public VaultListing With(IReadOnlyDictionary<string, IReadOnlyList<Record>> versions) =>
        With(versions.Keys, versions.Values.Where(read => read.Count > 0).Select(read => read[0]));

    public VaultListing With(Alias alias) => this with
    {
        Aliases = [.. Aliases.Where(other => !string.Equals(other.SecretName, alias.SecretName, StringComparison.OrdinalIgnoreCase)), alias],
    };

    /// <summary>With what this listing left out and the other one has.</summary>
    public VaultListing With(VaultListing other) => new(
        [.. Records, .. other.Records.Where(record => RecordNamed(record.SecretName) is null)],
        [.. Aliases, .. other.Aliases.ExceptBy(Aliases.Select(alias => alias.SecretName), alias => alias.SecretName, StringComparer.OrdinalIgnoreCase)],
        OtherNames.Union(other.OtherNames).ToHashSet(StringComparer.OrdinalIgnoreCase));

    private VaultListing With(IEnumerable<string> secretNames, IEnumerable<Record> records)
    {
        var names = secretNames.ToHashSet(StringComparer.OrdinalIgnoreCase);
        return this with { Records = [.. Records.Where(other => !names.Contains(other.SecretName)), .. records] };
    }

    /// <summary>So that whoever looks something up for each of many does not go through all of them each time.</summary>
    private sealed class Index(VaultListing listing)
    {
        public Dictionary<(string Track, Guid IterationId), Record> ByIteration { get; } =
            listing.Records.GroupBy(record => (record.Track.ToLowerInvariant(), record.IterationId)).ToDictionary(group => group.Key, group => group.First());

        public Dictionary<string, Record> ByName { get; } =
            listing.Records.GroupBy(record => record.SecretName, StringComparer.OrdinalIgnoreCase).ToDictionary(group => group.Key, group => group.First(), StringComparer.OrdinalIgnoreCase);

        public ILookup<string, Record> ByTrack { get; } = listing.Records.ToLookup(record => record.Track, StringComparer.OrdinalIgnoreCase);

        public ILookup<string, Record> ByBranch { get; } = listing.Records.ToLookup(record => record.Branch, StringComparer.OrdinalIgnoreCase);

        public ILookup<string?, Record> ByBranchId { get; } = listing.Records.ToLookup(record => record.BranchId);

        public ILookup<string?, Record> ByCredential { get; } = listing.Records.ToLookup(record => record.CredentialId);

        public ILookup<string, Alias> AliasesByTrack { get; } =
            listing.Aliases.OrderBy(alias => alias.SecretName, StringComparer.Ordinal).ToLookup(alias => alias.Track, StringComparer.OrdinalIgnoreCase);

        public ILookup<string, Alias> AliasesByCredential { get; } = listing.Aliases.ToLookup(alias => alias.CredentialId);

        private readonly VaultListing _listing = listing;

        public bool IsOf(VaultListing other) => ReferenceEquals(_listing.Records, other.Records) && ReferenceEquals(_listing.Aliases, other.Aliases);
    }
}

/// <summary>Where records and aliases are kept. Nothing here overwrites a secret that is not this product's.</summary>
public interface IRecordStore
{
    Task<VaultListing> ListAsync(CancellationToken cancellationToken);

    /// <summary>Every version of a record, the newest first; empty when the secret does not exist.</summary>
    Task<IReadOnlyList<Record>> ListVersionsAsync(string secretName, CancellationToken cancellationToken);

    /// <summary>Every version of an alias, the newest first; empty when the secret does not exist.</summary>
    Task<IReadOnlyList<Alias>> ListAliasVersionsAsync(string secretName, CancellationToken cancellationToken);

    /// <summary>Writes a new version: a claim (without <paramref name="value"/>: disabled, <c>pending</c>) or a commit.</summary>
    /// <param name="record">It takes the place of the version that it names; without one, of nothing.</param>
    /// <returns>The record with the version that was written.</returns>
    /// <exception cref="ServiceException">
    /// The name belongs to somebody else; or the secret is not as it was read, or was deleted and has been recovered, and is to be
    /// looked at again.
    /// </exception>
    Task<Record> WriteAsync(Record record, SecretText? value, CancellationToken cancellationToken);

    /// <summary>
    /// Changes the tags and the expiry of exactly the version that the record names, and of no other. What a person
    /// enabled, disabled or tagged meanwhile stays so.
    /// </summary>
    Task<Record> TagAsync(Record record, CancellationToken cancellationToken);

    /// <summary>As <see cref="TagAsync"/>; and applications can read the value no more.</summary>
    Task<Record> DisableAsync(Record record, CancellationToken cancellationToken);

    /// <summary>Deletes the secret, which can be recovered for as long as the vault keeps what was deleted.</summary>
    /// <exception cref="ServiceException">The newest version is not the one that the record names.</exception>
    Task DeleteAsync(Record record, CancellationToken cancellationToken);

    /// <summary>The newest version of an enabled record with its value; null when there is none, or it is disabled.</summary>
    Task<(Record Record, SecretText Value)?> ReadAsync(string secretName, CancellationToken cancellationToken);

    /// <summary>Writes a new version of a track's alias.</summary>
    /// <param name="replaced">What was read of it; null: there was none.</param>
    /// <exception cref="ServiceException">As <see cref="WriteAsync"/>.</exception>
    Task WriteAliasAsync(Alias alias, Alias? replaced, SecretText value, CancellationToken cancellationToken);
}
