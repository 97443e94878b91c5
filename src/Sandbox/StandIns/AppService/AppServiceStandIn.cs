using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace IterationBranches.Sandbox.StandIns.AppService;

/// <summary>
/// Azure Resource Manager, as far as it makes a site fetch its Key Vault references again, lists them
/// (https://learn.microsoft.com/azure/app-service/app-service-key-vault-references), and says what the caller may do.
/// </summary>
public sealed class AppServiceStandIn(TimeProvider clock) : StandIn(clock)
{
    private const string Resource = "https://management.azure.com";

    // Of the roles Website Contributor and Reader.
    private static readonly string[] s_contributor = ["Microsoft.Authorization/*/read", "Microsoft.Web/sites/*"];
    private static readonly string[] s_reader = ["*/read"];

    private readonly ConcurrentDictionary<string, int> _refreshes = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, string> _contributors = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, string> _readers = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, string> _references = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="id">The site's resource id, with a leading slash.</param>
    /// <param name="contributor">The principal that may change it.</param>
    public void AddSite(string id, string contributor)
    {
        _contributors[id] = contributor;
        _refreshes[id] = 0;
    }

    /// <summary>A site that the principal may only look at.</summary>
    public void AddSiteToRead(string id, string reader) => _readers[id] = reader;

    /// <summary>One of the site's settings is a reference, with this status.</summary>
    public void AddReference(string id, string setting, string status) => _references[$"{id}#{setting}"] = status;

    /// <summary>How often the site was made to fetch its references again.</summary>
    public int RefreshesOf(string id) => _refreshes[id];

    protected override void Map(WebApplication app)
    {
        const string Site = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Web/sites/{site}";
        app.MapPost($"{Site}/config/configreferences/appsettings/refresh", Refresh).WithName("refresh_references");
        app.MapGet($"{Site}/config/configreferences/appsettings", ListReferences).WithName("list_references");
        app.MapGet($"{Site}/providers/Microsoft.Authorization/permissions", ListPermissions).WithName("list_permissions");
        app.MapFallback(() => Error(StatusCodes.Status404NotFound, "NotFound", "There is no such operation."));
    }

    private IResult Refresh(HttpRequest request, string subscription, string group, string site) =>
        Answer(request, subscription, group, site, "Microsoft.Web/sites/config/Write", (id, isContributor) =>
        {
            if (!isContributor)
            {
                return null;
            }

            _refreshes.AddOrUpdate(id, 1, (_, times) => times + 1);
            return Results.Json(new { value = Array.Empty<object>() });
        });

    private IResult ListReferences(HttpRequest request, string subscription, string group, string site) =>
        Answer(request, subscription, group, site, "Microsoft.Web/sites/config/Read", (id, _) => Results.Json(new
        {
            value = _references
                .Where(reference => reference.Key.StartsWith($"{id}#", StringComparison.OrdinalIgnoreCase))
                .Select(reference => new { name = reference.Key[(id.Length + 1)..], properties = new { status = reference.Value } }),
        }));

    private IResult ListPermissions(HttpRequest request, string subscription, string group, string site) =>
        Answer(request, subscription, group, site, "Microsoft.Authorization/permissions/read", (_, isContributor) => Results.Json(new
        {
            value = new[]
            {
                new { actions = isContributor ? s_contributor : s_reader, notActions = Array.Empty<string>() },
            },
        }));

    /// <param name="answer">Told the site's id, and whether the caller may change it; null: he may not do this.</param>
    private IResult Answer(HttpRequest request, string subscription, string group, string site, string action, Func<string, bool, IResult?> answer)
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
        if (!_contributors.ContainsKey(id) && !_readers.ContainsKey(id))
        {
            return Error(StatusCodes.Status404NotFound, "ResourceNotFound", $"The Resource 'Microsoft.Web/sites/{site}' under resource group '{group}' was not found.");
        }

        var isContributor = _contributors.TryGetValue(id, out var contributor) && contributor == principal;
        var isReader = _readers.TryGetValue(id, out var reader) && reader == principal;
        return (isContributor || isReader ? answer(id, isContributor) : null)
            ?? Error(StatusCodes.Status403Forbidden, "AuthorizationFailed", $"The client '{principal}' does not have authorization to perform action '{action}'.");
    }

    private static IResult Error(int status, string code, string message) => Results.Json(new { error = new { code, message } }, statusCode: status);
}
