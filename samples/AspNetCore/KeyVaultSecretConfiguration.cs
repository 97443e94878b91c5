using Azure;
using Azure.Identity;
using Azure.Security.KeyVault.Secrets;

namespace Shop.Web;

/// <summary>One secret of a vault as one value of the configuration.</summary>
public sealed class KeyVaultSecretConfiguration(SecretClient client, string name) : ConfigurationProvider, IConfigurationSource
{
    private readonly string _key = name.Replace("--", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal);

    // One provider for all time: the configuration builds its sources anew when one is removed, and the refresh must not lose it.
    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    /// <summary>Reads the secret for the first time, while the application starts. Later it is <see cref="RefreshAsync"/> that reads.</summary>
    public override void Load()
    {
        if (Data.Count > 0)
        {
            return;
        }

        try
        {
            Take(client.GetSecret(name).Value);
        }
        catch (Exception failure) when (failure is RequestFailedException or AuthenticationFailedException or AggregateException or OperationCanceledException)
        {
            throw new InvalidOperationException($"{this} cannot be read, so the application does not start. {Reason(failure)} {WhatToDo(failure)}", failure);
        }
    }

    /// <summary>Reads the secret again. Only a value that has changed is announced.</summary>
    /// <returns>Whether it has changed.</returns>
    public async Task<bool> RefreshAsync(CancellationToken cancellationToken)
    {
        if (!Take(await client.GetSecretAsync(name, cancellationToken: cancellationToken)))
        {
            return false;
        }

        OnReload();
        return true;
    }

    /// <summary>For messages: which secret, never its value.</summary>
    public override string ToString() => $"The secret '{name}' of {client.VaultUri}";

    /// <summary>What went wrong, without what a failure carries besides: its headers and its stack.</summary>
    internal static string Reason(Exception failure) => failure switch
    {
        AggregateException tries => Reason(tries.InnerExceptions[^1]),
        RequestFailedException { Status: > 0 } answer => $"The vault answered {answer.Status} {answer.ErrorCode}: {FirstLine(answer)}",
        _ => FirstLine(failure),
    };

    private static string WhatToDo(Exception failure) => failure is RequestFailedException { Status: 404 }
        ? "Check the name of the alias, and whether the first branch of its track has been made."
        : "The application's identity needs the role Key Vault Secrets User on this secret, and the vault's firewall must let it in.";

    private static string FirstLine(Exception failure) => failure.Message.Split('\r', '\n')[0];

    private bool Take(KeyVaultSecret secret)
    {
        if (TryGet(_key, out var before) && before == secret.Value)
        {
            return false;
        }

        // A new dictionary, since others may be reading the old one.
        Data = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase) { [_key] = secret.Value };
        return true;
    }
}
