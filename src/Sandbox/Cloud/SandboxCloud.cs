using System.Security.Cryptography;
using IterationBranches.Sandbox.Azurite;
using IterationBranches.Sandbox.StandIns;
using IterationBranches.Sandbox.StandIns.AppService;
using IterationBranches.Sandbox.StandIns.AzureBoards;
using IterationBranches.Sandbox.StandIns.Identity;
using IterationBranches.Sandbox.StandIns.KeyVault;
using IterationBranches.Sandbox.StandIns.PlanetScale;

namespace IterationBranches.Sandbox.Cloud;

/// <summary>Ports on 127.0.0.1; 0: any free one. Azurite takes the given one and the two after it.</summary>
public sealed record SandboxPorts(int Boards = 0, int PlanetScale = 0, int KeyVault = 0, int Identity = 0, int Storage = 0);

/// <summary>What the app is told in the place of the stand-ins' own addresses, so that a proxy can stand between; null: their own.</summary>
public sealed record SandboxAddresses(Uri? Boards = null, Uri? PlanetScale = null, Uri? KeyVault = null);

/// <summary>Everything that the function app talks to, on this machine: four stand-ins, and Azurite.</summary>
public sealed class SandboxCloud : IAsyncDisposable
{
    /// <summary>The app's identity, and who looks in from outside.</summary>
    public const string AppPrincipal = "a0000000-0000-4000-8000-000000000001";
    public const string CheckerPrincipal = "c0000000-0000-4000-8000-000000000002";

    /// <summary>Who the app is on PlanetScale.</summary>
    public const string ActorId = "s1t2u3v4w5x6";

    public const string Organization = "acme";
    public const string HookUsername = "azure-devops";

    public const string ServiceTokenId = "sandboxtoken";

    // What the documentation asks for, and no more: the app must get along with it. "delete" is for retirement alone.
    private static readonly string[] s_vaultActions = ["getSecret", "readMetadata", "setSecret", "update", "recover", "delete"];

    private readonly List<string> _databases = [];
    private readonly CertificateAuthority _authority;
    private readonly string _serviceToken = $"pscale_tkn_{RandomNumberGenerator.GetHexString(40, lowercase: true)}";

    private SandboxCloud(TimeProvider clock)
    {
        Boards = new(clock);
        PlanetScale = new(clock);
        // As in many a company: the app must do with it.
        KeyVault = new(clock) { PolicyValidity = TimeSpan.FromDays(90) };
        AppService = new(clock);
        Identity = new(clock, AppPrincipal);
        _authority = CertificateAuthority.Create(clock);
        Folder = Directory.CreateTempSubdirectory("iteration-branches-").FullName;
    }

    public AzureBoardsStandIn Boards { get; }

    public PlanetScaleStandIn PlanetScale { get; }

    public KeyVaultStandIn KeyVault { get; }

    public AppServiceStandIn AppService { get; }

    public IdentityStandIn Identity { get; }

    /// <summary>Only after the start.</summary>
    public AzuriteProcess Storage { get; private set; } = null!;

    /// <summary>A folder of this run, deleted with it.</summary>
    public string Folder { get; }

    public string CaFile => Path.Combine(Folder, "sandbox-ca.pem");

    /// <summary>The personal access token of a project administrator; the app never has it.</summary>
    public string AdministratorToken { get; } = RandomNumberGenerator.GetHexString(52, lowercase: true);

    public string HookPassword { get; } = RandomNumberGenerator.GetHexString(32, lowercase: true);

    public IEnumerable<(string Name, StandIn StandIn)> StandIns =>
        [("Azure Boards", Boards), ("PlanetScale", PlanetScale), ("Key Vault", KeyVault), ("App Service", AppService), ("identity", Identity)];

    public static async Task<SandboxCloud> StartAsync(TimeProvider clock, SandboxPorts ports, Action<string> progress, CancellationToken cancellationToken)
    {
        var cloud = new SandboxCloud(clock);
        try
        {
            await cloud._authority.WriteCertificateAsync(cloud.CaFile, cancellationToken);
            await cloud.Identity.StartAsync(ports.Identity);
            await cloud.Boards.StartAsync(ports.Boards);
            await cloud.PlanetScale.StartAsync(ports.PlanetScale);
            await cloud.KeyVault.StartAsync(ports.KeyVault, cloud._authority.IssueServer());
            await cloud.AppService.StartAsync();
            cloud.Grant();
            cloud.Storage = await AzuriteProcess.StartAsync(ports.Storage, progress, cancellationToken);
            return cloud;
        }
        catch
        {
            await cloud.DisposeAsync();
            throw;
        }
    }

    /// <summary>The settings of the app, without its tracks.</summary>
    public Dictionary<string, string> Settings(SandboxAddresses told) => new()
    {
        ["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated",
        // host.json lets an idle queue be looked at every ten seconds; whoever watches a desk waits for less.
        ["AzureFunctionsJobHost__extensions__queues__maxPollingInterval"] = "00:00:00.1000000",
        ["AzureWebJobsStorage"] = Storage.ConnectionString,
        ["PollSchedule"] = "20 */5 * * * *",
        ["ProvisionQueueName"] = "provision-branch",
        ["IDENTITY_ENDPOINT"] = Identity.Endpoint.AbsoluteUri,
        ["IDENTITY_HEADER"] = Identity.Header,
        ["Boards__BaseUrl"] = Text(told.Boards ?? Boards.Address),
        ["Boards__Organization"] = Boards.Organization,
        ["PlanetScale__BaseUrl"] = Text(told.PlanetScale ?? new Uri(PlanetScale.Address, "v1")),
        ["PlanetScale__Organization"] = Organization,
        ["PlanetScale__ServiceTokenId"] = ServiceTokenId,
        ["PlanetScale__ServiceToken"] = _serviceToken,
        ["KeyVault__Uri"] = Text(told.KeyVault ?? KeyVault.Address),
        ["KeyVault__DisableChallengeResourceVerification"] = "true",
        ["KeyVault__CaFile"] = CaFile,
        ["ResourceManager__BaseUrl"] = Text(AppService.Address),
        ["ServiceHook__Username"] = HookUsername,
        ["ServiceHook__Password"] = HookPassword,
    };

    /// <summary>A database that the app's service token may work on.</summary>
    public void AddDatabase(string name)
    {
        PlanetScale.AddDatabase(Organization, name);
        _databases.Add(name);
        PlanetScale.AddServiceToken(
            ServiceTokenId, _serviceToken, ActorId, _databases.ToDictionary(database => database, _ => TokenPermissions.Development),
            // So that the doctor can see the others.
            organizationPermissions: ["read_service_tokens"], organization: Organization);
    }

    public async ValueTask DisposeAsync()
    {
        if (Storage is not null)
        {
            await Storage.DisposeAsync();
        }

        foreach (var (_, standIn) in StandIns)
        {
            await standIn.DisposeAsync();
        }

        _authority.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private void Grant()
    {
        KeyVault.Allow(AppPrincipal, s_vaultActions);
        KeyVault.Allow(CheckerPrincipal, "getSecret", "readMetadata");
        Boards.AddUser(AppPrincipal);
        Boards.AddPersonalAccessToken(AdministratorToken, ["vso.work", "vso.code", "vso.project"], hooks: HookRights.All);
        AppService.AddSite(Seed.Site, AppPrincipal);
        AddDatabase(Seed.Shop);
        AddDatabase(Seed.Inventory);
    }

    private static string Text(Uri address) => address.AbsoluteUri.TrimEnd('/');
}
