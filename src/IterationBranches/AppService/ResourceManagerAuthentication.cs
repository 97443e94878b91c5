using System.Net.Http.Headers;
using Azure.Core;

namespace IterationBranches.AppService;

/// <summary>Puts the Microsoft Entra token of the identity on a request.</summary>
internal sealed class ResourceManagerAuthentication(TokenCredential identity) : DelegatingHandler
{
    private static readonly TokenRequestContext s_scope = new(["https://management.azure.com/.default"]);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", (await identity.GetTokenAsync(s_scope, cancellationToken)).Token);
        return await base.SendAsync(request, cancellationToken);
    }
}
