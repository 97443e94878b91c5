using IterationBranches.Testing.Hands;

namespace IterationBranches.Tests.CrashMatrix;

/// <summary>What must never be seen from outside, looked for whenever a run has ended.</summary>
internal sealed class Watch(Stage stage, bool revokesAtOnce)
{
    /// <summary>The refusals' hour, the deep look after it, and the poll after that.</summary>
    private static readonly TimeSpan s_healsWithin = TimeSpan.FromHours(2.5);

    private static readonly TimeSpan s_rotationGrace = TimeSpan.FromDays(7);

    private readonly Dictionary<string, DateTimeOffset> _given = [];
    private readonly Dictionary<string, DateTimeOffset> _deadSince = [];
    private readonly HashSet<string> _seen = [];

    public IReadOnlyCollection<string> Seen => _seen;

    public void Look()
    {
        var now = stage.World.Clock.GetUtcNow();
        foreach (var sprint in new[] { Stage.Sprint42, Stage.Sprint43 })
        {
            // Another one may be on its way out, and the name is free again only when it is gone.
            if (stage.Branches.Count(branch => branch.ActorId == CrashWorld.Actor && !branch.Deleting && branch.Name.StartsWith(sprint, StringComparison.Ordinal)) > 1)
            {
                _seen.Add($"two branches of {sprint} are alive");
            }

            if (stage.RecordOf(sprint) is { Enabled: true } record && record.Tags["state"] == "ready" && stage.FinishOf(sprint) >= DateOnly.FromDateTime(now.UtcDateTime))
            {
                Heals(record.Name, now);
            }
        }

        if (stage.Alias is { Enabled: true } alias)
        {
            Heals(alias.Name, now);
            _given[stage.World.KeyVault.ReadValue(alias.Name)!] = now;
            if (alias.Versions.Select(version => version.Tags["iteration-id"]).Aggregate((List<string>)[], (turns, id) => turns is [.., var last] && last == id ? turns : [.. turns, id]) is var turns
                && turns.Count > turns.Distinct().Count())
            {
                _seen.Add("the alias went back to a sprint that it had left");
            }
        }

        if (!revokesAtOnce && _given.Any(given => now - given.Value < s_rotationGrace && stage.LogIn(given.Key) is null))
        {
            _seen.Add($"{now:u}: what the alias gave less than the grace ago lets nobody in any more");
        }

        if (stage.IsGuarded && !stage.Branches.Any(branch => branch.Name == Stage.Sprint42 && !branch.Deleting))
        {
            _seen.Add("the branch was deleted while something stood against it");
        }

        foreach (var touched in stage.Touched())
        {
            _seen.Add(touched);
        }
    }

    private void Heals(string secret, DateTimeOffset now)
    {
        if (stage.LogIn(stage.World.KeyVault.ReadValue(secret)) is not null)
        {
            _deadSince.Remove(secret);
        }
        else if (now - (_deadSince.TryAdd(secret, now) ? now : _deadSince[secret]) > s_healsWithin)
        {
            _seen.Add($"{secret} has given a dead credential for too long");
        }
    }
}
