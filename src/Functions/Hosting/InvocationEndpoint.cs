using System.Text.Json;
using IterationBranches.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace IterationBranches.Functions.Hosting;

public static partial class InvocationEndpoint
{
    /// <summary>
    /// Serves a timer or queue function at <c>POST /{name}</c>. Success is 200 with a JSON object, never an empty body.
    /// After a failure the host throws the answer away, so the reason also goes to stderr.
    /// </summary>
    public static void MapInvocation(this WebApplication app, string name, Func<Invocation, IServiceProvider, CancellationToken, Task> run) =>
        app.MapPost($"/{name}", async (HttpContext context) =>
        {
            var logs = InvocationLogs.Begin();
            var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(name);
            using var scope = logger.BeginScope(new Dictionary<string, object>
            {
                ["InvocationId"] = context.Request.Headers["X-Azure-Functions-InvocationId"].ToString(),
            });
            var failure = await RunAsync(context, run, context.RequestAborted);
            if (failure is not null)
            {
                LogFailed(logger, name, failure);
            }

            return Results.Json(
                new InvocationAnswer(logs.Lines), InvocationJson.Default.InvocationAnswer,
                statusCode: failure is null ? StatusCodes.Status200OK : StatusCodes.Status500InternalServerError);
        }).WithName(name);

    /// <returns>Why it failed; null when it did not.</returns>
    private static async Task<string?> RunAsync(HttpContext context, Func<Invocation, IServiceProvider, CancellationToken, Task> run, CancellationToken cancellationToken)
    {
        if (context.RequestServices.GetRequiredService<Settings>() is { Problems: { Count: > 0 } problems })
        {
            return $"the settings are wrong: {string.Join("; ", problems)}";
        }

        try
        {
            var invocation = await JsonSerializer.DeserializeAsync(context.Request.Body, InvocationJson.Default.Invocation, cancellationToken);
            if (invocation?.Data is null)
            {
                return "the request has no Data; is it the Functions host that calls?";
            }

            await run(invocation, context.RequestServices, cancellationToken);
            return null;
        }
        catch (JsonException)
        {
            return "the request is not JSON; is it the Functions host that calls?";
        }
        catch (Exception known) when (known is ServiceException or InvocationFailedException)
        {
            return known.Message;
        }
#pragma warning disable CA1031 // Whatever it is, the host must get an answer; the type and the place are what a maintainer needs.
        catch (Exception unknown)
        {
            return $"{unknown.GetType().Name}: {unknown.Message} {unknown.StackTrace?.ReplaceLineEndings(" ")}";
        }
#pragma warning restore CA1031
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "{Function} failed: {Reason}")]
    private static partial void LogFailed(ILogger logger, string function, string reason);
}
