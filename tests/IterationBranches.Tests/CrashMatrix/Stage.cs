using System.Data.Common;
using IterationBranches.Provisioning;
using IterationBranches.Sandbox.StandIns.PlanetScale;
using IterationBranches.Testing.Hands;
using Record = IterationBranches.Records.Record;

namespace IterationBranches.Tests.CrashMatrix;

/// <summary>The world of a scenario, with two sprints, and with things that are none of ours; as people and checks from outside see it.</summary>
internal sealed class Stage
{
    /// <summary>The sprints, by the names of their branches.</summary>
    public const string Sprint42 = "sprint-42";
    public const string Sprint43 = "sprint-43";

    /// <summary>The password that a person made on the branch of Sprint 42.</summary>
    public const string Persons = "ib-by-a-person";

    public const string Strangers = "strangers";
    public const string SomebodyElses = "somebody-elses";

    private const string Project = "Meridian";
    private const string Table = "added_by_a_person";

    private readonly Dictionary<string, Guid> _sprints = [];
    private readonly Dictionary<string, DateOnly> _finishes = [];
    private readonly string _strangers;
    private (string Branch, string Password)? _persons;
    private int? _request;

    /// <param name="hasNext">Whether the team has Sprint 43 as well.</param>
    public Stage(CrashWorld world, bool hasNext)
    {
        World = world;
        _sprints[Sprint42] = world.Sprint;
        _finishes[Sprint42] = new(2026, 9, 4);
        // It begins when the other is over, and lasts for as long as any scenario does.
        _finishes[Sprint43] = new(2026, 10, 30);
        _sprints[Sprint43] = world.Boards.AddIteration(Project, null, "Sprint 43", new(2026, 9, 5), _finishes[Sprint43]);
        if (hasNext)
        {
            world.Boards.SelectForTeam(Project, "Payments", _sprints[Sprint43]);
        }

        world.PlanetScale.DeletionTakes = TimeSpan.FromSeconds(15);
        world.KeyVault.DeletionTakes = TimeSpan.FromSeconds(3);
        world.KeyVault.RecoveryTakes = TimeSpan.FromSeconds(3);
        world.PlanetScale.AddBranchByHand(CrashWorld.Database, Strangers);
        _strangers = world.PlanetScale.AddPasswordByHand(CrashWorld.Database, Strangers, "ib-0badc0de-12345678");
        world.KeyVault.PutByHand(SomebodyElses, "their value");
    }

    public CrashWorld World { get; }

    /// <summary>Whether something stands against the deletion of Sprint 42's branch.</summary>
    public bool IsGuarded { get; set; }

    public IReadOnlyList<BranchState> Branches => World.PlanetScale.Branches(CrashWorld.Database);

    public IReadOnlyList<PasswordState> Ours => [.. World.PlanetScale.Passwords(CrashWorld.Database).Where(password => password.ActorId == CrashWorld.Actor)];

    public SecretState? Alias => Secret(CrashWorld.Alias);

    public DateOnly FinishOf(string sprint) => _finishes[sprint];

    public string SecretOf(string sprint) => Record.NameFor(CrashWorld.Track, _sprints[sprint]);

    /// <summary>Null when there is none, or it is deleted.</summary>
    public SecretState? RecordOf(string sprint) => Secret(SecretOf(sprint));

    public LookOperation Rotate(string sprint, bool revokeNow = false) =>
        new(LookOperation.Rotate, _sprints[sprint], RecordOf(sprint)!.Tags["CredentialId"], revokeNow);

    public void MoveFinish(string sprint, DateOnly finish)
    {
        var start = sprint == Sprint42 ? new DateOnly(2026, 8, 24) : new DateOnly(2026, 9, 5);
        World.Boards.SetDates(Project, _sprints[sprint], start, _finishes[sprint] = finish);
    }

    public void ChangeSchema() => World.PlanetScale.ChangeSchema(CrashWorld.Database, Sprint42, Table);

    public void ChangeSchemaBack() => World.PlanetScale.ChangeSchema(CrashWorld.Database, Sprint42, Table, null);

    /// <summary>Somebody opens a deploy request, unless the point of no return has been passed.</summary>
    public void OpenDeployRequest()
    {
        if (RecordOf(Sprint42) is { } record && record.Tags["state"] != "deleted")
        {
            _request = World.PlanetScale.OpenDeployRequest(CrashWorld.Database, Sprint42);
            IsGuarded = true;
        }
    }

    public void CloseDeployRequest()
    {
        if (_request is { } number)
        {
            World.PlanetScale.CloseDeployRequest(CrashWorld.Database, number);
            IsGuarded = false;
        }
    }

    public void AddPersonsPassword() =>
        _persons = (Branches.Single(branch => branch.Name == Sprint42).Id, World.PlanetScale.AddPasswordByHand(CrashWorld.Database, Sprint42, Persons));

    /// <summary>One of ours that nothing has named for an hour: its worker died before the commit.</summary>
    public void AddOrphan() => World.PlanetScale.AddPasswordByHand(
        CrashWorld.Database, Sprint42, "ib-00000000-00000000", actorId: CrashWorld.Actor, createdAt: World.Clock.GetUtcNow().AddHours(-1));

    /// <summary>The credential that a secret's value logs in with, and its branch; null: it lets nobody in.</summary>
    public PasswordState? LogIn(string? value)
    {
        if (value is null || !value.Contains('=', StringComparison.Ordinal))
        {
            return null;
        }

        var parts = new DbConnectionStringBuilder { ConnectionString = value };
        return World.PlanetScale.LogIn((string)parts["User ID"], (string)parts["Password"]);
    }

    /// <summary>What was touched that is none of ours.</summary>
    public IEnumerable<string> Touched()
    {
        var passwords = World.PlanetScale.Passwords(CrashWorld.Database);
        if (Branches.All(branch => branch.Name != Strangers) || passwords.All(password => password.Id != _strangers))
        {
            yield return "a stranger's branch or its password is gone";
        }

        if (_persons is { } persons && Branches.Any(branch => branch.Id == persons.Branch && !branch.Deleting) && passwords.All(password => password.Id != persons.Password))
        {
            yield return "a person's password on the sprint's branch is gone";
        }

        if (Secret(SomebodyElses) is not { Versions.Count: 1 } || World.KeyVault.ReadValue(SomebodyElses) != "their value")
        {
            yield return "somebody else's secret was changed";
        }
    }

    private SecretState? Secret(string name) => World.KeyVault.Secrets.FirstOrDefault(secret => secret.Name == name);
}
