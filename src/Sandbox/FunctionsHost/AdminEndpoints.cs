using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace IterationBranches.Sandbox.FunctionsHost;

/// <summary>The host's <c>/admin</c>: a function by hand, and how the host is.</summary>
/// <param name="invoke">Runs a function with the input; throws <see cref="ArgumentException"/> when it cannot be run by hand.</param>
public sealed class AdminEndpoints(
    HostKeys keys, IReadOnlyList<FunctionMetadata> functions, Func<string, string?, Task<InvocationResult>> invoke, Func<bool> isRunning)
{
    public void Map(WebApplication app)
    {
        var admin = app.MapGroup("/admin").WithMetadata(OurEndpoint.Instance);
        admin.MapPost("/functions/{name}", InvokeAsync);
        admin.MapGet("/host/status", StatusAsync);
        // Health and scale checks come this way; the answer does not depend on the worker.
        admin.MapMethods("/host/ping", ["GET", "POST"], () => Results.Ok());
    }

    private async Task InvokeAsync(HttpContext context)
    {
        if (!Allow(context))
        {
            return;
        }

        var name = (string)context.Request.RouteValues["name"]!;
        var function = functions.FirstOrDefault(function => function.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        if (function is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        try
        {
            var input = await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
            // Answered before it ends: whoever wants the result looks for its effect.
            _ = invoke(function.Name, (input as JsonObject)?["input"]?.ToString());
            context.Response.StatusCode = StatusCodes.Status202Accepted;
        }
        catch (JsonException)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
        }
        catch (ArgumentException e)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsync(e.Message, context.RequestAborted);
        }
    }

    private async Task StatusAsync(HttpContext context)
    {
        if (Allow(context))
        {
            context.Response.ContentType = "application/json; charset=utf-8";
            await context.Response.WriteAsync(
                new JsonObject
                {
                    ["id"] = "sandbox",
                    ["state"] = isRunning() ? "Running" : "Stopped",
                    ["version"] = FunctionsHost.Version,
                    ["functions"] = new JsonArray([.. functions.Select(function => (JsonNode)function.Name)]),
                }.ToJsonString(),
                context.RequestAborted);
        }
    }

    private bool Allow(HttpContext context)
    {
        var allowed = keys.Allow(context.Request, HttpAuthLevel.Admin);
        if (!allowed)
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        }

        return allowed;
    }
}
