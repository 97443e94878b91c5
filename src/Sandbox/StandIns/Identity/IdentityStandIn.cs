using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace IterationBranches.Sandbox.StandIns.Identity;

/// <summary>
/// The token endpoint that App Service and Functions give to an application with a managed identity. An application finds it by
/// <c>IDENTITY_ENDPOINT</c> and <c>IDENTITY_HEADER</c>.
/// </summary>
/// <remarks>https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference</remarks>
/// <param name="principal">The object id of the application's identity: whom the tokens are for.</param>
/// <param name="clientId">The one user-assigned identity; without it, only the system-assigned one is there.</param>
public sealed class IdentityStandIn(TimeProvider clock, string principal, string? clientId = null) : StandIn(clock)
{
    private const string Path = "/msi/token";
    private const string ApiVersion = "2019-08-01";

    private static readonly TimeSpan s_lifetime = TimeSpan.FromHours(24);

    private static readonly string[] s_resources =
    [
        "https://vault.azure.net",
        // Azure DevOps has no address of its own for this.
        "499b84ac-1321-427f-aa17-267ca6975798",
        "https://storage.azure.com",
        "https://management.azure.com",
    ];

    private readonly string _answeredClientId = clientId ?? Guid.NewGuid().ToString();

    /// <summary>What every request must carry in <c>X-IDENTITY-HEADER</c>: it keeps other processes of the machine out.</summary>
    public string Header { get; } = RandomNumberGenerator.GetHexString(32, lowercase: true);

    public Uri Endpoint => new(Address, Path);

    public string Principal { get; } = principal;

    protected override void Map(WebApplication app) =>
        app.MapGet(Path, (RequestDelegate)AnswerAsync).WithName("get_token");

    private Task AnswerAsync(HttpContext context)
    {
        var query = context.Request.Query;
        if (context.Request.Headers["X-IDENTITY-HEADER"] != Header)
        {
            return RefuseAsync(context, StatusCodes.Status401Unauthorized, "The X-IDENTITY-HEADER is missing or is not the one of this instance.");
        }

        SetPrincipal(context, Principal);
        if (query["api-version"] != ApiVersion)
        {
            return RefuseAsync(context, StatusCodes.Status400BadRequest, $"The api-version '{query["api-version"]}' is not supported; it must be {ApiVersion}.");
        }

        var resource = query["resource"].ToString();
        if (!s_resources.Contains(resource.TrimEnd('/'), StringComparer.OrdinalIgnoreCase))
        {
            return RefuseAsync(context, StatusCodes.Status400BadRequest,
                $"AADSTS500011: The resource principal named {resource} was not found in the tenant named {StandInTokens.Tenant}.");
        }

        if (!IsOurs(query))
        {
            return RefuseAsync(context, StatusCodes.Status400BadRequest,
                "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.");
        }

        var now = Clock.GetUtcNow();
        return context.Response.WriteAsJsonAsync(
            new TokenAnswer(
                StandInTokens.Issue(resource, Principal, now, s_lifetime), (now + s_lifetime).ToUnixTimeSeconds().ToString(),
                resource, "Bearer", _answeredClientId),
            context.RequestAborted);
    }

    private bool IsOurs(IQueryCollection query) =>
        (!query.TryGetValue("client_id", out var asked) || (clientId is not null && string.Equals(asked, clientId, StringComparison.OrdinalIgnoreCase)))
        && (!query.TryGetValue("object_id", out var id) || string.Equals(id, Principal, StringComparison.OrdinalIgnoreCase))
        // There is no resource of Azure Resource Manager here to name.
        && !query.ContainsKey("mi_res_id");

    private static Task RefuseAsync(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new Refusal(status, message), context.RequestAborted);
    }

    private sealed record TokenAnswer(
        [property: JsonPropertyName("access_token")] string AccessToken,
        [property: JsonPropertyName("expires_on")] string ExpiresOn,
        [property: JsonPropertyName("resource")] string Resource,
        [property: JsonPropertyName("token_type")] string TokenType,
        [property: JsonPropertyName("client_id")] string ClientId);

    private sealed record Refusal(
        [property: JsonPropertyName("statusCode")] int StatusCode, [property: JsonPropertyName("message")] string Message);
}
