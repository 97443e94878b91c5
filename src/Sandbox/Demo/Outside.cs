using System.Data.Common;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Security.KeyVault.Secrets;
using Azure.Storage.Queues;
using IterationBranches.Sandbox.Cloud;
using IterationBranches.Sandbox.StandIns;
using IterationBranches.Sandbox.StandIns.PlanetScale;

namespace IterationBranches.Sandbox.Demo;

/// <summary>A branch as an application finds it: through Key Vault, with the official client.</summary>
/// <param name="LogIn">Where the record's credential leads on PlanetScale; null when it opens nothing.</param>
public sealed record FoundRecord(SecretProperties Secret, PasswordState? LogIn)
{
    public string Tag(string name) => Secret.Tags.TryGetValue(name, out var value) ? value : "";
}

/// <summary>Reads the effects from outside the app: nothing here shares code or memory with it.</summary>
public sealed class Outside(SandboxCloud cloud)
{
    private readonly SecretClient _vault = new(
        cloud.KeyVault.Address,
        new CheckerCredential(),
        new SecretClientOptions { DisableChallengeResourceVerification = true, Transport = new HttpClientTransport(TrustedHandler.For(cloud.CaFile)) });

    public async Task<IReadOnlyList<SecretProperties>> ListSecretsAsync(CancellationToken cancellationToken)
    {
        var secrets = new List<SecretProperties>();
        await foreach (var secret in _vault.GetPropertiesOfSecretsAsync(cancellationToken))
        {
            secrets.Add(secret);
        }

        return secrets;
    }

    /// <summary>The record or alias of this name, with what its credential opens; null when it is missing or disabled.</summary>
    public async Task<FoundRecord?> FindAsync(string name, CancellationToken cancellationToken)
    {
        return (await ListSecretsAsync(cancellationToken)).FirstOrDefault(secret => secret.Name == name) is { Enabled: true } listed
            ? await OpenAsync(listed, cancellationToken)
            : null;
    }

    /// <summary>What an enabled secret's credential opens.</summary>
    public async Task<FoundRecord> OpenAsync(SecretProperties listed, CancellationToken cancellationToken)
    {
        var secret = (await _vault.GetSecretAsync(listed.Name, cancellationToken: cancellationToken)).Value;
        // As an application connects: with what the text says, and nothing else.
        var connection = new DbConnectionStringBuilder { ConnectionString = secret.Value };
        // MySqlConnector calls the user otherwise than Npgsql does.
        var user = connection.TryGetValue("User ID", out var userId) ? userId : connection["Username"];
        return new(secret.Properties, cloud.PlanetScale.LogIn((string)user, (string)connection["Password"]));
    }

    public async Task<int> CountVersionsAsync(string name, CancellationToken cancellationToken)
    {
        var count = 0;
        await foreach (var _ in _vault.GetPropertiesOfSecretVersionsAsync(name, cancellationToken))
        {
            count++;
        }

        return count;
    }

    /// <summary>Messages on a queue, visible or not; 0 when it does not exist.</summary>
    public async Task<int> CountMessagesAsync(string queueName, CancellationToken cancellationToken)
    {
        var queue = new QueueClient(cloud.Storage.ConnectionString, queueName);
        return await queue.ExistsAsync(cancellationToken) ? (await queue.GetPropertiesAsync(cancellationToken)).Value.ApproximateMessagesCount : 0;
    }

    private sealed class CheckerCredential : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            var now = TimeProvider.System.GetUtcNow();
            return new(StandInTokens.Issue("https://vault.azure.net", SandboxCloud.CheckerPrincipal, now, TimeSpan.FromHours(1)), now.AddHours(1));
        }

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            ValueTask.FromResult(GetToken(requestContext, cancellationToken));
    }
}
