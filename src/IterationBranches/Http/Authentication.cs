using Azure.Core;

namespace IterationBranches.Http;

/// <summary>Puts the credential on a request, where no message or log can show it.</summary>
/// <param name="header">The whole value: PlanetScale's has no scheme, which the typed header cannot hold.</param>
internal sealed class Authentication(Func<CancellationToken, ValueTask<string>> header) : DelegatingHandler
{
    /// <summary>By the Microsoft Entra token of the identity.</summary>
    public static Authentication Bearer(TokenCredential identity, string scope) =>
        new(async cancellationToken => $"Bearer {(await identity.GetTokenAsync(new TokenRequestContext([scope]), cancellationToken)).Token}");

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // Removed first: a request that is tried again still has it.
        request.Headers.Remove("Authorization");
        request.Headers.TryAddWithoutValidation("Authorization", await header(cancellationToken));
        return await base.SendAsync(request, cancellationToken);
    }
}
