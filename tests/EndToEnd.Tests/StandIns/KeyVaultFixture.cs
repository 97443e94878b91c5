using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Security.KeyVault.Secrets;
using IterationBranches.Sandbox.StandIns;
using IterationBranches.Sandbox.StandIns.Identity;
using IterationBranches.Sandbox.StandIns.KeyVault;

namespace IterationBranches.EndToEnd.Tests.StandIns;

/// <summary>A vault on HTTPS, with the official client for it.</summary>
internal sealed class KeyVaultFixture : IAsyncDisposable
{
    private readonly CertificateAuthority _authority = CertificateAuthority.Create(TimeProvider.System);
    private readonly List<IDisposable> _clients = [];

    private KeyVaultFixture() => Vault = new KeyVaultStandIn(Clock);

    public SettableTime Clock { get; } = new(DateTimeOffset.UnixEpoch.AddYears(60));

    public KeyVaultStandIn Vault { get; }

    public static async Task<KeyVaultFixture> StartAsync()
    {
        var fixture = new KeyVaultFixture();
        await fixture.Vault.StartAsync(certificate: fixture._authority.IssueServer());
        return fixture;
    }

    /// <summary>A client for a principal that may do everything.</summary>
    public SecretClient Owner()
    {
        Vault.Allow("owner", "getSecret", "readMetadata", "setSecret", "update", "delete", "recover", "purge");
        return Client("owner");
    }

    public SecretClient Client(string principal) => Client(new StandInCredential(principal, Clock));

    public SecretClient Client(TokenCredential credential) => new(Vault.Address, credential, new SecretClientOptions
    {
        // The check compares the vault's host with vault.azure.net, which a server on this machine cannot be.
        DisableChallengeResourceVerification = true,
        Transport = new HttpClientTransport(Http()),
        // A refusal is to be seen at once; nothing here is tried again.
        Retry = { MaxRetries = 0 },
    });

    /// <summary>For requests that the official client does not send.</summary>
    public HttpClient Http(string? principal = null)
    {
        var handler = new SocketsHttpHandler
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
        };
        var http = new HttpClient(handler) { BaseAddress = Vault.Address };
        if (principal is not null)
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token(principal, Clock));
        }

        _clients.Add(http);
        return http;
    }

    public static async Task<RequestFailedException> RefusedAsync(Func<Task> act) => await Assert.ThrowsAsync<RequestFailedException>(act);

    public static (int Status, string? Code, string? InnerCode) Codes(RequestFailedException refused)
    {
        using var body = JsonDocument.Parse(refused.GetRawResponse()!.Content);
        var inner = body.RootElement.GetProperty("error").TryGetProperty("innererror", out var element) ? element.GetProperty("code").GetString() : null;
        return (refused.Status, refused.ErrorCode, inner);
    }

    public async ValueTask DisposeAsync()
    {
        _clients.ForEach(client => client.Dispose());
        await Vault.DisposeAsync();
        _authority.Dispose();
    }

    private static string Token(string principal, TimeProvider clock) =>
        // The client keeps a token by the machine's time, however far a test moves the vault's.
        StandInTokens.Issue("https://vault.azure.net", principal, clock.GetUtcNow(), TimeSpan.FromDays(365));

    private sealed class StandInCredential(string principal, TimeProvider clock) : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            requestContext.Scopes is ["https://vault.azure.net/.default"]
                ? new AccessToken(Token(principal, clock), TimeProvider.System.GetUtcNow().AddHours(1))
                : throw new InvalidOperationException($"Asked for {string.Join(' ', requestContext.Scopes)}.");

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new(GetToken(requestContext, cancellationToken));
    }
}

internal sealed class SettableTime(DateTimeOffset now) : TimeProvider
{
    private DateTimeOffset _now = now;

    public override DateTimeOffset GetUtcNow() => _now;

    public void Advance(TimeSpan by) => _now += by;
}
