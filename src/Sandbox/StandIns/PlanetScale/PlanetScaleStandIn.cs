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

    /// <summary>How long a new branch is <c>pending</c>. Holds for the branches made after it was set.</summary>
    public TimeSpan BranchReadyAfter
    {
        get => Locked(state => state.BranchReadyAfter);
        set => Locked(state => state.BranchReadyAfter = value);
    }

    /// <summary>How much longer a branch is <c>pending</c> that is made from a backup. Holds for the branches made after it was set.</summary>
    public TimeSpan RestoreTakes
    {
        get => Locked(state => state.RestoreTakes);
        set => Locked(state => state.RestoreTakes = value);
    }

    /// <summary>Whether credentials vanish when their time is over. Whether PlanetScale's do is not documented; by default they are listed as expired.</summary>
    public bool ForgetsExpired
    {
        get => Locked(state => state.ForgetsExpired);
        set => Locked(state => state.ForgetsExpired = value);
    }

    /// <summary>How long a branch can still be seen after its deletion was accepted. Holds for deletions after it was set.</summary>
    public TimeSpan DeletionTakes
    {
        get => Locked(state => state.DeletionTakes);
        set => Locked(state => state.DeletionTakes = value);
    }

    /// <summary>Requests of one token in a minute of the clock, before 429.</summary>
    public int RequestsPerMinute { get; set; } = 600;

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
        var roles = new RoleEndpoints(_state);
        var schema = new SchemaEndpoints(_state);
        var v1 = app.MapGroup("/v1/organizations");
        var database = v1.MapGroup("/{organization}/databases/{database}");
        var password = database.MapGroup("/branches/{branch}/passwords");
        var role = database.MapGroup("/branches/{branch}/roles");
        Add(v1, "GET", "", "list_organizations", organizations.List);
        Add(v1, "GET", "/{organization}", "get_organization", organizations.Get);
        Add(v1, "GET", "/{organization}/service-tokens/{id}", "get_service_token", organizations.GetServiceToken);
        Add(database, "GET", "", "get_database", organizations.GetDatabase);
        Add(database, "GET", "/branches", "list_branches", branches.List);
        Add(database, "POST", "/branches", "create_branch", branches.Create, hasBody: true);
        Add(database, "GET", "/branches/{branch}", "get_branch", branches.Get);
        Add(database, "PATCH", "/branches/{branch}", "update_branch", branches.Update, hasBody: true);
        Add(database, "DELETE", "/branches/{branch}", "delete_branch", branches.Delete);
        Add(database, "GET", "/branches/{branch}/schema", "get_branch_schema", schema.Get);
        Add(database, "GET", "/branches/{branch}/backups", "list_backups", schema.ListBackups);
        Add(database, "GET", "/branches/{branch}/backups/{id}", "get_backup", schema.GetBackup);
        Add(database, "GET", "/deploy-requests", "list_deploy_requests", schema.ListDeployRequests);
        Add(password, "GET", "", "list_passwords", passwords.List);
        Add(password, "POST", "", "create_password", passwords.Create, hasBody: true);
        Add(password, "GET", "/{id}", "get_password", passwords.Get);
        Add(password, "PATCH", "/{id}", "update_password", passwords.Update, hasBody: true);
        Add(password, "POST", "/{id}/renew", "renew_password", passwords.Renew);
        Add(password, "DELETE", "/{id}", "delete_password", passwords.Delete);
        Add(role, "GET", "", "list_roles", roles.List);
        Add(role, "POST", "", "create_role", roles.Create, hasBody: true);
        Add(role, "GET", "/{id}", "get_role", roles.Get);
        Add(role, "POST", "/{id}/renew", "renew_role", roles.Renew);
        Add(role, "POST", "/{id}/reset", "reset_role", roles.Reset);
        Add(role, "POST", "/{id}/reassign", "reassign_role_objects", roles.Reassign, hasBody: true);
        Add(role, "DELETE", "/{id}", "delete_role", roles.Delete);
        app.MapFallback("{**path}", Answer(_ => throw ApiException.NotFound()));
    }

    private void Add(RouteGroupBuilder group, string method, string path, string operation, Func<Request, Reply> endpoint, bool hasBody = false) =>
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
            _state.Sweep(Clock.GetUtcNow());
            return look(_state);
        }
    }
}
