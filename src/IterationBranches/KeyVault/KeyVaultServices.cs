using System.Security.Cryptography.X509Certificates;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Security.KeyVault.Secrets;
using IterationBranches.Configuration;
using IterationBranches.Records;
using Microsoft.Extensions.DependencyInjection;

namespace IterationBranches.KeyVault;

public static class KeyVaultServices
{
    public static IServiceCollection AddKeyVault(this IServiceCollection services)
    {
        services.AddSingleton(provider => new SecretClient(
            provider.GetRequiredService<Settings>().KeyVault.Uri, provider.GetRequiredService<TokenCredential>(), Options(provider.GetRequiredService<Settings>().KeyVault)));
        services.AddSingleton<IRecordStore, KeyVaultRecordStore>();
        services.AddSingleton<KeyVaultAccess>();
        return services;
    }

    private static SecretClientOptions Options(KeyVaultSettings settings)
    {
        // The version is pinned so that an update of the package does not change what is sent.
        var options = new SecretClientOptions(SecretClientOptions.ServiceVersion.V2025_07_01)
        {
            DisableChallengeResourceVerification = settings.DisableChallengeResourceVerification,
            Retry = { NetworkTimeout = TimeSpan.FromSeconds(30) },
            RetryPolicy = new ShortRetry(),
        };
        if (settings.CaFile is { } file)
        {
#pragma warning disable CA2000 // The transport lives as long as the client, which is a singleton.
            options.Transport = new HttpClientTransport(TrustOnly(file));
#pragma warning restore CA2000
        }

        return options;
    }

    /// <summary>Three short repetitions. Who is told to wait does not sit it out inside a function, but comes back with the next look.</summary>
    private sealed class ShortRetry() : RetryPolicy(
        maxRetries: 3, DelayStrategy.CreateExponentialDelayStrategy(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(8)))
    {
        protected override bool ShouldRetry(HttpMessage message, Exception? exception) => !IsToldToWait(message) && base.ShouldRetry(message, exception);

        protected override async ValueTask<bool> ShouldRetryAsync(HttpMessage message, Exception? exception) =>
            !IsToldToWait(message) && await base.ShouldRetryAsync(message, exception);

        private static bool IsToldToWait(HttpMessage message) =>
            message.HasResponse && (message.Response.Status == 429 || message.Response.Headers.Contains("Retry-After"));
    }

    private static SocketsHttpHandler TrustOnly(string caFile) => new()
    {
        SslOptions =
        {
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { X509CertificateLoader.LoadCertificateFromFile(caFile) },
                RevocationMode = X509RevocationMode.NoCheck,
            },
        },
    };
}
