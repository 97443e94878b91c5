using System.Net.Http.Headers;
using System.Text;
using Azure.Core;
using IterationBranches.Configuration;

namespace IterationBranches.AzureBoards;

/// <summary>Puts the credential on a request: the personal access token, or else the Microsoft Entra token of the identity.</summary>
internal sealed class BoardsAuthentication(BoardsSettings settings, TokenCredential identity) : DelegatingHandler
{
    /// <summary>Azure DevOps' application id; the same in every tenant.</summary>
    public const string Scope = "499b84ac-1321-427f-aa17-267ca6975798/.default";

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Authorization = settings.PersonalAccessToken is { } token
            // A secret that was piped into Key Vault often ends with a line break.
            ? new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($":{token.Trim()}")))
            : new AuthenticationHeaderValue(
                "Bearer", (await identity.GetTokenAsync(new TokenRequestContext([Scope]), cancellationToken)).Token);
        return await base.SendAsync(request, cancellationToken);
    }
}
