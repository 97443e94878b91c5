using System.Globalization;
using Azure;
using Azure.Security.KeyVault.Secrets;

namespace IterationBranches.KeyVault;

/// <summary>What somebody may be permitted to do with the secrets of a vault.</summary>
public enum VaultAction
{
    ReadMetadata,
    GetSecret,
    SetSecret,
    Update,
    Recover,
    Delete,
    Purge,
}

/// <summary>
/// Finds out what the app may do in the vault, by requests that can have no effect: Key Vault says 403 to who may not,
/// before it says 404 of a secret that does not exist, or 400 of one that cannot be.
/// </summary>
public sealed class KeyVaultAccess(SecretClient client)
{
    /// <summary>Longer than the 25 KB that a secret may have (https://learn.microsoft.com/azure/key-vault/secrets/about-secrets), which is what keeps it out of the vault.</summary>
    private const int TooLong = 30_000;

    /// <summary>More than a secret may have, for the same purpose.</summary>
    private const int TooMany = 20;

    /// <summary>The name of a data action, as role definitions have it.</summary>
    public static string DataAction(VaultAction action) => $"Microsoft.KeyVault/vaults/secrets/{Suffix(action)}";

    /// <exception cref="KeyVaultException">The app may not, or the vault could not be asked.</exception>
    public Task MayAsync(VaultAction action, CancellationToken cancellationToken)
    {
        // Nobody has a secret of this name.
        var nobodys = $"iteration-branches-doctor-{Guid.NewGuid():N}";
        return KeyVaultException.AskAsync(Suffix(action), What(action), async () =>
        {
            try
            {
                await AskAsync(action, nobodys, cancellationToken);
            }
            catch (RequestFailedException answered) when (answered.Status is 400 or 404)
            {
                // It may.
            }

            return true;
        }, cancellationToken);
    }

    /// <summary>Whether nobody can purge, whatever he is permitted. As a secret says it: false as well where there is none, or it cannot be seen.</summary>
    public async Task<bool> IsPurgeProtectedAsync(CancellationToken cancellationToken) =>
        await KeyVaultException.AskAsync(Suffix(VaultAction.ReadMetadata), What(VaultAction.ReadMetadata), async () =>
        {
            try
            {
                await foreach (var secret in client.GetPropertiesOfSecretsAsync(cancellationToken))
                {
                    return secret.RecoveryLevel?.Contains("Purgeable", StringComparison.OrdinalIgnoreCase) is false;
                }
            }
            catch (RequestFailedException refused) when (refused.Status == 403)
            {
                // That it cannot be seen is another check's.
            }

            return false;
        }, cancellationToken);

    private Task AskAsync(VaultAction action, string nobodys, CancellationToken cancellationToken) => action switch
    {
        VaultAction.ReadMetadata => ReadOnePageAsync(cancellationToken),
        VaultAction.GetSecret => client.GetSecretAsync(nobodys, cancellationToken: cancellationToken),
        VaultAction.SetSecret => client.SetSecretAsync(Impossible(nobodys), cancellationToken),
        VaultAction.Update => client.UpdateSecretPropertiesAsync(
            new SecretProperties(new Uri(client.VaultUri, $"secrets/{nobodys}/{Guid.NewGuid():N}")) { Enabled = false }, cancellationToken),
        VaultAction.Recover => client.StartRecoverDeletedSecretAsync(nobodys, cancellationToken),
        VaultAction.Delete => client.StartDeleteSecretAsync(nobodys, cancellationToken),
        VaultAction.Purge => client.PurgeDeletedSecretAsync(nobodys, cancellationToken),
        _ => throw new ArgumentOutOfRangeException(nameof(action), action, "unknown action"),
    };

    private async Task ReadOnePageAsync(CancellationToken cancellationToken)
    {
        await foreach (var _ in client.GetPropertiesOfSecretsAsync(cancellationToken).AsPages())
        {
            return;
        }
    }

    private static KeyVaultSecret Impossible(string name)
    {
        var secret = new KeyVaultSecret(name, new string('x', TooLong)) { Properties = { Enabled = false } };
        for (var tag = 0; tag < TooMany; tag++)
        {
            secret.Properties.Tags.Add(tag.ToString(CultureInfo.InvariantCulture), "x");
        }

        return secret;
    }

    private static string Suffix(VaultAction action) => action switch
    {
        // The one data action that has no "/action" at its end.
        VaultAction.Delete => "delete",
        _ => $"{Name(action)}/action",
    };

    private static string Name(VaultAction action) => $"{char.ToLowerInvariant(action.ToString()[0])}{action.ToString()[1..]}";

    private static string What(VaultAction action) => action switch
    {
        VaultAction.ReadMetadata => "list its secrets",
        VaultAction.GetSecret => "read secrets",
        VaultAction.SetSecret => "write secrets",
        VaultAction.Update => "change secrets",
        VaultAction.Recover => "recover deleted secrets",
        VaultAction.Delete => "delete secrets",
        VaultAction.Purge => "purge deleted secrets",
        _ => throw new ArgumentOutOfRangeException(nameof(action), action, "unknown action"),
    };
}
