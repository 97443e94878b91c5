using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace IterationBranches.Sandbox.FunctionsHost;

/// <summary>The host's <c>/admin</c>: a function by hand, and how the host is.</summary>
/// <param name="pathOf">Where an HTTP function is called.</param>
/// <param name="invoke">Runs a function with the input; throws <see cref="ArgumentException"/> when it cannot be run by hand.</param>
public sealed class AdminEndpoints(
    HostKeys keys, IReadOnlyList<FunctionMetadata> functions, AppSettings settings, Func<HttpTrigger, string> pathOf, Func<string, string?, Task<InvocationResult>> invoke, Func<bool> isRunning)
{
    public void Map(WebApplication app)
    {
        // Health and scale checks come this way, without a key; the answer does not depend on the worker.
        app.MapMethods("/admin/host/ping", ["GET", "POST"], () => Results.Ok()).WithTags(HttpFront.Tag);
        var admin = app.MapGroup("/admin").WithTags(HttpFront.Tag).AddEndpointFilter(async (context, next) =>
            keys.Allow(context.HttpContext.Request, HttpAuthLevel.Admin) ? await next(context) : Results.StatusCode(StatusCodes.Status401Unauthorized));
        admin.MapGet("/functions", (HttpRequest request) => Results.Json(functions.Select(function => Describe(function, request))));
        admin.MapGet("/functions/{name}", (string name, HttpRequest request) => Find(name) is { } function ? Results.Json(Describe(function, request)) : Results.NotFound());
        admin.MapPost("/functions/{name}", InvokeAsync);
        admin.MapGet("/host/status", () => Results.Json(new
        {
            id = "sandbox",
            state = isRunning() ? "Running" : "Stopped",
            version = FunctionsHost.Version,
            functions = functions.Select(function => function.Name),
        }));
    }

    private FunctionMetadata? Find(string name) => functions.FirstOrDefault(function => function.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>What the real host says of a function; not its links to files, which Flex Consumption does not have either.</summary>
    private object Describe(FunctionMetadata function, HttpRequest request)
    {
        var origin = $"{request.Scheme}://{request.Host}";
        return new
        {
            name = function.Name,
            href = $"{origin}/admin/functions/{function.Name}",
            invoke_url_template = function.Trigger is HttpTrigger http ? (origin + pathOf(http)).ToLowerInvariant() : null,
            language = "dotnet-isolated",
            isDisabled = settings.IsDisabled(function.Name),
            isDirect = false,
            isProxy = false,
        };
    }

    private async Task<IResult> InvokeAsync(string name, HttpRequest request)
    {
        if (Find(name) is not { } function)
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
