using IterationBranches.Records;

namespace IterationBranches.Testing;

/// <summary>A vault without a server: versions of records and aliases, and the names of all other secrets.</summary>
/// <param name="clock">Of the versions' times; null: they have none.</param>
public sealed class InMemoryVault(CallJournal journal, TimeProvider? clock = null) : IRecordStore
{
    private readonly Dictionary<string, List<(Record Record, SecretText? Value)>> _records = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, List<(Alias Alias, SecretText Value)>> _aliases = new(StringComparer.OrdinalIgnoreCase);
    private int _version;

    /// <summary>Secrets that are not this product's.</summary>
    public HashSet<string> Others { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>What a listing leaves out, or is counted by.</summary>
    public Func<VaultListing, VaultListing> Listed { get; set; } = listing => listing;

    public IReadOnlyList<Record> Versions(string secretName) =>
        _records.TryGetValue(secretName, out var versions) ? [.. versions.Select(version => version.Record).Reverse()] : [];

    public Record Newest(string secretName) => _records[secretName][^1].Record;

    public string ValueOf(string secretName) => _records[secretName][^1].Value?.Value ?? "pending";

    public (Alias Alias, string Value)? AliasOf(string name) =>
        _aliases.TryGetValue(name, out var versions) ? (versions[^1].Alias, versions[^1].Value.Value) : null;

    /// <summary>A version as somebody else, or an earlier run, left it.</summary>
    public Record Put(Record record, SecretText? value = null)
    {
        var written = record with { Version = $"v{++_version}", WrittenAt = clock?.GetUtcNow() };
        Of(record.SecretName).Add((written, value));
        return written;
    }

    public void Put(Alias alias, SecretText value)
    {
        if (!_aliases.TryGetValue(alias.SecretName, out var versions))
        {
            _aliases[alias.SecretName] = versions = [];
        }

        versions.Add((alias with { WrittenAt = clock?.GetUtcNow() }, value));
    }

    /// <summary>What a person does in the portal to the newest version.</summary>
    public void Change(string secretName, Func<Record, Record> change) => Of(secretName)[^1] = (change(Newest(secretName)), _records[secretName][^1].Value);

    public Task<VaultListing> ListAsync(CancellationToken cancellationToken) => cancellationToken.Answer(() => journal.Read("list the vault", () => Listed(new VaultListing(
        [.. _records.Values.Select(versions => versions[^1].Record with { Version = null })], [.. _aliases.Values.Select(versions => versions[^1].Alias)], Others))));

    public Task<IReadOnlyList<Record>> ListVersionsAsync(string secretName, CancellationToken cancellationToken) =>
        cancellationToken.Answer(() => journal.Read($"list the versions of {secretName}", () => Versions(secretName)));

    public Task<IReadOnlyList<Alias>> ListAliasVersionsAsync(string secretName, CancellationToken cancellationToken) =>
        cancellationToken.Answer(() => journal.Read<IReadOnlyList<Alias>>(
            $"list the versions of {secretName}", () => _aliases.TryGetValue(secretName, out var versions) ? [.. versions.Select(version => version.Alias).Reverse()] : []));

    public Task<Record> WriteAsync(Record record, SecretText? value, CancellationToken cancellationToken) => cancellationToken.Answer(() =>
    {
        var newest = Versions(record.SecretName) is [var last, ..] ? last : null;
        return newest is not null && newest.IterationId == record.IterationId && (newest.Version != record.Version || newest.Enabled != record.Enabled)
            ? throw Changed(record.SecretName)
            : Others.Contains(record.SecretName) || (newest is not null && newest.IterationId != record.IterationId)
            ? throw new PeerException(Failure.PersonNeeded, $"the secret {record.SecretName} is not ours", 409)
            : journal.Write(
                $"{(value is null ? "claim" : "commit")} {record.SecretName}", () => Put(record with { Enabled = value is not null }, value));
    });

    public Task<Record> TagAsync(Record record, CancellationToken cancellationToken) => UpdateAsync($"tag {record.SecretName}", record, disable: false, cancellationToken);

    public Task<Record> DisableAsync(Record record, CancellationToken cancellationToken) =>
        UpdateAsync($"disable {record.SecretName}", record with { Enabled = false }, disable: true, cancellationToken);

    public Task DeleteAsync(Record record, CancellationToken cancellationToken) => cancellationToken.Answer(() =>
        Versions(record.SecretName) is [var newest, ..] && newest.Version != record.Version
            ? throw Changed(record.SecretName)
            : journal.Write($"delete {record.SecretName}", () => _records.Remove(record.SecretName)));

    public Task<(Record Record, SecretText Value)?> ReadAsync(string secretName, CancellationToken cancellationToken) =>
        cancellationToken.Answer(() => journal.Read<(Record, SecretText)?>(
            $"read {secretName}", () => _records.TryGetValue(secretName, out var versions) && versions[^1] is ({ Enabled: true } record, { } value) ? (record, value) : null));

    public Task WriteAliasAsync(Alias alias, Alias? replaced, SecretText value, CancellationToken cancellationToken) => cancellationToken.Answer(() =>
        AliasOf(alias.SecretName) is { } newest && newest.Alias.Track == alias.Track
            && (!newest.Alias.Enabled || (newest.Alias.CredentialId, newest.Alias.IterationId) != (replaced?.CredentialId, replaced?.IterationId))
            ? throw Changed(alias.SecretName)
            : Others.Contains(alias.SecretName) || (AliasOf(alias.SecretName) is { } there && there.Alias.Track != alias.Track)
            ? throw new PeerException(Failure.PersonNeeded, $"the secret {alias.SecretName} is not ours", 409)
            : journal.Write($"point {alias.SecretName}", () =>
            {
                Put(alias, value);
                return true;
            }));

    private Task<Record> UpdateAsync(string call, Record record, bool disable, CancellationToken cancellationToken) => cancellationToken.Answer(() =>
    {
        var versions = Of(record.SecretName);
        var index = versions.FindIndex(version => version.Record.Version == (record.Version ?? throw new ArgumentException("read without its version", nameof(record))));
        return journal.Write(call, () =>
        {
            // Whether it is enabled is changed only to disable it.
            versions[index] = (record with { Enabled = !disable && versions[index].Record.Enabled }, versions[index].Value);
            return record;
        });
    });

    private static PeerException Changed(string secretName) => new(Failure.ToldToWait, $"the secret {secretName} has changed", 409) { WasNotAsked = true };

    private List<(Record Record, SecretText? Value)> Of(string secretName) =>
        _records.TryGetValue(secretName, out var versions) ? versions : _records[secretName] = [];
}
