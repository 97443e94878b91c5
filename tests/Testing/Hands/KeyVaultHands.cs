using System.Collections.Immutable;
using IterationBranches.Sandbox.StandIns.KeyVault;

namespace IterationBranches.Testing.Hands;

/// <summary>What an operator does in the portal.</summary>
public static class KeyVaultHands
{
    extension(KeyVaultStandIn keyVault)
    {
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

        public void DeleteByHand(string name) => keyVault.Vault.Delete(name);

        public void RecoverByHand(string name) => keyVault.Vault.Recover(name);

        /// <summary>Of a deleted secret. Nobody gets it back.</summary>
        public void PurgeByHand(string name) => keyVault.Vault.Purge(name);
    }
}
