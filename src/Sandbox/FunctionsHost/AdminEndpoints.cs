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
        // Health and scale checks come this way, without a key; the answer does not depend on the worker.
        app.MapMethods("/admin/host/ping", ["GET", "POST"], () => Results.Ok()).WithTags(HttpFront.Tag);
        var admin = app.MapGroup("/admin").WithTags(HttpFront.Tag).AddEndpointFilter(async (context, next) =>
            keys.Allow(context.HttpContext.Request, HttpAuthLevel.Admin) ? await next(context) : Results.StatusCode(StatusCodes.Status401Unauthorized));
        admin.MapPost("/functions/{name}", InvokeAsync);
        admin.MapGet("/host/status", () => Results.Json(new
        {
            id = "sandbox",
            state = isRunning() ? "Running" : "Stopped",
            version = FunctionsHost.Version,
            functions = functions.Select(function => function.Name),
        }));
    }

    private async Task<IResult> InvokeAsync(string name, HttpRequest request)
    {
        if (functions.FirstOrDefault(function => function.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is not { } function)
        {
            return Results.NotFound();
        }

        try
        {
            var input = await JsonNode.ParseAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted);
            // Answered before it ends: whoever wants the result looks for its effect.
            _ = invoke(function.Name, (input as JsonObject)?["input"]?.ToString());
            return Results.Accepted();
        }
        catch (Exception wrong) when (wrong is JsonException or ArgumentException)
        {
            return Results.BadRequest(wrong.Message);
        }
    }
}
