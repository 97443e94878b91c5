using Azure.Security.KeyVault.Secrets;
using IterationBranches.Sandbox.Demo;
using IterationBranches.Sandbox.StandIns.PlanetScale;
using IterationBranches.Testing;
using IterationBranches.Testing.Hands;

namespace IterationBranches.EndToEnd.Tests.Rig;

/// <summary>What a track must have in the end.</summary>
/// <param name="Current">The one that the alias gives.</param>
public sealed record Expected(RigTrack Track, IReadOnlyList<Guid> Iterations, Guid Current);

/// <param name="Wrong">Empty when all is well.</param>
/// <param name="Orphans">Credentials of ours that nothing names and that are too young to be deleted: their answer was lost.</param>
/// <param name="Older">Credentials of ours that only an older version of a record names: a write to the vault came late, and they wait for rotation's grace.</param>
public sealed record Findings(IReadOnlyList<string> Wrong, int Orphans, int Older);

/// <summary>Reads from outside, as applications and people do, what the app has done: nothing here shares code or memory with it.</summary>
public static class EndState
{
    private static readonly TimeSpan s_orphanAge = TimeSpan.FromMinutes(15);

    /// <param name="mayHaveOlder">Whether something happened after which a credential that was committed can have been replaced.</param>
    public static async Task<Findings> ReadAsync(AppRig rig, IReadOnlyList<Expected> all, bool mayHaveOlder)
    {
        var outside = new Outside(rig.Cloud);
        var secrets = (await outside.ListSecretsAsync(CancellationToken.None)).ToDictionary(secret => secret.Name);
        List<string> wrong = [];
        var named = new Dictionary<string, string>();
        foreach (var expected in all)
        {
            await CheckTrackAsync(rig, outside, secrets, expected, named, wrong);
        }

        var wanted = all.SelectMany(expected => expected.Iterations.Select(id => RecordName(expected.Track, id)).Append(expected.Track.Alias)).ToHashSet();
        wrong.AddRange(secrets.Keys.Where(name => !wanted.Contains(name)).Select(name => $"the secret {name} is not wanted by anything"));
        var (orphans, older) = CheckDatabases(rig, all, named, mayHaveOlder, wrong);
        foreach (var queue in (string[])[AppRig.QueueName, $"{AppRig.QueueName}-poison"])
        {
            var left = await outside.CountMessagesAsync(queue, CancellationToken.None);
            if (left > 0)
            {
                wrong.Add($"{left} messages are left on {queue}");
            }
        }

        return new(wrong, orphans, older);
    }

    public static string RecordName(RigTrack track, Guid iteration) => $"br-{track.Name}-{iteration.ToString("N")[..8]}";

    /// <param name="named">Credential by the branch that it opens; filled.</param>
    private static async Task CheckTrackAsync(
        AppRig rig, Outside outside, Dictionary<string, SecretProperties> secrets, Expected expected, Dictionary<string, string> named, List<string> wrong)
    {
        var branches = rig.Cloud.PlanetScale.Branches(expected.Track.Database).ToDictionary(branch => branch.Id);
        PasswordState? current = null;
        foreach (var iteration in expected.Iterations)
        {
            var name = RecordName(expected.Track, iteration);
            if (!secrets.TryGetValue(name, out var listed) || listed.Enabled is not true)
            {
                wrong.Add($"{name} is {(listed is null ? "missing" : $"disabled ({string.Join(", ", listed.Tags)})")}");
                continue;
            }

            var record = await outside.OpenAsync(listed, CancellationToken.None);
            current = iteration == expected.Current ? record.LogIn : current;
            var branch = branches.GetValueOrDefault(record.Tag("branch-id"));
            Check(record.Secret.Tags.Keys.Order(StringComparer.Ordinal).SequenceEqual(ReadyRecord.Tags), $"{name} has the tags {string.Join(", ", record.Secret.Tags.Keys.Order(StringComparer.Ordinal))}");
            Check(
                (record.Tag("track"), record.Tag("iteration-id"), record.Tag("state"), record.Tag("ProviderAddress").Split('/')[^1]) == (expected.Track.Name, iteration.ToString(), "ready", branch?.Name),
                $"{name} says {string.Join(", ", record.Secret.Tags)}");
            Check(branch is { Ready: true, Production: false, ParentBranch: "main" }, $"{name} names the branch {branch}");
            Check(
                record.LogIn is not null && (record.LogIn.Id, record.LogIn.BranchId) == (record.Tag("CredentialId"), record.Tag("branch-id")),
                $"{name} names {record.Tag("CredentialId")} of {record.Tag("branch-id")}, and opens {record.LogIn}");
            if (!named.TryAdd(record.Tag("branch-id"), record.Tag("CredentialId")))
            {
                wrong.Add($"{name} names a branch that another record names too");
            }
        }

        var alias = secrets.GetValueOrDefault(expected.Track.Alias) is { Enabled: true } found ? await outside.OpenAsync(found, CancellationToken.None) : null;
        Check(
            alias?.LogIn is not null && alias.LogIn == current && alias.Tag("CredentialId") == current.Id,
            $"{expected.Track.Alias} opens {alias?.LogIn?.ToString() ?? "nothing"} instead of {current}");

        void Check(bool holds, string otherwise)
        {
            if (!holds)
            {
                wrong.Add(otherwise);
            }
        }
    }

    private static (int Orphans, int Older) CheckDatabases(
        AppRig rig, IReadOnlyList<Expected> all, Dictionary<string, string> named, bool mayHaveOlder, List<string> wrong)
    {
        var inVersions = rig.Cloud.KeyVault.Secrets.SelectMany(secret => secret.Versions)
            .Select(version => version.Tags.GetValueOrDefault("CredentialId")).OfType<string>().ToHashSet();
        var (orphans, older) = (0, 0);
        foreach (var database in all.Select(expected => expected.Track.Database).Distinct())
        {
            wrong.AddRange(rig.Cloud.PlanetScale.Branches(database)
                .Where(branch => branch.Name != "main" && !named.ContainsKey(branch.Id))
                .Select(branch => $"no record names the branch {branch.Name} of {database}"));
            foreach (var password in rig.Cloud.PlanetScale.Passwords(database).Where(password => named.GetValueOrDefault(password.BranchId) != password.Id))
            {
                if (!inVersions.Contains(password.Id) && TimeProvider.System.GetUtcNow() - password.CreatedAt < s_orphanAge)
                {
                    orphans++;
                }
                else if (inVersions.Contains(password.Id) && mayHaveOlder)
                {
                    older++;
                }
                else
                {
                    wrong.Add($"the credential {password.Name} of {database} is alive though no record names it ({(inVersions.Contains(password.Id) ? "an older version does" : "nor does an older version")})");
                }
            }
        }

        return (orphans, older);
    }
}
