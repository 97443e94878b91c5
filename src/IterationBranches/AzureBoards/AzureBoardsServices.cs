using System.Text;
using System.Text.Json.Serialization;
using Azure.Core;
using Azure.Identity;
using IterationBranches.Configuration;
using IterationBranches.Http;
using IterationBranches.Iterations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace IterationBranches.AzureBoards;

public static class AzureBoardsServices
{
    /// <summary>Azure DevOps' application id; the same in every tenant.</summary>
    internal const string Scope = "499b84ac-1321-427f-aa17-267ca6975798/.default";

    // Azure DevOps delays a request by up to 30 seconds before it refuses one.
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(100);

    /// <summary>Registers <see cref="IIterationSource"/>. Needs <see cref="Settings"/>, <see cref="TimeProvider"/>, <see cref="TokenCredential"/> and logging.</summary>
    /// <param name="chance">From 0 to 1, for the jitter between tries; null: the system's own.</param>
    public static IServiceCollection AddAzureBoards(this IServiceCollection services, Func<double>? chance = null)
    {
        services.AddBoardsApi<IAzureBoardsApi>(
            BoardsJson.Default,
            provider => provider.GetRequiredService<Settings>().Boards,
            provider => provider.GetRequiredService<TokenCredential>(),
            BoardsRefusals.NoToken,
            chance);
        return services
            .AddTransient<AzureBoardsClient>()
            .AddTransient<IIterationSource>(provider => provider.GetRequiredService<AzureBoardsClient>());
    }

    /// <param name="noToken">What to do about an identity that gives no token.</param>
    internal static void AddBoardsApi<TApi>(
        this IServiceCollection services,
        JsonSerializerContext json,
        Func<IServiceProvider, BoardsSettings> settings,
        Func<IServiceProvider, TokenCredential> identity,
        Func<AuthenticationFailedException, BoardsSettings, AzureBoardsException> noToken,
        Func<double>? chance)
        where TApi : class => services
        .AddSingleton<BoardsGate>()
        .AddRestClient<TApi>(
            json,
            provider => new BoardsRefusals(settings(provider), exception => noToken(exception, settings(provider))),
            provider => settings(provider).BaseUrl,
            s_timeout,
            provider => AuthenticationOf(settings(provider), identity(provider)),
            chance)
        // Without it a bad credential is answered with a sign-in page and status 203.
        .ConfigureHttpClient(http => http.DefaultRequestHeaders.Add("X-TFS-FedAuthRedirect", "Suppress"))
        // Outermost: a request holds its slot through all its tries.
        .ConfigureAdditionalHttpMessageHandlers((handlers, provider) => handlers.Insert(0, new GateHandler(
            provider.GetRequiredService<BoardsGate>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<TApi>>())));

    private static Authentication AuthenticationOf(BoardsSettings settings, TokenCredential identity) => settings.PersonalAccessToken is { } token
        // A secret that was piped into Key Vault often ends with a line break.
        ? new(_ => ValueTask.FromResult($"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($":{token.Trim()}"))}"))
        : Authentication.Bearer(identity, Scope);
}
