using IterationBranches.Sandbox.StandIns.PlanetScale;
using IterationBranches.Testing;
using IterationBranches.Testing.Hands;
using IterationBranches.Tests.Http;
using IterationBranches.Tests.Provisioning;

namespace IterationBranches.Tests.CrashMatrix;

/// <summary>The outside of one run. A sprint is running, and nothing has been done yet.</summary>
internal sealed class CrashWorld : OutsideWorld
{
    public const string Track = "orders";
    public const string Alias = "ConnectionStrings--orders";
    public const string Database = "shop";

    /// <summary>Longer than the first pause between looks is short: it takes two messages at least.</summary>
    private static readonly TimeSpan s_branchTakes = TimeSpan.FromSeconds(4);

    private CrashWorld(bool knowsActor)
        : base(Some.Now) => KnowsActor = knowsActor;

    public PlanetScaleDatabase Shop { get; private set; } = null!;

    public bool KnowsActor { get; }

    public Guid Sprint { get; private set; }

    /// <summary>The sprint's record.</summary>
    public string Secret { get; private set; } = "";

    /// <param name="change">What this world's settings have that the working ones have not.</param>
    public static async Task<CrashWorld> StartAsync(bool knowsActor = true, Action<Dictionary<string, string?>>? change = null)
    {
        var world = new CrashWorld(knowsActor);
        await world.StartServicesAsync();
        world.Boards.AddPersonalAccessToken(SomeSettings.PersonalAccessToken, ["vso.work"]);
        world.Boards.AddProject("Meridian");
        world.Boards.AddTeam("Meridian", "Payments");
        world.Sprint = world.Plan("Sprint 42", new(2026, 8, 24), new(2026, 9, 4));
        world.Secret = Records.Record.NameFor(Track, world.Sprint);
        world.Shop = world.PlanetScale.AddDatabase("acme", Database);
        world.UseToken(Actor);
        world.PlanetScale.BranchReadyAfter = s_branchTakes;
        world.KeyVault.Allow(App, "getSecret", "readMetadata", "setSecret", "update", "recover", "delete");
        var values = SettingValues.Working();
        values["PlanetScale__ActorId"] = knowsActor ? Actor : null;
        change?.Invoke(values);
        world.Settings = world.Load(values);
        return world;
    }

    /// <summary>From here the app's service token is this actor's.</summary>
    public void UseToken(string actor, params string[] except)
    {
        string[] all = ["read_database", "read_branch", "create_branch", "connect_branch", "delete_branch_password", "delete_branch", "read_deploy_request"];
        PlanetScale.AddServiceToken("token-id", SomeSettings.ServiceToken, actor, new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal)
        {
            [Database] = [.. all.Except(except)],
        });
    }

    /// <summary>An iteration that the team has selected.</summary>
    /// <param name="parentPath">Null: right below the project.</param>
    public Guid Plan(string name, DateOnly start, DateOnly finish, string? parentPath = null)
    {
        var iteration = Boards.AddIteration("Meridian", parentPath, name, start, finish);
        Boards.SelectForTeam("Meridian", "Payments", iteration);
        return iteration;
    }
}
