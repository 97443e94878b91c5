using System.Security.Cryptography.X509Certificates;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Security.KeyVault.Secrets;
using IterationBranches.Sandbox.StandIns;
using IterationBranches.Sandbox.StandIns.Identity;
using IterationBranches.Sandbox.StandIns.KeyVault;
using IterationBranches.Testing.Hands;

namespace IterationBranches.Samples.Tests;

/// <summary>The vault of the records, in which the application may read secrets, and no more: it cannot list them.</summary>
public sealed class SampleVault : IAsyncLifetime
{
    private const string App = "shop-web";

    private readonly CertificateAuthority _authority = CertificateAuthority.Create(TimeProvider.System);
    private readonly HttpClientTransport _transport;

    public SampleVault() => _transport = new HttpClientTransport(new SocketsHttpHandler
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

    public KeyVaultStandIn StandIn { get; } = new(TimeProvider.System);

    /// <summary>What was asked, but for the client's first question, which every vault refuses until it has a token.</summary>
    public IReadOnlyList<Call> Questions => [.. StandIn.Calls.All.Where(call => call.Status != 401)];

    public async ValueTask InitializeAsync()
    {
        await StandIn.StartAsync(certificate: _authority.IssueServer());
        StandIn.Allow(App, "getSecret");
        StandIn.PutByHand(Orders.Alias, Orders.Sprint42);
        StandIn.PutByHand("ConnectionStrings--billing", "another team's");
        StandIn.PutByHand("br-orders-77863ba2", "another sprint's");
    }

    public void Forbid() => StandIn.Deny(App, "getSecret");

    /// <summary>As the sample connects, but that it trusts the stand-in's certificate and tries once.</summary>
    public SecretClient Connect(Uri address) => new(address, new AppCredential(), new SecretClientOptions
    {
        DisableChallengeResourceVerification = true,
        Transport = _transport,
        Retry = { MaxRetries = 0 },
    });

    public async ValueTask DisposeAsync()
    {
        await StandIn.DisposeAsync();
        _transport.Dispose();
        _authority.Dispose();
    }

    private sealed class AppCredential : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            var now = TimeProvider.System.GetUtcNow();
            return new(StandInTokens.Issue("https://vault.azure.net", App, now, TimeSpan.FromHours(2)), now.AddHours(1));
        }

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new(GetToken(requestContext, cancellationToken));
    }
}
