using System.Security.Cryptography.X509Certificates;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Security.KeyVault.Secrets;
using IterationBranches.Configuration;
using IterationBranches.KeyVault;
using IterationBranches.Sandbox.StandIns;
using IterationBranches.Sandbox.StandIns.Identity;
using IterationBranches.Sandbox.StandIns.KeyVault;
using IterationBranches.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace IterationBranches.Tests.KeyVault;

/// <summary>A vault on HTTPS and the store on the official client, which may do what the deployed app may and no more.</summary>
public sealed class VaultFixture : IAsyncLifetime
{
    public const string App = "app";

    private readonly CertificateAuthority _authority = CertificateAuthority.Create(TimeProvider.System);
    private readonly HttpClientTransport _transport;

    public VaultFixture()
    {
        // The vault's clock stands still, and must not be behind the tokens of the machine's.
        Clock = new ManualTime(DateTimeOffset.UnixEpoch.AddYears(60));
        Vault = new KeyVaultStandIn(Clock, TimeProvider.System);
        Vault.Allow(App, "getSecret", "readMetadata", "setSecret", "update", "recover");
        _transport = new HttpClientTransport(new SocketsHttpHandler
        {
            SslOptions =
            {
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    RevocationMode = X509RevocationMode.NoCheck,
                    CustomTrustStore = { X509Certificate2.CreateFromPem(_authority.CertificatePem) },
                },
            },
        });
    }

    public ManualTime Clock { get; }

    public KeyVaultStandIn Vault { get; }

    internal KeyVaultRecordStore Store { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await Vault.StartAsync(certificate: _authority.IssueServer());
        var client = new SecretClient(Vault.Address, new AppCredential(), new SecretClientOptions
        {
            DisableChallengeResourceVerification = true,
            Transport = _transport,
            // A refusal is to be seen at once.
            Retry = { MaxRetries = 0 },
        });
        Store = new KeyVaultRecordStore(client, SettingsLoader.Load(SettingValues.Working().ToConfiguration()), Clock, NullLogger<KeyVaultRecordStore>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        await Vault.DisposeAsync();
        _transport.Dispose();
        _authority.Dispose();
    }
}

/// <summary>The app's identity, without an endpoint that issues tokens.</summary>
internal sealed class AppCredential : TokenCredential
{
    public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
    {
        var now = TimeProvider.System.GetUtcNow();
        return new(StandInTokens.Issue("https://vault.azure.net", VaultFixture.App, now, TimeSpan.FromHours(2)), now.AddHours(1));
    }

    public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
        new(GetToken(requestContext, cancellationToken));
}
