using System.Collections.Immutable;
using IterationBranches.Sandbox.StandIns.KeyVault;

namespace IterationBranches.Testing.Hands;

/// <summary>What an operator does in the portal, what a check may look at, and how long things take.</summary>
public static class KeyVaultHands
{
    extension(KeyVaultStandIn keyVault)
    {
        /// <summary>How long a deletion is not complete: the deleted secret is not found, and its name is refused.</summary>
        public TimeSpan DeletionTakes { get => keyVault.Vault.DeletionTakes; set => keyVault.Vault.DeletionTakes = value; }

        /// <summary>How long a recovery is not complete: the secret is not found, and its name is refused.</summary>
        public TimeSpan RecoveryTakes { get => keyVault.Vault.RecoveryTakes; set => keyVault.Vault.RecoveryTakes = value; }

        /// <summary>How long deleted secrets are kept; the service takes 7 to 90 days.</summary>
        public TimeSpan Retention { get => keyVault.Vault.Retention; set => keyVault.Vault.Retention = value; }

        public bool PurgeProtection { get => keyVault.Vault.PurgeProtection; set => keyVault.Vault.PurgeProtection = value; }

        /// <summary>The secrets that are not deleted, by name.</summary>
        public IReadOnlyList<SecretState> Secrets => keyVault.Read(deleted: false);

        public IReadOnlyList<SecretState> DeletedSecrets => keyVault.Read(deleted: true);

        /// <summary>The value, also of a disabled or deleted secret; null where there is none.</summary>
        public string? ReadValue(string name, string? version = null) => keyVault.Vault.Look(secrets => secrets
            .FirstOrDefault(secret => string.Equals(secret.Name, name, StringComparison.OrdinalIgnoreCase))?
            .Versions.LastOrDefault(one => version is null || string.Equals(one.Id, version, StringComparison.OrdinalIgnoreCase))?.Value);

        private SecretState[] Read(bool deleted) => keyVault.Vault.Look(SecretState[] (secrets) =>
        [
            .. secrets
                .Where(secret => deleted == (secret.Deletion is not null))
                .OrderBy(secret => secret.Name, StringComparer.OrdinalIgnoreCase)
                .Select(SecretState.Of),
        ]);

        /// <summary>Takes from what a principal may do.</summary>
        public void Deny(string principal, params string[] actions)
        {
            var removed = actions.Select(SecretAction.Parse).ToImmutableHashSet();
            keyVault.Allowed.AddOrUpdate(principal, [], (_, before) => before.Except(removed));
        }

        /// <summary>The answer is the new version.</summary>
        public string PutByHand(string name, string value, IReadOnlyDictionary<string, string>? tags = null)
        {
            var change = SecretChange.None with { Tags = tags };
            SecretRules.CheckName(name);
            SecretRules.CheckValue(value);
            SecretRules.Check(change);
            return keyVault.Vault.Set(name, value, change).Version.Id;
        }

        /// <summary>Disables the latest version.</summary>
        public void DisableByHand(string name) => keyVault.EnableByHand(name, isEnabled: false);

        public void EnableByHand(string name, bool isEnabled = true) => keyVault.Vault.Update(name, version: null, SecretChange.None with { Enabled = isEnabled });

        public void TagByHand(string name, string tag, string value) => keyVault.Vault.Update(name, version: null, SecretChange.None with
        {
            Tags = new Dictionary<string, string>(keyVault.Secrets.Single(secret => secret.Name == name).Tags) { [tag] = value },
        });

        public void DeleteByHand(string name) => keyVault.Vault.Delete(name);

        public void RecoverByHand(string name) => keyVault.Vault.Recover(name);

        /// <summary>Of a deleted secret. Nobody gets it back.</summary>
        public void PurgeByHand(string name) => keyVault.Vault.Purge(name);
    }
}
