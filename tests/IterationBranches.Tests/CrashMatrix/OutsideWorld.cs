using System.Collections.Concurrent;
using System.Data.Common;
using System.Security.Cryptography.X509Certificates;
using Azure.Core;
using IterationBranches.Configuration;
using IterationBranches.Sandbox.StandIns;
using IterationBranches.Sandbox.StandIns.AzureBoards;
using IterationBranches.Sandbox.StandIns.Identity;
using IterationBranches.Sandbox.StandIns.KeyVault;
using IterationBranches.Sandbox.StandIns.PlanetScale;
using IterationBranches.Testing;
using IterationBranches.Testing.Hands;
using IterationBranches.Tests.Http;
using Microsoft.Extensions.Logging;

namespace IterationBranches.Tests.CrashMatrix;

/// <summary>What is outside of the app: three services on real connections, queue and lease, and one clock for all.</summary>
internal abstract class OutsideWorld : IAsyncDisposable
{
    public const string Actor = "actor-of-ours";
    public const string App = "app";
    public const int VaultTries = 4;

    private static readonly CertificateAuthority s_authority = CertificateAuthority.Create(TimeProvider.System);
    private static readonly X509Certificate2 s_server = s_authority.IssueServer();

    protected OutsideWorld(DateTimeOffset start)
    {
        Clock = new ManualTime(start) { PassesAtOnce = TimeSpan.FromSeconds(10) };
        Boards = new(Clock);
        PlanetScale = new PlanetScaleStandIn(Clock) { RequestsPerMinute = int.MaxValue }.WithRoles();
        KeyVault = new(Clock, TimeProvider.System);
        Queue = new InMemoryLookQueue(Clock);
        Locks = new InMemoryTrackLocks(Clock);
        Edge = new StorageEdge(Calls);
    }

    public ManualTime Clock { get; }

    public AzureBoardsStandIn Boards { get; }

    public PlanetScaleStandIn PlanetScale { get; }

    public KeyVaultStandIn KeyVault { get; }

    public InMemoryLookQueue Queue { get; }

    public InMemoryAskedNotes AskedNotes { get; } = new();

    public InMemoryTrackLocks Locks { get; }

    public CallBook Calls { get; } = new();

    public StorageEdge Edge { get; }

    /// <summary>The sites that were asked to fetch their references again.</summary>
    public ConcurrentQueue<string> Refreshed { get; } = new();

    /// <summary>From 0 to 1, for the jitter of what was told to wait.</summary>
    public double Chance { get; set; }

    public RecordedLog Log { get; } = new();

    /// <summary>Of what the clients and their libraries say; the app itself is heard in full.</summary>
    public virtual LogLevel ClientsLog => LogLevel.Debug;

    public Settings Settings { get; protected set; } = null!;

    /// <summary>From here every call is written down, and counted for the faults.</summary>
    public virtual void Listen()
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

    /// <summary>Connects with what a secret gives, as an application does; null: it is not let in.</summary>
    public PasswordState? LogInWith(string secretName)
    {
        if (KeyVault.ReadValue(secretName) is not { } value || !value.Contains('=', StringComparison.Ordinal))
        {
            return null;
        }

        var parts = new DbConnectionStringBuilder { ConnectionString = value };
        var user = parts.TryGetValue("User ID", out var mysql) ? mysql : parts["Username"];
        return PlanetScale.LogIn((string)user, (string)parts["Password"]);
    }

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

    protected Task StartServicesAsync() => Task.WhenAll(Boards.StartAsync(), PlanetScale.StartAsync(), KeyVault.StartAsync(certificate: s_server));

    /// <param name="values">By their environment names; how to reach the services is added.</param>
    protected Settings Load(Dictionary<string, string?> values)
    {
        values["Boards__BaseUrl"] = Boards.Address.AbsoluteUri;
        values["Boards__PersonalAccessToken"] = SomeSettings.PersonalAccessToken;
        values["PlanetScale__BaseUrl"] = new Uri(PlanetScale.Address, "v1").AbsoluteUri;
        values["PlanetScale__ServiceToken"] = SomeSettings.ServiceToken;
        values["KeyVault__Uri"] = KeyVault.Address.AbsoluteUri;
        var settings = SettingsLoader.Load(values.ToConfiguration());
        Assert.Empty(settings.Problems);
        Assert.Empty(settings.TracksOff);
        return settings;
    }
}

/// <summary>The app's identity: tokens by the machine's clock, which is the one the client keeps them by.</summary>
internal sealed class AppCredential : TokenCredential
{
    public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
    {
        var now = TimeProvider.System.GetUtcNow();
        return new(StandInTokens.Issue("https://vault.azure.net", OutsideWorld.App, now, TimeSpan.FromHours(2)), now.AddHours(1));
    }

    public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
        new(GetToken(requestContext, cancellationToken));
}
