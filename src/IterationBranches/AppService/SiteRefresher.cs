using System.Net.Http.Headers;
using Azure.Core;
using Azure.Identity;
using IterationBranches.Configuration;
using IterationBranches.Provisioning;
using Microsoft.Extensions.DependencyInjection;

namespace IterationBranches.AppService;

public sealed class AppServiceException(Failure failure, string message, int? status = null, Exception? inner = null)
    : ServiceException(failure, message, status, inner);

/// <summary>
/// Asks Azure Resource Manager to make a site fetch its Key Vault references again
/// (https://learn.microsoft.com/azure/app-service/app-service-key-vault-references).
/// </summary>
public sealed class SiteRefresher(HttpClient http, TokenCredential identity) : ISiteRefresher
{
    private static readonly TokenRequestContext s_scope = new(["https://management.azure.com/.default"]);

    public async Task RefreshAsync(string siteId, CancellationToken cancellationToken)
    {
        try
        {
            var token = await identity.GetTokenAsync(s_scope, cancellationToken);
            using var request = new HttpRequestMessage(HttpMethod.Post, $"{siteId.TrimStart('/')}/config/configreferences/appsettings/refresh?api-version=2022-03-01");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Token);
            using var response = await http.SendAsync(request, cancellationToken);
            if (!response.IsSuccessStatusCode)
            {
                throw new AppServiceException(
                    Failure.PersonNeeded, $"Azure Resource Manager answered {(int)response.StatusCode}; the app's identity needs a role such as Website Contributor on the site", (int)response.StatusCode);
            }
        }
        catch (Exception failure) when (failure is HttpRequestException or AuthenticationFailedException || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new AppServiceException(Failure.Transient, $"Azure Resource Manager could not be asked: {failure.Message}", null, failure);
        }
    }
}

public static class AppServiceServices
{
    public static IServiceCollection AddAppService(this IServiceCollection services)
    {
        services.AddHttpClient<ISiteRefresher, SiteRefresher>(Configure).RemoveAllLoggers();
        services.AddHttpClient<SiteReader>(Configure).RemoveAllLoggers();
        return services;
    }

    private static void Configure(IServiceProvider provider, HttpClient http)
    {
        http.BaseAddress = new Uri(provider.GetRequiredService<Settings>().ResourceManager.AbsoluteUri.TrimEnd('/') + '/');
        http.Timeout = TimeSpan.FromSeconds(20);
    }
}
