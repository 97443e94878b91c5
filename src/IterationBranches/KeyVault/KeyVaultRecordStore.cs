using Azure;
using Azure.Security.KeyVault.Secrets;
using IterationBranches.Configuration;
using IterationBranches.Records;
using Microsoft.Extensions.Logging;

namespace IterationBranches.KeyVault;

/// <summary>Records and aliases as Key Vault secrets, through the official client.</summary>
public sealed partial class KeyVaultRecordStore(SecretClient client, Settings settings, TimeProvider clock, ILogger<KeyVaultRecordStore> logger) : IRecordStore
{
    private const string PendingValue = "pending";
    private const string PendingType = "text/plain";

    public Task<VaultListing> ListAsync(CancellationToken cancellationToken) => KeyVaultException.AskAsync("readMetadata/action", "list its secrets", async () =>
    {
        var records = new List<Record>();
        var aliases = new List<Alias>();
        var others = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        await foreach (var secret in client.GetPropertiesOfSecretsAsync(cancellationToken))
        {
            if (RecordTags.ReadRecord(secret) is { } record && IsItsName(record))
            {
                records.Add(record);
            }
            else if (RecordTags.ReadAlias(secret) is { } alias)
            {
                aliases.Add(alias);
            }
            else
            {
                others.Add(secret.Name);
            }
        }

        return new VaultListing(records, aliases, others);
    }, cancellationToken);

    public async Task<IReadOnlyList<Record>> ListVersionsAsync(string secretName, CancellationToken cancellationToken) =>
        Ours(await VersionsAsync(secretName, cancellationToken), version => RecordTags.ReadRecord(version) is { } record && IsItsName(record) ? record : null);

    public async Task<IReadOnlyList<Alias>> ListAliasVersionsAsync(string secretName, CancellationToken cancellationToken) =>
        Ours(await VersionsAsync(secretName, cancellationToken), RecordTags.ReadAlias);

    public Task<Record> WriteAsync(Record record, SecretText? value, CancellationToken cancellationToken) =>
        KeyVaultException.AskAsync("setSecret/action", $"write {record.SecretName}", async () =>
        {
            var newest = await NewestAsync(record.SecretName, record.Track, record.IterationId, cancellationToken);
            // Gone is not changed: what was deleted meanwhile is recovered, and looked at first.
            if (newest is not null && (newest.Version != record.Version || (newest.Enabled is not false) != record.Enabled))
            {
                throw Changed(record.SecretName);
            }

            var others = newest is null ? record.OtherTags : RecordTags.Others(newest.Tags);
            var secret = new KeyVaultSecret(record.SecretName, value?.Value ?? PendingValue)
            {
                Properties =
                {
                    Enabled = value is not null,
                    ContentType = value?.ContentType ?? PendingType,
                    ExpiresOn = Bounded(record.ExpiresAt, clock.GetUtcNow()),
                },
            };
            WriteTags(record with { OtherTags = others }, secret.Properties.Tags);
            var written = await SetAsync(secret, record.Track, record.IterationId, cancellationToken);
            return record with
            {
                Version = written.Version,
                Enabled = value is not null,
                ExpiresAt = record.ExpiresAt is null ? null : secret.Properties.ExpiresOn,
                WrittenAt = written.CreatedOn,
                OtherTags = others,
            };
        }, cancellationToken);

    public Task<Record> TagAsync(Record record, CancellationToken cancellationToken) =>
        UpdateAsync(record, $"change the tags of {record.SecretName}", disable: false, cancellationToken);

    public Task<Record> DisableAsync(Record record, CancellationToken cancellationToken) =>
        UpdateAsync(record with { Enabled = false }, $"disable {record.SecretName}", disable: true, cancellationToken);

    public Task DeleteAsync(Record record, CancellationToken cancellationToken) =>
        KeyVaultException.AskAsync("delete", $"delete {record.SecretName}", async () =>
        {
            // A deletion takes every version, so whatever was written since is looked at first.
            var versions = await VersionsAsync(record.SecretName, cancellationToken);
            if (versions.Count == 0)
            {
                return false;
            }

            if (versions[0].Version != record.Version || !RecordTags.AreOurs(versions[0].Tags, record.Track, record.IterationId))
            {
                throw Changed(record.SecretName);
            }

            await client.StartDeleteSecretAsync(record.SecretName, cancellationToken);
            return true;
        }, cancellationToken);

    public Task<(Record Record, SecretText Value)?> ReadAsync(string secretName, CancellationToken cancellationToken) =>
        KeyVaultException.AskAsync<(Record, SecretText)?>("getSecret/action", $"read {secretName}", async () =>
        {
            try
            {
                var secret = (await client.GetSecretAsync(secretName, cancellationToken: cancellationToken)).Value;
                return RecordTags.ReadRecord(secret.Properties) is { } record
                    ? (record, new SecretText(secret.Value, secret.Properties.ContentType ?? ""))
                    : null;
            }
            catch (RequestFailedException refusal) when (refusal.Status == 404 || KeyVaultException.InnerCode(refusal) == "SecretDisabled")
            {
                return null;
            }
        }, cancellationToken);

    public Task WriteAliasAsync(Alias alias, Alias? replaced, SecretText value, CancellationToken cancellationToken) =>
        KeyVaultException.AskAsync("setSecret/action", $"write {alias.SecretName}", async () =>
        {
            var newest = await NewestAsync(alias.SecretName, alias.Track, iterationId: null, cancellationToken);
            if (newest is not null && RecordTags.ReadAlias(newest) is var there && (there is null || !there.Enabled || there.CredentialId != replaced?.CredentialId || there.IterationId != replaced.IterationId))
            {
                throw Changed(alias.SecretName);
            }

            var secret = new KeyVaultSecret(alias.SecretName, value.Value)
            {
                Properties = { ContentType = value.ContentType, ExpiresOn = Bounded(alias.ExpiresAt, clock.GetUtcNow()) },
            };
            RecordTags.Write(alias, newest is null ? [] : RecordTags.Others(newest.Tags), secret.Properties.Tags);
            return await SetAsync(secret, alias.Track, iterationId: null, cancellationToken);
        }, cancellationToken);

    private Task<Record> UpdateAsync(Record record, string what, bool disable, CancellationToken cancellationToken) => KeyVaultException.AskAsync("update/action", what, async () =>
    {
        var version = record.Version ?? throw new ArgumentException($"{record.SecretName} was read without its version", nameof(record));
        // All tags are written together, so a tag that a person has set since is read first.
        if ((await VersionsAsync(record.SecretName, cancellationToken)).Find(one => one.Version == version) is not { } there)
        {
            throw Changed(record.SecretName);
        }

        var changed = record with { OtherTags = RecordTags.Others(there.Tags), Enabled = !disable && there.Enabled is not false };
        var secret = new SecretProperties(new Uri(client.VaultUri, $"secrets/{record.SecretName}/{version}"))
        {
            ExpiresOn = Bounded(record.ExpiresAt, there.CreatedOn ?? clock.GetUtcNow()),
        };
        if (disable)
        {
            secret.Enabled = false;
        }

        WriteTags(changed, secret.Tags);
        await client.UpdateSecretPropertiesAsync(secret, cancellationToken);
        return changed;
    }, cancellationToken);

    /// <summary>The newest first; none when the newest is not ours, or has been damaged.</summary>
    private static IReadOnlyList<T> Ours<T>(List<SecretProperties> versions, Func<SecretProperties, T?> read)
        where T : class => versions is [var newest, ..] && read(newest) is not null ? [.. versions.Select(read).OfType<T>()] : [];

    /// <summary>Every secret has an expiry, because a policy may ask for one; none is later than such a policy is told to allow.</summary>
    private DateTimeOffset Bounded(DateTimeOffset? expiry, DateTimeOffset writtenAt)
    {
        var longest = writtenAt + settings.KeyVault.MaximumValidity;
        return expiry < longest ? expiry.Value : longest;
    }

    private void WriteTags(Record record, IDictionary<string, string> tags)
    {
        if (RecordTags.Write(record, tags) is > 0 and var lost)
        {
            LogNoRoom(record.SecretName, lost);
        }
    }

    /// <summary>A record under a name that is not its own was copied there by hand; it is nobody's.</summary>
    private static bool IsItsName(Record record) =>
        string.Equals(record.SecretName, Record.NameFor(record.Track, record.IterationId), StringComparison.OrdinalIgnoreCase);

    private async Task<SecretProperties> SetAsync(KeyVaultSecret secret, string track, Guid? iterationId, CancellationToken cancellationToken)
    {
        try
        {
            return (await client.SetSecretAsync(secret, cancellationToken)).Value.Properties;
        }
        catch (RequestFailedException refusal) when (KeyVaultException.InnerCode(refusal) == "ObjectIsDeletedButRecoverable")
        {
            await RecoverAsync(secret.Name, track, iterationId, cancellationToken);
            // What was recovered may say more than what was about to be written: it is looked at first.
            throw new KeyVaultException(Failure.ToldToWait, $"the secret {secret.Name} had been deleted; it is being recovered and then continued", 409)
            {
                RetryAfter = TimeSpan.FromSeconds(5),
            };
        }
    }

    private async Task RecoverAsync(string secretName, string track, Guid? iterationId, CancellationToken cancellationToken)
    {
        var deleted = await KeyVaultException.AskAsync("readMetadata/action", $"look at the deleted secret {secretName}", async () =>
            (await client.GetDeletedSecretAsync(secretName, cancellationToken)).Value, cancellationToken);
        if (!RecordTags.AreOurs(deleted.Properties.Tags, track, iterationId))
        {
            throw NotOurs(secretName, "A deleted secret of this name, not made by this product for this purpose, still holds the name; purge it, or recover and rename it");
        }

        LogRecovering(secretName);
        await KeyVaultException.AskAsync("recover/action", $"recover {secretName}", () => client.StartRecoverDeletedSecretAsync(secretName, cancellationToken), cancellationToken);
    }

    /// <summary>What a new version would take the place of; null: nothing.</summary>
    private async Task<SecretProperties?> NewestAsync(string secretName, string track, Guid? iterationId, CancellationToken cancellationToken) =>
        await VersionsAsync(secretName, cancellationToken) is not [var newest, ..] ? null
        : RecordTags.AreOurs(newest.Tags, track, iterationId) ? newest
        : throw NotOurs(secretName, "It exists and was not made by this product for this purpose, so it is left as it is; rename or delete it");

    /// <summary>Nothing was written, and nothing of what was read is believed any more.</summary>
    private static KeyVaultException Changed(string secretName) =>
        new(Failure.ToldToWait, $"the secret {secretName} has changed since it was read, so it is looked at again", 409) { WasNotAsked = true, RetryAfter = TimeSpan.FromSeconds(5) };

    private static KeyVaultException NotOurs(string secretName, string whatToDo) =>
        new(Failure.PersonNeeded, $"the secret {secretName} cannot be written. {whatToDo}", 409);

    /// <summary>
    /// Newest first. Times are whole seconds, so of several versions of the newest second it is the one that the vault gives for
    /// the name; of one that is disabled, which it does not give, the one whose tags it lists for the secret itself.
    /// </summary>
    private Task<List<SecretProperties>> VersionsAsync(string secretName, CancellationToken cancellationToken) => KeyVaultException.AskAsync("readMetadata/action", $"list the versions of {secretName}", async () =>
    {
        var versions = new List<SecretProperties>();
        try
        {
            await foreach (var version in client.GetPropertiesOfSecretVersionsAsync(secretName, cancellationToken))
            {
                versions.Add(version);
            }
        }
        catch (RequestFailedException missing) when (missing.Status == 404)
        {
            return [];
        }

        versions.Sort((one, other) => Nullable.Compare(other.CreatedOn, one.CreatedOn));
        if (versions.Count > 1 && versions[0].CreatedOn == versions[1].CreatedOn)
        {
            await MoveNewestToFrontAsync(secretName, versions, cancellationToken);
        }

        return versions;
    }, cancellationToken);

    private async Task MoveNewestToFrontAsync(string secretName, List<SecretProperties> versions, CancellationToken cancellationToken)
    {
        var tied = versions.TakeWhile(version => version.CreatedOn == versions[0].CreatedOn).ToList();
        var newest = tied.Exists(version => version.Enabled is not false) ? await NewestByNameAsync(secretName, tied, cancellationToken) : null;
        newest ??= await NewestByListAsync(secretName, tied, cancellationToken);
        if (newest is not null)
        {
            versions.Remove(newest);
            versions.Insert(0, newest);
        }
    }

    /// <summary>Asked for by its name, which does not lag; null when it is disabled.</summary>
    private async Task<SecretProperties?> NewestByNameAsync(string secretName, List<SecretProperties> tied, CancellationToken cancellationToken)
    {
        try
        {
            var version = (await client.GetSecretAsync(secretName, cancellationToken: cancellationToken)).Value.Properties.Version;
            return tied.Find(one => one.Version == version);
        }
        catch (RequestFailedException refusal) when (refusal.Status == 404 || KeyVaultException.InnerCode(refusal) == "SecretDisabled")
        {
            return null;
        }
    }

    private async Task<SecretProperties?> NewestByListAsync(string secretName, List<SecretProperties> tied, CancellationToken cancellationToken)
    {
        await foreach (var secret in client.GetPropertiesOfSecretsAsync(cancellationToken))
        {
            if (string.Equals(secret.Name, secretName, StringComparison.OrdinalIgnoreCase))
            {
                return tied.Find(version => version.Enabled == secret.Enabled && HaveSameTags(version, secret));
            }
        }

        return null;
    }

    private static bool HaveSameTags(SecretProperties one, SecretProperties other) =>
        one.Tags.Count == other.Tags.Count && one.Tags.All(tag => other.Tags.TryGetValue(tag.Key, out var value) && value == tag.Value);

    [LoggerMessage(EventId = 2, Level = LogLevel.Warning, Message = "The secret {SecretName}: Key Vault takes 15 tags, so {Lost} that are not this product's were left out")]
    private partial void LogNoRoom(string secretName, int lost);

    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "The secret {SecretName} had been deleted; recovering it")]
    private partial void LogRecovering(string secretName);
}
