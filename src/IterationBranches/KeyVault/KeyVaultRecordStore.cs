using Azure;
using Azure.Security.KeyVault.Secrets;
using IterationBranches.Records;
using Microsoft.Extensions.Logging;

namespace IterationBranches.KeyVault;

/// <summary>Records and aliases as Key Vault secrets, through the official client.</summary>
public sealed partial class KeyVaultRecordStore(SecretClient client, ILogger<KeyVaultRecordStore> logger) : IRecordStore
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
        [.. (await VersionsAsync(secretName, cancellationToken)).Select(RecordTags.ReadRecord).OfType<Record>()];

    public async Task<IReadOnlyList<Alias>> ListAliasVersionsAsync(string secretName, CancellationToken cancellationToken) =>
        [.. (await VersionsAsync(secretName, cancellationToken)).Select(RecordTags.ReadAlias).OfType<Alias>()];

    public Task<Record> WriteAsync(Record record, SecretText? value, CancellationToken cancellationToken) =>
        KeyVaultException.AskAsync("setSecret/action", $"write {record.SecretName}", async () =>
        {
            await RefuseToOverwriteAsync(record.SecretName, record.Track, record.IterationId, cancellationToken);
            var secret = new KeyVaultSecret(record.SecretName, value?.Value ?? PendingValue)
            {
                Properties =
                {
                    Enabled = value is not null,
                    ContentType = value?.ContentType ?? PendingType,
                    ExpiresOn = record.ExpiresAt,
                },
            };
            RecordTags.Write(record, secret.Properties.Tags);
            var written = await SetAsync(secret, record.Track, record.IterationId, cancellationToken);
            return record with { Version = written.Version, Enabled = value is not null, WrittenAt = written.CreatedOn };
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
                throw new KeyVaultException(Failure.ToldToWait, $"the secret {record.SecretName} has changed since it was read, so it is looked at again before it is deleted", 409);
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

    public Task WriteAliasAsync(Alias alias, SecretText value, CancellationToken cancellationToken) =>
        KeyVaultException.AskAsync("setSecret/action", $"write {alias.SecretName}", async () =>
        {
            await RefuseToOverwriteAsync(alias.SecretName, alias.Track, iterationId: null, cancellationToken);
            var secret = new KeyVaultSecret(alias.SecretName, value.Value) { Properties = { ContentType = value.ContentType } };
            RecordTags.Write(alias, secret.Properties.Tags);
            return await SetAsync(secret, alias.Track, iterationId: null, cancellationToken);
        }, cancellationToken);

    private Task<Record> UpdateAsync(Record record, string what, bool disable, CancellationToken cancellationToken) => KeyVaultException.AskAsync("update/action", what, async () =>
    {
        var version = record.Version ?? throw new ArgumentException($"{record.SecretName} was read without its version", nameof(record));
        var secret = new SecretProperties(new Uri(client.VaultUri, $"secrets/{record.SecretName}/{version}")) { ExpiresOn = record.ExpiresAt };
        if (disable)
        {
            secret.Enabled = false;
        }

        RecordTags.Write(record, secret.Tags);
        await client.UpdateSecretPropertiesAsync(secret, cancellationToken);
        return record;
    }, cancellationToken);

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

    private async Task RefuseToOverwriteAsync(string secretName, string track, Guid? iterationId, CancellationToken cancellationToken)
    {
        if (await VersionsAsync(secretName, cancellationToken) is [var newest, ..] && !RecordTags.AreOurs(newest.Tags, track, iterationId))
        {
            throw NotOurs(secretName, "It exists and was not made by this product for this purpose, so it is left as it is; rename or delete it");
        }
    }

    private static KeyVaultException NotOurs(string secretName, string whatToDo) =>
        new(Failure.PersonNeeded, $"the secret {secretName} cannot be written. {whatToDo}", 409);

    /// <summary>
    /// Newest first. Times are whole seconds, so of several versions of the newest second the one whose tags the vault
    /// lists for the secret itself is the newest.
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
        await foreach (var secret in client.GetPropertiesOfSecretsAsync(cancellationToken))
        {
            if (string.Equals(secret.Name, secretName, StringComparison.OrdinalIgnoreCase))
            {
                var newest = versions.FindIndex(version => version.CreatedOn == versions[0].CreatedOn && version.Enabled == secret.Enabled && HaveSameTags(version, secret));
                if (newest > 0)
                {
                    var front = versions[newest];
                    versions.RemoveAt(newest);
                    versions.Insert(0, front);
                }

                return;
            }
        }
    }

    private static bool HaveSameTags(SecretProperties one, SecretProperties other) =>
        one.Tags.Count == other.Tags.Count && one.Tags.All(tag => other.Tags.TryGetValue(tag.Key, out var value) && value == tag.Value);

    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "The secret {SecretName} had been deleted; recovering it")]
    private partial void LogRecovering(string secretName);
}
