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

    /// <summary>When the credential expires; null before there is one.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    public int? ValidityPeriodDays { get; init; }

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
    public IReadOnlyDictionary<string, string> OtherTags { get; init; } = new Dictionary<string, string>();

    public static string NameFor(string track, Guid iterationId) => $"br-{track}-{Iteration.ShortId(iterationId)}";

    public override string ToString() => $"{SecretName} ({State})";
}

/// <summary>The one stable secret of a track, without its value; it gives what the current iteration's record gives.</summary>
public sealed record Alias(string SecretName, string Track, Guid IterationId, string CredentialId)
{
    public bool Enabled { get; init; } = true;

    /// <summary>When this version was written; null of one that has yet to be.</summary>
    public DateTimeOffset? WrittenAt { get; init; }

    public override string ToString() => SecretName;
}

/// <summary>A secret's value on its way between record and alias. Its text does not show it.</summary>
public sealed record SecretText(string Value, string ContentType)
{
    public override string ToString() => "(secret)";
}

/// <summary>One listing of the vault.</summary>
/// <param name="OtherNames">Names of all other secrets, compared as Key Vault does: without case.</param>
public sealed record VaultListing(IReadOnlyList<Record> Records, IReadOnlyList<Alias> Aliases, IReadOnlySet<string> OtherNames)
{
    public Record? RecordOf(string track, Guid iterationId) =>
        Records.FirstOrDefault(record => record.IterationId == iterationId && IsTrack(record.Track, track));

    public IEnumerable<Alias> AliasesOf(string track) => Aliases.Where(alias => IsTrack(alias.Track, track)).OrderBy(alias => alias.SecretName, StringComparer.Ordinal);

    public IEnumerable<Record> RecordsOf(string track) => Records.Where(record => IsTrack(record.Track, track));

    public Alias? AliasOf(string track, string secretName) => Aliases.FirstOrDefault(alias =>
        IsTrack(alias.Track, track) && string.Equals(alias.SecretName, secretName, StringComparison.OrdinalIgnoreCase));

    /// <summary>Names of the secrets from which this credential can be read. One that is disabled gives nothing.</summary>
    public IReadOnlyList<string> GiversOf(string credentialId) =>
    [
        .. Records.Where(record => record.Enabled && record.CredentialId == credentialId).Select(record => record.SecretName),
        .. Aliases.Where(alias => alias.Enabled && alias.CredentialId == credentialId).Select(alias => alias.SecretName),
    ];

    /// <summary>The listing with this record in the place of the one of the same name.</summary>
    public VaultListing With(Record record) => this with
    {
        Records = [.. Records.Where(other => !string.Equals(other.SecretName, record.SecretName, StringComparison.OrdinalIgnoreCase)), record],
    };

    public VaultListing Without(string secretName) => this with
    {
        Records = [.. Records.Where(other => !string.Equals(other.SecretName, secretName, StringComparison.OrdinalIgnoreCase))],
    };

    public VaultListing With(Alias alias) => this with
    {
        Aliases = [.. Aliases.Where(other => !string.Equals(other.SecretName, alias.SecretName, StringComparison.OrdinalIgnoreCase)), alias],
    };

    private static bool IsTrack(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
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
    /// <returns>The record with the version that was written.</returns>
    /// <exception cref="ServiceException">The name belongs to somebody else; or the secret was deleted, has been recovered, and is to be looked at again.</exception>
    Task<Record> WriteAsync(Record record, SecretText? value, CancellationToken cancellationToken);

    /// <summary>
    /// Changes the tags and the expiry of exactly the version that the record names, and of no other. What a person
    /// enabled or disabled meanwhile stays so.
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
    /// <exception cref="ServiceException">As <see cref="WriteAsync"/>.</exception>
    Task WriteAliasAsync(Alias alias, SecretText value, CancellationToken cancellationToken);
}
