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
        var value = await header(cancellationToken);
        if (value.Any(one => one is < ' ' or > '~'))
        {
            // The network's end would say that the request failed, as it does of the network.
            throw new FormatException("The credential has a character that cannot be in a header.");
        }

        // Removed first: a request that is tried again still has it.
        request.Headers.Remove("Authorization");
        request.Headers.TryAddWithoutValidation("Authorization", value);
        return await base.SendAsync(request, cancellationToken);
    }
}
