using IterationBranches.Branches;
using IterationBranches.Configuration;
using IterationBranches.Credentials;
using IterationBranches.Http;
using Microsoft.Extensions.DependencyInjection;

namespace IterationBranches.PlanetScale;

public static class PlanetScaleServices
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Registers <see cref="IBranchProvider"/> and <see cref="ICredentialProvider"/>. Needs <see cref="Settings"/>,
    /// <see cref="TimeProvider"/> and logging.
    /// </summary>
    /// <param name="chance">From 0 to 1, for the jitter between tries; null: the system's own.</param>
    public static IServiceCollection AddPlanetScale(this IServiceCollection services, Func<double>? chance = null)
    {
        services.AddRestClient<IPlanetScaleApi>(
            PlanetScaleJson.Default,
            provider => new PlanetScaleRefusals(provider.GetRequiredService<Settings>().PlanetScale),
            provider => provider.GetRequiredService<Settings>().PlanetScale.BaseUrl,
            s_timeout,
            provider => new Authentication(_ => ValueTask.FromResult(TokenOf(provider.GetRequiredService<Settings>().PlanetScale))),
            chance);
        return services
            .AddTransient<NotFound>()
            .AddTransient<PlanetScaleBranches>()
            .AddTransient<IBranchProvider>(provider => provider.GetRequiredService<PlanetScaleBranches>())
            .AddTransient<ICredentialProvider, PlanetScaleCredentials>()
            .AddTransient<PlanetScaleAccess>();
    }

    // A secret that was piped into Key Vault often ends with a line break.
    private static string TokenOf(PlanetScaleSettings settings) => $"{settings.ServiceTokenId.Trim()}:{settings.ServiceToken.Trim()}";
}
