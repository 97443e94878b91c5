using Azure.Security.KeyVault.Secrets;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Shop.Web;

public static class KeyVaultSecretExtensions
{
    /// <summary>
    /// Adds one secret of a vault to the configuration, and reads it again after each interval. Two hyphens in its name become a colon.
    /// The identity needs the role Key Vault Secrets User on this secret alone; other secrets are neither listed nor read.
    /// </summary>
    /// <exception cref="InvalidOperationException">The secret cannot be read.</exception>
    public static IHostApplicationBuilder AddKeyVaultSecret(this IHostApplicationBuilder builder, SecretClient client, string name, TimeSpan reloadInterval)
    {
        var secret = new KeyVaultSecretConfiguration(client, name);
        builder.Configuration.Add(secret);
        builder.Services.TryAddSingleton(TimeProvider.System);
        // AddHostedService would take the second of two secrets for the first one again.
        builder.Services.AddSingleton<IHostedService>(services => new KeyVaultSecretRefresh(
            secret, reloadInterval, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<KeyVaultSecretRefresh>>()));
        return builder;
    }
}
