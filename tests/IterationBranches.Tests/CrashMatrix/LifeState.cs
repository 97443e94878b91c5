using System.Globalization;
using IterationBranches.Testing;
using IterationBranches.Testing.Hands;

namespace IterationBranches.Tests.CrashMatrix;

/// <summary>How far a sprint has come.</summary>
internal enum Life
{
    /// <summary>Branch, credential, and a record that gives it.</summary>
    Ready,

    /// <summary>As before, and its retirement has been said.</summary>
    Noticed,

    /// <summary>The branch is there, with no credential of ours.</summary>
    Revoked,

    /// <summary>The branch is gone, and the record deleted.</summary>
    Gone,
}

/// <summary>What must hold, seen from outside: by the services themselves, not by the app.</summary>
/// <param name="Alias">The sprint that the alias gives.</param>
internal sealed record LifeState(string Alias, params (string Sprint, Life Life)[] Sprints)
{
    /// <summary>Somewhere on its way; what must never be is looked for in any case.</summary>
    public static LifeState Anything { get; } = new("");

    /// <summary>Whether every grace is over: then no credential of ours is alive but the one of each record.</summary>
    public bool IsPastGraces { get; init; }

    /// <summary>How many credentials there are besides; with a late write to the vault there may be one more. Null: it is not said.</summary>
    public int? Older { get; init; }

    /// <returns>What is wrong; empty when nothing is.</returns>
    public IReadOnlyList<string> Problems(Stage stage, bool mayHaveOlder)
    {
        if (this == Anything)
        {
            return [];
        }

        List<string> wrong = [.. stage.Touched()];
        void Check(bool holds, string otherwise)
        {
            if (!holds)
            {
                wrong.Add(otherwise);
            }
        }

        var there = Sprints.Where(sprint => sprint.Life != Life.Gone).Select(sprint => sprint.Sprint).ToList();
        var names = stage.Branches.Select(branch => branch.Name).Order(StringComparer.Ordinal).ToList();
        Check(names.SequenceEqual(there.Append("main").Append(Stage.Strangers).Order(StringComparer.Ordinal)), $"the branches are {string.Join(", ", names)}");
        var secrets = stage.World.KeyVault.Secrets.Select(secret => secret.Name).Order(StringComparer.Ordinal).ToList();
        Check(
            secrets.SequenceEqual(there.Select(stage.SecretOf).Append(CrashWorld.Alias).Append(Stage.SomebodyElses).Order(StringComparer.Ordinal)),
            $"the secrets are {string.Join(", ", stage.World.KeyVault.Secrets)}");
        Check(stage.World.Queue.Poison.Count == 0, "the poison queue is not empty");
        wrong.AddRange(Sprints.SelectMany(sprint => ProblemsOf(stage, sprint.Sprint, sprint.Life)));
        Check(stage.Alias is { Enabled: true } alias && stage.World.KeyVault.ReadValue(alias.Name) == stage.World.KeyVault.ReadValue(stage.SecretOf(Alias))
            && alias.Tags.GetValueOrDefault("CredentialId") == stage.RecordOf(Alias)?.Tags.GetValueOrDefault("CredentialId"), $"the alias does not give what {Alias}'s record gives");

        var named = there.Select(sprint => stage.RecordOf(sprint)?.Tags.GetValueOrDefault("CredentialId")).ToHashSet();
        var others = stage.Ours.Where(credential => !named.Contains(credential.Id)).ToList();
        var known = stage.World.KeyVault.Secrets.SelectMany(secret => secret.Versions).Select(version => version.Tags.GetValueOrDefault("CredentialId")).ToHashSet();
        Check(others.TrueForAll(other => known.Contains(other.Id)), "a credential is alive that no version of record or alias has ever named");
        Check(!IsPastGraces || others.Count == 0, $"{others.Count} credentials more are alive when every grace is over");
        Check(Older is not { } older || others.Count == older || (mayHaveOlder && others.Count == older + 1), $"{others.Count} older credentials are alive");
        return wrong;
    }

    private List<string> ProblemsOf(Stage stage, string sprint, Life life)
    {
        var record = stage.RecordOf(sprint);
        if (life == Life.Gone)
        {
            return stage.World.KeyVault.DeletedSecrets.Any(deleted => deleted.Name == stage.SecretOf(sprint) && deleted.Tags["state"] == "deleted")
                ? [] : [$"{sprint}'s record cannot be recovered"];
        }

        if (record is null)
        {
            return [$"{sprint} has no record"];
        }

        List<string> wrong = [];
        void Check(bool holds, string otherwise)
        {
            if (!holds)
            {
                wrong.Add($"{sprint}: {otherwise}");
            }
        }

        var branch = stage.Branches.FirstOrDefault(branch => branch.Name == sprint);
        Check(branch is { Deleting: false } && branch.Id == record.Tags.GetValueOrDefault("branch-id"), "the record names another branch id");
        Check(record.Tags["state"] == (life == Life.Revoked ? "revoked" : "ready"), $"the record is {record.Tags["state"]}");
        Check(record.Enabled == (life != Life.Revoked), $"the record is {(record.Enabled ? "enabled" : "disabled")}");
        string[] finish = record.Tags.GetValueOrDefault("finish", "").Split("; ");
        Check(finish[0] == stage.FinishOf(sprint).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), "the record has another finish");
        Check(finish.Length == (life == Life.Ready ? 1 : 2), $"its notice is: {string.Join("; ", finish[1..])}");
        Check(
            record.Tags.Keys.Order(StringComparer.Ordinal).SequenceEqual(ReadyRecord.Tags),
            $"the record's tags are {string.Join(", ", record.Tags.Select(tag => $"{tag.Key}={tag.Value}").Order(StringComparer.Ordinal))}");
        if (life == Life.Revoked)
        {
            Check(stage.Ours.All(credential => credential.BranchId != branch?.Id), "a credential of ours is alive");
            return wrong;
        }

        var let = stage.LogIn(stage.World.KeyVault.ReadValue(record.Name));
        // To the end of the seventh day after the finish, and the day after it.
        if (stage.World.Clock.GetUtcNow() >= new DateTimeOffset(stage.FinishOf(sprint).AddDays(9), TimeOnly.MinValue, TimeSpan.Zero) && Alias != sprint)
        {
            Check(let is null || !IsPastGraces, "the iteration and its grace are over, and its credential is valid");
            return wrong;
        }

        Check(let is not null && let.Id == record.Tags.GetValueOrDefault("CredentialId") && let.BranchId == branch?.Id, "the record's value does not log in to its branch with its credential");
        Check(let is null || ((let.ExpiresAt - record.Expires) ?? TimeSpan.MaxValue).Duration() <= TimeSpan.FromSeconds(1), $"the record says {record.Expires:u}, and its credential ends on {let?.ExpiresAt:u}");
        return wrong;
    }
}
