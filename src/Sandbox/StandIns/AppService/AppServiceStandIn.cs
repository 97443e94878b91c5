using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace IterationBranches.Sandbox.StandIns.AppService;

/// <summary>
/// Azure Resource Manager, as far as it makes a site fetch its Key Vault references again
/// (https://learn.microsoft.com/azure/app-service/app-service-key-vault-references).
/// </summary>
public sealed class AppServiceStandIn(TimeProvider clock) : StandIn(clock)
{
    private const string Resource = "https://management.azure.com";

    private readonly ConcurrentDictionary<string, int> _refreshes = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, string> _contributors = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="id">The site's resource id, with a leading slash.</param>
    /// <param name="contributor">The principal that may change it.</param>
    public void AddSite(string id, string contributor)
    {
        _contributors[id] = contributor;
        _refreshes[id] = 0;
    }

    /// <summary>How often the site was made to fetch its references again.</summary>
    public int RefreshesOf(string id) => _refreshes[id];

    protected override void Map(WebApplication app)
    {
        app.MapPost(
            "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Web/sites/{site}/config/configreferences/appsettings/refresh",
            Refresh).WithName("refresh_references");
        app.MapFallback(() => Error(StatusCodes.Status404NotFound, "NotFound", "There is no such operation."));
    }

    private IResult Refresh(HttpRequest request, string subscription, string group, string site)
    {
        var token = request.Headers.Authorization.ToString().Split(' ') is ["Bearer", var given] ? given : null;
        if (StandInTokens.Validate(token, Resource, Clock.GetUtcNow()) is not { } principal)
        {
            return Error(StatusCodes.Status401Unauthorized, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing or invalid.");
        }

        SetPrincipal(request.HttpContext, principal);
        if (request.Query["api-version"].Count == 0)
        {
            return Error(StatusCodes.Status400BadRequest, "MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required for all requests.");
        }

        var id = $"/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Web/sites/{site}";
        if (!_contributors.TryGetValue(id, out var contributor))
        {
            return Error(StatusCodes.Status404NotFound, "ResourceNotFound", $"The Resource 'Microsoft.Web/sites/{site}' under resource group '{group}' was not found.");
        }

        if (contributor != principal)
        {
            return Error(StatusCodes.Status403Forbidden, "AuthorizationFailed", $"The client '{principal}' does not have authorization to perform action 'Microsoft.Web/sites/config/Write'.");
        }

        _refreshes.AddOrUpdate(id, 1, (_, times) => times + 1);
        return Results.Json(new { value = Array.Empty<object>() });
    }

    private static IResult Error(int status, string code, string message) => Results.Json(new { error = new { code, message } }, statusCode: status);
}
