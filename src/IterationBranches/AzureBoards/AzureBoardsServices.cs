using Azure.Core;
using IterationBranches.Configuration;
using IterationBranches.Http;
using IterationBranches.Iterations;
using Microsoft.Extensions.DependencyInjection;

namespace IterationBranches.AzureBoards;

public static class AzureBoardsServices
{
    // Azure DevOps delays a request by up to 30 seconds before it refuses one.
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(100);

    /// <summary>Registers <see cref="IIterationSource"/>. Needs <see cref="Settings"/>, <see cref="TimeProvider"/>, <see cref="TokenCredential"/> and logging.</summary>
    /// <param name="chance">From 0 to 1, for the jitter between tries; null: the system's own.</param>
    public static IServiceCollection AddAzureBoards(this IServiceCollection services, Func<double>? chance = null)
    {
        services.AddBoardsClient<AzureBoardsClient>(
            provider => provider.GetRequiredService<Settings>().Boards, provider => provider.GetRequiredService<TokenCredential>(), chance);
        return services
            .AddSingleton<BoardsGate>()
            .AddTransient<IIterationSource>(provider => provider.GetRequiredService<AzureBoardsClient>());
    }

    internal static void AddBoardsClient<TClient>(
        this IServiceCollection services, Func<IServiceProvider, BoardsSettings> settings, Func<IServiceProvider, TokenCredential> identity, Func<double>? chance)
        where TClient : class => services
        .AddServiceClient<TClient>(
            provider => settings(provider).BaseUrl,
            s_timeout,
            provider => new BoardsAuthentication(settings(provider), identity(provider)),
            chance)
        // Without it a bad credential is answered with a sign-in page and status 203.
        .ConfigureHttpClient(http => http.DefaultRequestHeaders.Add("X-TFS-FedAuthRedirect", "Suppress"));
}
