using IterationBranches.Provisioning;
using IterationBranches.Testing.Hands;

namespace IterationBranches.Tests.Year;

/// <summary>What people do in Boards, at PlanetScale and in the vault; each thing is done there, and noted in what is expected.</summary>
internal sealed class Hands(YearWorld world, IReadOnlyList<Team> teams, Foreign foreign)
{
    private readonly List<Sprint> _sprints = [];

    public IReadOnlyList<Team> Teams => teams;

    public IReadOnlyList<Sprint> Sprints => _sprints;

    public YearWorld World => world;

    public Foreign Foreign => foreign;

    /// <summary>Credentials that an operator wants gone at once.</summary>
    public HashSet<string> Leaked { get; } = new(StringComparer.Ordinal);

    /// <summary>The last day on which PlanetScale refused branches of the shop.</summary>
    public DateOnly? AtLimitUntil { get; set; }

    /// <summary>Whether nothing can be said of it for now.</summary>
    public bool IsInTrouble(Life life) => life.Trouble is not null
        || (life.BranchId is null && life.Team.Database == YearWorld.Shop && AtLimitUntil >= world.Today);

    public Team Team(string track) => teams.First(team => team.Track == track);

    public Life Life(string track, string sprint) => Team(track).Lives.Last(life => life.Sprint.Name == sprint);

    public Sprint AddSprint(string track, string name, DateOnly? start, DateOnly? finish, string? parent = null)
    {
        var path = parent is null ? YearWorld.Project : $@"{YearWorld.Project}\{parent}";
        var sprint = new Sprint(world.Boards.AddIteration(YearWorld.Project, path == YearWorld.Project ? null : path, name, start, finish), name, path, start, finish);
        _sprints.Add(sprint);
        Select(track, sprint);
        return sprint;
    }

    public void Select(string track, Sprint sprint)
    {
        var team = Team(track);
        world.Boards.SelectForTeam(YearWorld.Project, team.Name, sprint.Id);
        if (team.Lives.Find(life => life.Sprint == sprint) is { } known)
        {
            known.IsSelected = true;
            Touch(known);
            return;
        }

        team.Lives.Add(new Life(team, sprint));
    }

    public void Deselect(Life life)
    {
        world.Boards.DeselectForTeam(YearWorld.Project, life.Team.Name, life.Sprint.Id);
        life.IsSelected = false;
        Touch(life);
    }

    public void SetDates(Sprint sprint, DateOnly? start, DateOnly? finish)
    {
        world.Boards.SetDates(YearWorld.Project, sprint.Id, start, finish);
        (sprint.Start, sprint.Finish) = (start, finish);
        Touch(sprint);
    }

    public void Rename(Sprint sprint, string name)
    {
        world.Boards.Rename(YearWorld.Project, sprint.Id, name);
        sprint.Name = name;
        Touch(sprint);
    }

    public void Move(Sprint sprint, string parent)
    {
        sprint.ParentPath = $@"{YearWorld.Project}\{parent}";
        world.Boards.Move(YearWorld.Project, sprint.Id, sprint.ParentPath);
        Touch(sprint);
    }

    public void Remove(Sprint sprint)
    {
        world.Boards.RemoveIteration(YearWorld.Project, sprint.Id);
        sprint.IsRemoved = true;
        Touch(sprint);
    }

    public Task RotateAsync(Life life, bool revokeNow = false)
    {
        var credential = Credential(life);
        if (revokeNow)
        {
            Leaked.Add(credential);
        }

        life.Trouble = null;
        Touch(life);
        return SendAsync(life, new(LookOperation.Rotate, life.Sprint.Id, credential, revokeNow));
    }

    public Task RecreateAsync(Life life)
    {
        life.Trouble = null;
        Touch(life);
        return SendAsync(life, new(LookOperation.Recreate, life.Sprint.Id, Secret(life)!.Tags.GetValueOrDefault("CredentialId")));
    }

    public Task RetryAsync(string track) =>
        world.Queue.SendAsync(new(LookMessage.CurrentVersion, track, LookReason.Operator, new(LookOperation.Retry)), null, CancellationToken.None);

    public void DisableRecord(Life life)
    {
        world.KeyVault.DisableByHand(life.Record);
        life.WasReadable = false;
        life.Trouble = "its record was disabled";
    }

    public void DeletePassword(Life life) => world.PlanetScale.DeletePasswordByHand(Credential(life));

    /// <summary>Key Vault keeps it recoverable.</summary>
    public void DeleteSecret(string name) => world.KeyVault.DeleteByHand(name);

    public void DeleteBranch(Life life)
    {
        world.PlanetScale.DeleteBranchByHand(life.Team.Database, life.BranchId!);
        life.Trouble = "its branch was deleted";
        life.BranchId = null;
    }

    public void Guard(Life life, string why, Action<string> hold)
    {
        hold(life.BranchId ?? throw new InvalidOperationException($"{life} has no branch to guard"));
        life.Guards.Add(why);
    }

    public void Free(Life life, string why, Action<string> free)
    {
        free(life.BranchId!);
        life.Guards.Remove(why);
        Touch(life);
    }

    public string AddForeignBranch(string database, string name, string parent = "main")
    {
        var id = world.PlanetScale.AddBranchByHand(database, name, parent);
        foreign.AddBranch(database, id);
        return id;
    }

    public void AddForeignSecret(string name)
    {
        world.KeyVault.PutByHand(name, $"what {name} holds", new Dictionary<string, string> { ["owner"] = "somebody" });
        foreign.AddSecret(name);
    }

    /// <summary>For good: a deleted secret would hold its name.</summary>
    public void RemoveForeignSecret(string name)
    {
        foreign.Forget(name);
        world.KeyVault.DeleteByHand(name);
        world.Clock.Advance(TimeSpan.FromSeconds(5));
        world.KeyVault.PurgeByHand(name);
    }

    public SecretState? Secret(Life life) => world.KeyVault.Secrets.FirstOrDefault(secret => secret.Name == life.Record);

    public string Credential(Life life) => Secret(life)?.Tags.GetValueOrDefault("CredentialId") ?? throw new InvalidOperationException($"{life} has no credential");

    public void Touch(Life life) => life.Touched = world.Today;

    private void Touch(Sprint sprint)
    {
        foreach (var life in teams.SelectMany(team => team.Lives).Where(life => life.Sprint == sprint))
        {
            Touch(life);
        }
    }

    private Task SendAsync(Life life, LookOperation operation) =>
        world.Queue.SendAsync(new(LookMessage.CurrentVersion, life.Team.Track, LookReason.Operator, operation), null, CancellationToken.None);
}
