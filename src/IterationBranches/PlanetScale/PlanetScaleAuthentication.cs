using IterationBranches.Configuration;

namespace IterationBranches.PlanetScale;

/// <summary>Puts the service token on a request, as <c>id:token</c> without a scheme, which the typed header cannot hold.</summary>
internal sealed class PlanetScaleAuthentication(PlanetScaleSettings settings) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // Removed first: a request that is tried again still has it. A secret that was piped into Key Vault often ends with a line break.
        request.Headers.Remove("Authorization");
        request.Headers.TryAddWithoutValidation("Authorization", $"{settings.ServiceTokenId.Trim()}:{settings.ServiceToken.Trim()}");
        return base.SendAsync(request, cancellationToken);
    }
}
