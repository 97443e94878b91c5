using Azure.Core;
using IterationBranches.Configuration;
using IterationBranches.Http;
using IterationBranches.Provisioning;
using Microsoft.Extensions.DependencyInjection;

namespace IterationBranches.AppService;

public static class AppServiceServices
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(20);

    /// <summary>Registers <see cref="ISiteRefresher"/>. Needs <see cref="Settings"/>, <see cref="TimeProvider"/>, <see cref="TokenCredential"/> and logging.</summary>
    /// <param name="chance">From 0 to 1, for the jitter between tries; null: the system's own.</param>
    public static IServiceCollection AddAppService(this IServiceCollection services, Func<double>? chance = null)
    {
        services.AddRestClient<IAppServiceApi>(
            AppServiceJson.Default,
            provider => new AppServiceRefusals(provider.GetRequiredService<Settings>()),
            provider => provider.GetRequiredService<Settings>().ResourceManager,
            s_timeout,
            provider => Authentication.Bearer(provider.GetRequiredService<TokenCredential>(), "https://management.azure.com/.default"),
            chance);
        return services.AddTransient<ISiteRefresher, SiteRefresher>().AddTransient<SiteReader>();
    }
}
