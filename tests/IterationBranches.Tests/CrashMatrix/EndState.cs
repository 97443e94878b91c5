using IterationBranches.Testing;
using IterationBranches.Testing.Hands;

namespace IterationBranches.Tests.CrashMatrix;

/// <summary>What must hold in the end, seen from outside: by the services themselves, not by the app.</summary>
internal static class EndState
{
    /// <param name="mayHaveOlder">
    /// After a late write to the vault the record has had two credentials. The older one, which a version still names, is
    /// not deleted by this version of the product: that is rotation, and its grace.
    /// </param>
    /// <param name="hasStray">A branch of the wanted name that nobody can know to be ours is left alone, and the sprint has its own under the suffixed one.</param>
    /// <returns>What is wrong; empty when nothing is.</returns>
    public static IReadOnlyList<string> Problems(CrashWorld world, bool mayHaveOlder = false, bool hasStray = false)
    {
        string[] branches = hasStray ? ["main", "sprint-42", $"sprint-42-{world.Secret[^8..]}"] : ["main", "sprint-42"];
        List<string> wrong = [];
        void Check(bool holds, string otherwise)
        {
            if (!holds)
            {
                wrong.Add(otherwise);
            }
        }

        var names = world.PlanetScale.Branches(CrashWorld.Database).Select(branch => branch.Name).ToList();
        Check(names.SequenceEqual(branches), $"the branches are {string.Join(", ", names)}");
        Check(world.Queue.Poison.Count == 0, "the poison queue is not empty");
        var secrets = world.KeyVault.Secrets;
        Check(secrets.Select(secret => secret.Name).SequenceEqual([world.Secret, CrashWorld.Alias]), $"the secrets are {string.Join(", ", secrets)}");
        if (secrets.FirstOrDefault(secret => secret.Name == world.Secret) is not { } record
            || secrets.FirstOrDefault(secret => secret.Name == CrashWorld.Alias) is not { } alias)
        {
            return wrong;
        }

        Check(record.Enabled && record.Tags["state"] == "ready", $"the record is {record.Tags["state"]}{(record.Enabled ? "" : " and disabled")}");
        Check(record.Tags.Keys.Order(StringComparer.Ordinal).SequenceEqual(ReadyRecord.Tags), $"the record's tags are {string.Join(", ", record.Tags.Keys.Order(StringComparer.Ordinal))}");
        Check(record.Tags.TryGetValue("ProviderAddress", out var address) && address.EndsWith($"/{branches[^1]}", StringComparison.Ordinal), $"the record leads to {address}");
        var branch = world.PlanetScale.Branches(CrashWorld.Database).FirstOrDefault(branch => branch.Name == branches[^1]);
        Check(branch?.Id is not null && branch.Id == record.Tags.GetValueOrDefault("branch-id"), "the record names another branch id");
        Check(world.KeyVault.ReadValue(record.Name) == world.KeyVault.ReadValue(alias.Name), "the alias gives something else than the record");
        Check(alias.Enabled && alias.Tags.GetValueOrDefault("CredentialId") == record.Tags.GetValueOrDefault("CredentialId"), "the alias names another credential than the record");

        var let = world.LogInWith(record.Name);
        Check(let is not null && (let.Id, let.BranchId) == (record.Tags.GetValueOrDefault("CredentialId"), branch?.Id), $"the record's value logs in as {let}");
        var others = world.PlanetScale.Passwords(CrashWorld.Database).Where(password => password.Id != record.Tags.GetValueOrDefault("CredentialId")).ToList();
        var known = secrets.SelectMany(secret => secret.Versions).Select(version => version.Tags.GetValueOrDefault("CredentialId")).ToHashSet();
        Check(others.TrueForAll(other => mayHaveOlder && known.Contains(other.Id)), $"{others.Count} more credentials are alive");
        return wrong;
    }
}
