using Azure.Core;
using IterationBranches.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace IterationBranches.AzureBoards.Administration;

public static class AdministrationServices
{
    /// <summary>Registers <see cref="SubscriptionsClient"/>. Needs <see cref="TimeProvider"/> and logging.</summary>
    /// <param name="boards">With the administrator's own personal access token, or none.</param>
    /// <param name="identity">Asked when there is no personal access token.</param>
    /// <param name="chance">From 0 to 1, for the jitter between tries; null: the system's own.</param>
    public static IServiceCollection AddHookAdministration(this IServiceCollection services, BoardsSettings boards, TokenCredential identity, Func<double>? chance = null)
    {
        services.AddBoardsApi<IServiceHooksApi>(ServiceHooksJson.Default, _ => boards, _ => identity, AdministratorRefusals.NoToken, chance);
        return services.AddTransient(provider => new SubscriptionsClient(provider.GetRequiredService<IServiceHooksApi>(), boards, provider.GetRequiredService<TimeProvider>()));
    }
}
