using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using Azure.Core;
using IterationBranches.Configuration;
using IterationBranches.Sandbox.StandIns;
using IterationBranches.Sandbox.StandIns.AzureBoards;
using IterationBranches.Sandbox.StandIns.Identity;
using IterationBranches.Sandbox.StandIns.KeyVault;
using IterationBranches.Sandbox.StandIns.PlanetScale;
using IterationBranches.Testing;
using IterationBranches.Tests.Http;
using IterationBranches.Tests.Provisioning;

namespace IterationBranches.Tests.CrashMatrix;

/// <summary>The outside of one run: three services on real connections, queue and lease, and one clock for all. A sprint is running, and nothing has been done yet.</summary>
internal sealed class CrashWorld : IAsyncDisposable
{
    public const string Track = "orders";
    public const string Alias = "ConnectionStrings--orders";
    public const string Database = "shop";
    public const string Actor = "actor-of-ours";
    public const string App = "app";
    public const int VaultTries = 4;

    /// <summary>Longer than the first pause between looks is short: it takes two messages at least.</summary>
    private static readonly TimeSpan s_branchTakes = TimeSpan.FromSeconds(4);

    private static readonly CertificateAuthority s_authority = CertificateAuthority.Create(TimeProvider.System);
    private static readonly X509Certificate2 s_server = s_authority.IssueServer();

    private readonly Action<Dictionary<string, string?>>? _change;

    private CrashWorld(bool knowsActor, Action<Dictionary<string, string?>>? change)
    {
        _change = change;
        Boards = new(Clock);
        PlanetScale = new(Clock) { RequestsPerMinute = int.MaxValue };
        KeyVault = new(Clock, TimeProvider.System);
        Queue = new InMemoryLookQueue(Clock);
        Locks = new InMemoryTrackLocks(Clock);
        Edge = new StorageEdge(Calls);
        KnowsActor = knowsActor;
    }

    public ManualTime Clock { get; } = new(Some.Now) { PassesAtOnce = TimeSpan.FromSeconds(10) };

    public AzureBoardsStandIn Boards { get; }

    public PlanetScaleStandIn PlanetScale { get; }

    public PlanetScaleDatabase Shop { get; private set; } = null!;

    public KeyVaultStandIn KeyVault { get; }

    public InMemoryLookQueue Queue { get; }

    public InMemoryTrackLocks Locks { get; }

    public CallBook Calls { get; } = new();

    public StorageEdge Edge { get; }

    /// <summary>The sites that were asked to fetch their references again.</summary>
    public ConcurrentQueue<string> Refreshed { get; } = new();

    public RecordedLog Log { get; } = new();

    public bool KnowsActor { get; }

    public Settings Settings { get; private set; } = null!;

    /// <summary>From 0 to 1, for the jitter of what was told to wait.</summary>
    public double Chance { get; set; }

    public Guid Sprint { get; private set; }

    /// <summary>The sprint's record.</summary>
    public string Secret { get; private set; } = "";

    /// <param name="change">What this world's settings have that the working ones have not.</param>
    public static async Task<CrashWorld> StartAsync(bool knowsActor = true, Action<Dictionary<string, string?>>? change = null)
    {
        var world = new CrashWorld(knowsActor, change);
        await Task.WhenAll(world.Boards.StartAsync(), world.PlanetScale.StartAsync(), world.KeyVault.StartAsync(certificate: s_server));
        world.Boards.AddPersonalAccessToken(SomeSettings.PersonalAccessToken, ["vso.work"]);
        world.Boards.AddProject("Meridian");
        world.Boards.AddTeam("Meridian", "Payments");
        world.Sprint = world.Plan("Sprint 42", new(2026, 8, 24), new(2026, 9, 4));
        world.Secret = Records.Record.NameFor(Track, world.Sprint);
        world.Shop = world.PlanetScale.AddDatabase("acme", Database);
        world.UseToken(Actor);
        world.PlanetScale.BranchReadyAfter = s_branchTakes;
        world.KeyVault.Allow(App, "getSecret", "readMetadata", "setSecret", "update", "recover", "delete");
        world.Settings = world.Load();
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

    /// <summary>From here every call is written down, and counted for the faults.</summary>
    public void Listen()
    {
        Calls.Clear();
        Calls.Listen(Boards, Service.Boards);
        Calls.Listen(PlanetScale, Service.PlanetScale);
        Calls.Listen(KeyVault, Service.KeyVault);
    }

    public StandIn Of(Service service) => service switch
    {
        Service.Boards => Boards,
        Service.PlanetScale => PlanetScale,
        Service.KeyVault => KeyVault,
        _ => throw new ArgumentOutOfRangeException(nameof(service), service, "has no stand-in"),
    };

    public async ValueTask DisposeAsync()
    {
        await Boards.DisposeAsync();
        await PlanetScale.DisposeAsync();
        await KeyVault.DisposeAsync();
    }

    public static SocketsHttpHandler TrustingHandler() => new()
    {
        SslOptions =
        {
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                CustomTrustStore = { X509Certificate2.CreateFromPem(s_authority.CertificatePem) },
            },
        },
    };

    private Settings Load()
    {
        var values = SettingValues.Working();
        values["Boards__BaseUrl"] = Boards.Address.AbsoluteUri;
        values["Boards__PersonalAccessToken"] = SomeSettings.PersonalAccessToken;
        values["PlanetScale__BaseUrl"] = new Uri(PlanetScale.Address, "v1").AbsoluteUri;
        values["PlanetScale__ServiceToken"] = SomeSettings.ServiceToken;
        values["PlanetScale__ActorId"] = KnowsActor ? Actor : null;
        values["KeyVault__Uri"] = KeyVault.Address.AbsoluteUri;
        _change?.Invoke(values);
        var settings = SettingsLoader.Load(values.ToConfiguration());
        Assert.Empty(settings.Problems);
        return settings;
    }
}

/// <summary>The app's identity: tokens by the machine's clock, which is the one the client keeps them by.</summary>
internal sealed class AppCredential : TokenCredential
{
    public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
    {
        var now = TimeProvider.System.GetUtcNow();
        return new(StandInTokens.Issue("https://vault.azure.net", CrashWorld.App, now, TimeSpan.FromHours(2)), now.AddHours(1));
    }

    public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
        new(GetToken(requestContext, cancellationToken));
}
