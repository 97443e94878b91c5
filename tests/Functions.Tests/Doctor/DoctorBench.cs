using System.Net;
using Azure.Core;
using IterationBranches.Doctor;
using IterationBranches.Functions.Tests.Running;
using IterationBranches.Sandbox.StandIns;
using IterationBranches.Sandbox.StandIns.AppService;
using IterationBranches.Sandbox.StandIns.AzureBoards;
using IterationBranches.Sandbox.StandIns.Identity;
using IterationBranches.Sandbox.StandIns.KeyVault;
using IterationBranches.Sandbox.StandIns.PlanetScale;
using IterationBranches.Testing;
using IterationBranches.Testing.Faults;
using IterationBranches.Testing.Hands;
using Microsoft.Extensions.DependencyInjection;

namespace IterationBranches.Functions.Tests.Doctor;

/// <summary>Everything outside as the app needs it, each system a peer that checks what it is sent; a test breaks one thing.</summary>
internal sealed class DoctorBench : IAsyncDisposable
{
    public const string Principal = "a0000000-0000-4000-8000-000000000001";
    public const string Site = "/subscriptions/00000000-0000-4000-8000-000000000003/resourceGroups/shop/providers/Microsoft.Web/sites/shop-web";
    public const string TokenId = "token-id";

    private const string ServiceToken = "pscale_tkn_of-the-tests";
    private const string PersonalAccessToken = "pat-of-the-tests";

    private static readonly string[] s_needed = ["read_database", "read_branch", "create_branch", "connect_branch", "delete_branch_password"];

    private readonly CertificateAuthority _authority = CertificateAuthority.Create(TimeProvider.System);
    private readonly string _folder = Directory.CreateTempSubdirectory("doctor-").FullName;
    private readonly StandInCredential _identity;

    private DoctorBench()
    {
        var clock = new ManualTime();
        Boards = new(clock);
        PlanetScale = new PlanetScaleStandIn(clock).WithRoles();
        Vault = new(clock);
        Sites = new(clock);
        _identity = new(clock);
    }

    public AzureBoardsStandIn Boards { get; }

    public PlanetScaleStandIn PlanetScale { get; }

    public KeyVaultStandIn Vault { get; }

    public AppServiceStandIn Sites { get; }

    public AzuriteProxy Storage { get; private set; } = null!;

    /// <summary>The database of the one track.</summary>
    public PlanetScaleDatabase Shop { get; private set; } = null!;

    public string QueueName { get; private set; } = "";

    /// <summary>Of the app, by their names in the environment; null takes one away.</summary>
    public Dictionary<string, string?> Settings { get; } = SettingValues.Working();

    /// <summary>Why the identity gives no token; null: it does.</summary>
    public Exception? NoToken { set => _identity.Failure = value; }

    public static async Task<DoctorBench> StartAsync(AzuriteFixture azurite)
    {
        var bench = new DoctorBench();
        await bench.Boards.StartAsync();
        await bench.PlanetScale.StartAsync();
        await bench.Vault.StartAsync(certificate: bench._authority.IssueServer());
        await bench.Sites.StartAsync();
        bench.Storage = await azurite.ProxyAsync(TimeProvider.System);
        bench.QueueName = azurite.NewQueueName();
        await azurite.Queue(bench.QueueName).CreateAsync();

        bench.Boards.AddPersonalAccessToken(PersonalAccessToken, ["vso.work"]);
        bench.Boards.AddProject("Meridian");
        bench.Boards.AddTeam("Meridian", "Payments");
        bench.Boards.SelectForTeam("Meridian", "Payments", bench.Boards.AddIteration("Meridian", null, "Sprint 42", new(2026, 8, 24), new(2026, 9, 6)));
        bench.Shop = bench.PlanetScale.AddDatabase("acme", "shop");
        bench.Permit(s_needed);
        bench.Vault.Allow(Principal, "getSecret", "readMetadata", "setSecret", "update", "recover");
        await bench.TellAsync();
        return bench;
    }

    /// <summary>Gives the app's service token these permissions on the database shop, and no others.</summary>
    /// <param name="mayTell">Whether it may say itself what it is permitted.</param>
    public void Permit(IReadOnlyList<string> permissions, bool mayTell = true, IReadOnlyList<string>? ofOrganization = null, DateTimeOffset? expiresAt = null, IReadOnlyDictionary<string, IReadOnlyList<string>>? others = null) =>
        PlanetScale.AddServiceToken(
            TokenId, ServiceToken, "actor-of-the-app",
            new Dictionary<string, IReadOnlyList<string>>(others ?? new Dictionary<string, IReadOnlyList<string>>()) { ["shop"] = permissions },
            [.. ofOrganization ?? [], .. mayTell ? ["read_service_tokens"] : Array.Empty<string>()], "acme", expiresAt);

    /// <summary>All that the README asks for but these.</summary>
    public void PermitAllBut(string permission, bool mayTell = true) => Permit([.. s_needed.Where(needed => needed != permission)], mayTell);

    public void PermitAlso(params string[] permissions) => Permit([.. s_needed, .. permissions]);

    /// <summary>An app that has looked at its track just now.</summary>
    public async Task<RunningApp> StartAppAsync()
    {
        var app = await RunningApp.StartAsync(
            settings =>
            {
                settings.Clear();
                foreach (var (name, value) in Settings.Where(setting => setting.Value is not null))
                {
                    settings[name] = value;
                }
            },
            services => services.AddSingleton<TokenCredential>(_identity));
        await app.RememberAsync("orders", new() { LastLook = app.Clock.GetUtcNow() });
        return app;
    }

    /// <summary>Asks an app of its own for its diagnosis. Whatever it is, no secret is in it.</summary>
    public async Task<Diagnosis> AskAsync()
    {
        await using var app = await StartAppAsync();
        return await AskAsync(app);
    }

    public async Task<Diagnosis> AskAsync(RunningApp app)
    {
        var answer = await app.SendAsync(HttpMethod.Get, "/api/doctor");
        Assert.Equal((HttpStatusCode.OK, "application/json"), (answer.Status, answer.MediaType));
        AssertNoSecret(answer.Text + string.Join('\n', app.Log.Lines));
        return Diagnosis.Parse(answer.Text) ?? throw new InvalidOperationException($"this is no diagnosis: {answer.Text}");
    }

    public void AssertNoSecret(string text)
    {
        string?[] secrets = [ServiceToken, PersonalAccessToken, Settings["ServiceHook__Password"], Storage.ConnectionString.Split("AccountKey=")[1].Split(';')[0], .. _identity.Issued];
        Assert.All(secrets.OfType<string>(), secret => Assert.DoesNotContain(secret, text, StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var standIn in new StandIn[] { Boards, PlanetScale, Vault, Sites })
        {
            await standIn.DisposeAsync();
        }

        await Storage.DisposeAsync();
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task TellAsync()
    {
        var ca = Path.Combine(_folder, "ca.pem");
        await _authority.WriteCertificateAsync(ca);
        Settings["AzureWebJobsStorage"] = Storage.ConnectionString;
        Settings["ProvisionQueueName"] = QueueName;
        Settings["Boards__BaseUrl"] = Boards.Address.AbsoluteUri;
        Settings["PlanetScale__BaseUrl"] = new Uri(PlanetScale.Address, "v1").AbsoluteUri;
        Settings["KeyVault__Uri"] = Vault.Address.AbsoluteUri;
        Settings["KeyVault__DisableChallengeResourceVerification"] = "true";
        Settings["KeyVault__CaFile"] = ca;
        Settings["ResourceManager__BaseUrl"] = Sites.Address.AbsoluteUri;
    }

    /// <summary>The app's identity, which keeps what it gave, so that it can be searched for.</summary>
    private sealed class StandInCredential(TimeProvider clock) : TokenCredential
    {
        private readonly List<string> _issued = [];

        public Exception? Failure { get; set; }

        public IReadOnlyList<string> Issued
        {
            get
            {
                lock (_issued)
                {
                    return [.. _issued];
                }
            }
        }

        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            if (Failure is not null)
            {
                throw Failure;
            }

            var token = StandInTokens.Issue(Assert.Single(requestContext.Scopes).Replace("/.default", "", StringComparison.Ordinal), Principal, clock.GetUtcNow(), TimeSpan.FromHours(2));
            lock (_issued)
            {
                _issued.Add(token);
            }

            return new(token, TimeProvider.System.GetUtcNow().AddHours(1));
        }

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            try
            {
                return new(GetToken(requestContext, cancellationToken));
            }
            catch (Exception refusal)
            {
                return ValueTask.FromException<AccessToken>(refusal);
            }
        }
    }
}

internal static class Findings
{
    /// <summary>What failed, in the order in which it was said.</summary>
    public static IEnumerable<Check> Failed(this Diagnosis diagnosis) => diagnosis.Checks.Where(check => check.Outcome == Outcome.Failed);

    public static IEnumerable<Check> Warnings(this Diagnosis diagnosis) => diagnosis.Checks.Where(check => check.Outcome == Outcome.Warning);

    public static IEnumerable<Check> Of(this Diagnosis diagnosis, string name) => diagnosis.Checks.Where(check => check.Name == name);

    /// <summary>Everything that a person would read.</summary>
    public static string All(this Diagnosis diagnosis) => string.Join('\n', diagnosis.Checks);
}
