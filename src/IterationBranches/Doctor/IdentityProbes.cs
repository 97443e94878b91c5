using Azure.Core;
using Azure.Identity;
using IterationBranches.AzureBoards;
using IterationBranches.Configuration;
using IterationBranches.Http;

namespace IterationBranches.Doctor;

/// <summary>Whether the app's identity gets the tokens that the settings ask for, and who it is.</summary>
public sealed class IdentityProbes(Settings settings, TokenCredential identity) : ISystemProbes
{
    private volatile string? _who;

    /// <summary>After the probes were run.</summary>
    public string Who => _who ?? (IsManaged ? "a managed identity that gave no token" : "whoever is signed in here, who gave no token");

    /// <summary>As <see cref="AppIdentity"/> decides it.</summary>
    private static bool IsManaged => IsOnAppService || Environment.GetEnvironmentVariable("IDENTITY_ENDPOINT") is not null;

    private static bool IsOnAppService => Environment.GetEnvironmentVariable("WEBSITE_SITE_NAME") is not null;

    private static string MendText => IsManaged
        ? "Turn on the app's managed identity (its Identity page); a user-assigned one must be assigned to the app, and be named in AZURE_CLIENT_ID."
        : "Sign in (az login), with an account of the vault's tenant.";

    public IEnumerable<Probe> Probes()
    {
        yield return Of("Key Vault", "https://vault.azure.net/.default", identity);
        if (settings.Boards.PersonalAccessToken is null)
        {
            yield return Of("Azure Boards", AzureBoardsServices.Scope, identity);
        }

        if (settings.Storage is { ConnectionString: null, QueueServiceUri: not null })
        {
            yield return Of("the storage account", "https://storage.azure.com/.default", AppIdentity.Of(settings.Storage.Identity));
        }

        if (settings.Tracks.Any(track => track.RefreshSites.Count > 0))
        {
            yield return Of("App Service", "https://management.azure.com/.default", identity);
        }
    }

    private Probe Of(string system, string scope, TokenCredential credential) => new($"identity, for {system}", async cancellationToken =>
    {
        var name = $"identity, for {system}";
        if (IsOnAppService && Environment.GetEnvironmentVariable("IDENTITY_ENDPOINT") is null)
        {
            return [Check.Failed(name, "the app has no managed identity (there is no IDENTITY_ENDPOINT)", MendText)];
        }

        try
        {
            var token = await credential.GetTokenAsync(new TokenRequestContext([scope]), cancellationToken);
            var who = TokenClaims.Describe(token.Token) ?? (IsManaged ? "the managed identity" : "whoever is signed in here");
            _who ??= who;
            return [Check.Ok(name, $"a token, for {who}")];
        }
        catch (AuthenticationFailedException refusal)
        {
            return [Check.Failed(name, $"the identity gave no token: {Redaction.Show(refusal.Message)}", MendText)];
        }
    });
}
