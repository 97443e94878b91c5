using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace IterationBranches.Sandbox.StandIns.PlanetScale;

/// <summary>
/// PlanetScale's public API (https://planetscale.com/docs/api), as much of it as the product uses. What it refuses, and
/// in which words, follows the documented behaviour: above all that a missing permission looks like a missing thing.
/// </summary>
public sealed partial class PlanetScaleStandIn(TimeProvider clock) : StandIn(clock)
{
    private static readonly JsonSerializerOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly PlanetScaleState _state = new();

    /// <summary>Requests of one token in a minute of the clock, before 429.</summary>
    public int RequestsPerMinute { get; set; } = 600;

    /// <summary>Operations of a database besides these. The sandbox's own are MySQL; tests add the roles of Postgres.</summary>
    internal Action<PlanetScaleState, RouteGroupBuilder>? MapMore { get; set; }

    protected override void Map(WebApplication app)
    {
        app.Use((context, next) =>
        {
            // The clock of the answers is the clock of the stand-in: clients take PlanetScale's time from this header.
            context.Response.Headers.Date = Clock.GetUtcNow().ToString("R", CultureInfo.InvariantCulture);
            return next(context);
        });

        var organizations = new OrganizationEndpoints(_state);
        var branches = new BranchEndpoints(_state);
        var passwords = new PasswordEndpoints(_state);
        var schema = new SchemaEndpoints(_state);
        var v1 = app.MapGroup("/v1/organizations");
        var database = v1.MapGroup("/{organization}/databases/{database}");
        var password = database.MapGroup("/branches/{branch}/passwords");
        Add(v1, "GET", "", "list_organizations", organizations.List);
        Add(v1, "GET", "/{organization}/service-tokens/{id}", "get_service_token", organizations.GetServiceToken);
        Add(database, "GET", "", "get_database", organizations.GetDatabase);
        Add(database, "GET", "/branches", "list_branches", branches.List);
        Add(database, "POST", "/branches", "create_branch", branches.Create, hasBody: true);
        Add(database, "GET", "/branches/{branch}", "get_branch", branches.Get);
        Add(database, "DELETE", "/branches/{branch}", "delete_branch", branches.Delete);
        Add(database, "GET", "/branches/{branch}/schema", "get_branch_schema", schema.Get);
        Add(database, "GET", "/branches/{branch}/backups", "list_backups", schema.ListBackups);
        Add(database, "GET", "/deploy-requests", "list_deploy_requests", schema.ListDeployRequests);
        Add(password, "GET", "", "list_passwords", passwords.List);
        Add(password, "POST", "", "create_password", passwords.Create, hasBody: true);
        Add(password, "GET", "/{id}", "get_password", passwords.Get);
        Add(password, "POST", "/{id}/renew", "renew_password", passwords.Renew);
        Add(password, "DELETE", "/{id}", "delete_password", passwords.Delete);
        MapMore?.Invoke(_state, database);
        app.MapFallback("{**path}", Answer(_ => throw ApiException.NotFound()));
    }

    internal void Add(RouteGroupBuilder group, string method, string path, string operation, Func<Request, Reply> endpoint, bool hasBody = false) =>
        group.MapMethods(path, [method], Answer(endpoint, hasBody)).WithName(operation);

    private RequestDelegate Answer(Func<Request, Reply> endpoint, bool hasBody = false) => async context =>
    {
        Reply reply;
        try
        {
            var token = Authenticate(context);
            var body = hasBody ? await RequestBody.ReadAsync(context.Request) : RequestBody.None;
            reply = Locked(_ => endpoint(new Request(context.Request, token, body, Clock.GetUtcNow())));
        }
        catch (ApiException refusal)
        {
            reply = new Reply(refusal.Status, refusal.Body);
        }

        context.Response.StatusCode = reply.Status;
        if (reply.Body is not null)
        {
            await context.Response.WriteAsJsonAsync(reply.Body, s_json, "application/json; charset=utf-8", context.RequestAborted);
        }
    };

    private ServiceToken Authenticate(HttpContext context)
    {
        var authorization = context.Request.Headers.Authorization.ToString();
        if (authorization.Length == 0)
        {
            throw ApiException.Unauthorized();
        }

        var now = Clock.GetUtcNow();
        var (token, isTooMany) = Locked(state =>
        {
            var known = state.Authenticate(authorization, now);
            return (known, known?.ExceedsRate(RequestsPerMinute, now) is true);
        });
        if (token is null)
        {
            // A wrong token is told so only where no other reason for a 404 exists.
            var isOrganizationList = context.GetEndpoint()?.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName == "list_organizations";
            throw isOrganizationList ? ApiException.Unauthorized() : ApiException.NotFound();
        }

        SetPrincipal(context, token.Actor.Id);
        return isTooMany ? throw new ApiException(429, "too_many_requests", "Too Many Requests") : token;
    }

    /// <summary>All access to the state goes through here: one at a time, with what has ended by now already gone.</summary>
    internal T Locked<T>(Func<PlanetScaleState, T> look)
    {
        lock (_state.Gate)
        {
            var now = Clock.GetUtcNow();
            _state.Sweep(now);
            var seen = look(_state);
            _state.Remember(now);
            return seen;
        }
    }
}
