using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace IterationBranches.Functions.Hosting;

public static class InvocationEndpoint
{
    /// <summary>
    /// Serves a timer or queue function at <c>POST /{name}</c>. Success is 200 with a JSON object, never an empty body.
    /// After a failure the host throws the answer away, so the reason also goes to stderr.
    /// </summary>
    public static void MapInvocation(this WebApplication app, string name, Func<Invocation, IServiceProvider, CancellationToken, Task> run) =>
        app.MapPost($"/{name}", async (HttpContext context) =>
        {
            var logs = InvocationLogs.Begin();
            var failure = await InvocationRun.RunAsync(
                name, context.Request.Headers["X-Azure-Functions-InvocationId"].ToString(), context.RequestServices,
                async cancellationToken => await run(await ReadAsync(context.Request, cancellationToken), context.RequestServices, cancellationToken),
                context.RequestAborted);
            return Results.Json(
                new InvocationAnswer(logs.Lines), InvocationJson.Default.InvocationAnswer,
                statusCode: failure is null ? StatusCodes.Status200OK : StatusCodes.Status500InternalServerError);
        }).WithName(name);

    private static async Task<Invocation> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        try
        {
            if (await JsonSerializer.DeserializeAsync(request.Body, InvocationJson.Default.Invocation, cancellationToken) is { Data: not null } invocation)
            {
                return invocation;
            }
        }
        catch (JsonException)
        {
            // Nor is that what the host sends.
        }

        throw new InvocationFailedException("the request is not JSON with Data; is it the Functions host that calls?");
    }
}
