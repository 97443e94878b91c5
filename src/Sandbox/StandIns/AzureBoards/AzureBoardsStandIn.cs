using System.Net.Mime;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace IterationBranches.Sandbox.StandIns.AzureBoards;

/// <summary>
/// One Azure DevOps organization: what the product and an administrator use of its REST API, and its service hooks.
/// Its traps are there on purpose: sign-in pages instead of refusals, undated iterations that are "current", 404s that
/// may mean a missing permission.
/// </summary>
public sealed partial class AzureBoardsStandIn : StandIn
{
    private static readonly JsonSerializerOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly BoardsState _state = new();
    private readonly HookDispatcher _hooks;

    public AzureBoardsStandIn(TimeProvider clock)
        : base(clock) => _hooks = new(clock) { Delivered = delivery => Remember(delivery) };

    public string Organization { get; init; } = "contoso";

    internal BoardsAccess Access { get; } = new();

    protected override void Map(WebApplication app)
    {
        // A path without a team means the project's default team; the two are two operations, since a name can be given once.
        var organization = app.MapGroup("/{organization}");
        Add(organization, "/{project}/_apis/work/teamsettings/iterations", "list_default_team_iterations", "vso.work", TeamIterations.List);
        Add(organization, "/{project}/{team}/_apis/work/teamsettings/iterations", "list_team_iterations", "vso.work", TeamIterations.List);
        Add(organization, "/{project}/_apis/wit/classificationnodes/Iterations/{**path}", "get_iteration_tree", "vso.work", IterationTree.Get);
        Add(organization, "/_apis/projects", "list_projects", "vso.project", ProjectEndpoints.ListProjects);
        Add(organization, "/_apis/projects/{project}", "get_project", "vso.project", ProjectEndpoints.GetProject);
        MapSubscriptions(organization);
        app.MapFallback("{**path}", context => WriteAsync(context, HttpMethods.IsGet(context.Request.Method) ? 404 : 405, new JsonObject
        {
            // What no API answers comes back in a shape of its own, with a capital M.
            ["count"] = 1,
            ["value"] = new JsonObject
            {
                ["Message"] = HttpMethods.IsGet(context.Request.Method)
                    ? $"The controller for path '{context.Request.Path}' was not found or does not implement IController."
                    : $"The requested resource does not support http method '{context.Request.Method}'.",
            },
        }));
    }

    private void Add(RouteGroupBuilder group, string path, string operation, string scope, Func<BoardsRequest, BoardsReply> endpoint) =>
        group.MapMethods(path, [HttpMethods.Get], Answer(scope, endpoint)).WithName(operation);

    private RequestDelegate Answer(string scope, Func<BoardsRequest, BoardsReply> endpoint) => async context =>
    {
        if (!string.Equals((string?)context.Request.RouteValues["organization"], Organization, StringComparison.OrdinalIgnoreCase))
        {
            await WriteHtmlAsync(context, StatusCodes.Status404NotFound, "The resource cannot be found.");
            return;
        }

        var now = Clock.GetUtcNow();
        Caller caller;
        try
        {
            caller = Access.Authenticate(context.Request, now);
            SetPrincipal(context, caller.Name);
            if (!caller.Has(scope))
            {
                throw BoardsAccess.NotAllowed(caller);
            }
        }
        catch (BoardsException refusal)
        {
            await TurnAwayAsync(context, refusal);
            return;
        }

        try
        {
            ApiVersion.Check(context.Request);
            var reply = Locked(state => endpoint(new BoardsRequest(context.Request, state, caller, OrganizationUrl, now)));
            if (reply.ContinuationToken is { } token)
            {
                context.Response.Headers["x-ms-continuationtoken"] = token;
            }

            if (reply.Body is { } body)
            {
                await WriteAsync(context, StatusCodes.Status200OK, body);
            }
            else
            {
                context.Response.StatusCode = StatusCodes.Status204NoContent;
            }
        }
        catch (BoardsException refusal)
        {
            await WriteAsync(context, refusal.Status, refusal.Body);
        }
    };

    internal string OrganizationUrl => $"{Address.GetLeftPart(UriPartial.Authority)}/{Organization}";

    /// <summary>A wrong credential gets a sign-in page that looks like success, unless the client asks not to be redirected.</summary>
    private Task TurnAwayAsync(HttpContext context, BoardsException refusal)
    {
        if (!context.Request.Headers["X-TFS-FedAuthRedirect"].ToString().Equals("Suppress", StringComparison.OrdinalIgnoreCase))
        {
            return WriteHtmlAsync(context, StatusCodes.Status203NonAuthoritative, "Azure DevOps Services | Sign In");
        }

        context.Response.Headers["X-TFS-ServiceError"] = Uri.EscapeDataString(refusal.Message);
        context.Response.Headers.WWWAuthenticate = new([$"Bearer authorization_uri=https://login.microsoftonline.com/{StandInTokens.Tenant}", $"Basic realm=\"{OrganizationUrl}\"", "TFS-Federated"]);
        return WriteAsync(context, refusal.Status, refusal.Body);
    }

    private static Task WriteAsync(HttpContext context, int status, JsonNode body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8; api-version=7.1";
        context.Response.Headers["ActivityId"] = Guid.NewGuid().ToString();
        return context.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(body, s_json), context.RequestAborted).AsTask();
    }

    private static Task WriteHtmlAsync(HttpContext context, int status, string title)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = $"{MediaTypeNames.Text.Html}; charset=utf-8";
        return context.Response.WriteAsync($"<!DOCTYPE html><html><head><title>{title}</title></head><body></body></html>", context.RequestAborted);
    }

    internal T Locked<T>(Func<BoardsState, T> look)
    {
        lock (_state.Gate)
        {
            return look(_state);
        }
    }
}
