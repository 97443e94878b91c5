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
    /// However slow the others are, an invocation ends before the host's <c>functionTimeout</c> (5 minutes), which would
    /// kill every other one too. To be cut off is no worse than the crash that every step allows for.
    /// </summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(4);

    /// <summary>
    /// Serves a timer or queue function at <c>POST /{name}</c>. Success is 200 with a JSON object, never an empty body.
    /// After a failure the host throws the answer away, so the reason also goes to stderr.
    /// </summary>
    public static void MapInvocation(this WebApplication app, string name, Func<Invocation, IServiceProvider, CancellationToken, Task> run) =>
        app.MapPost($"/{name}", async (HttpContext context) =>
        {
            var logs = InvocationLogs.Begin();
            var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(name);
            var failure = await RunAsync(context, run);
            if (failure is not null)
            {
                var id = context.Request.Headers["X-Azure-Functions-InvocationId"].ToString();
                LogFailed(logger, name, Guid.TryParse(id, out var invocation) ? $"{failure} (invocation {invocation})" : failure);
            }

            return Results.Json(
                new InvocationAnswer(logs.Lines), InvocationJson.Default.InvocationAnswer,
                statusCode: failure is null ? StatusCodes.Status200OK : StatusCodes.Status500InternalServerError);
        }).WithName(name);

    /// <returns>Why it failed; null when it did not.</returns>
    private static async Task<string?> RunAsync(HttpContext context, Func<Invocation, IServiceProvider, CancellationToken, Task> run)
    {
        if (context.RequestServices.GetRequiredService<Settings>() is { Problems: { Count: > 0 } problems })
        {
            return $"the settings are wrong: {string.Join("; ", problems)}";
        }

        using var deadline = new CancellationTokenSource(s_longest, context.RequestServices.GetRequiredService<TimeProvider>());
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, context.RequestAborted);
        try
        {
            if (await ReadAsync(context.Request, either.Token) is not { } invocation)
            {
                return "the request is not JSON with Data; is it the Functions host that calls?";
            }

            await run(invocation, context.RequestServices, either.Token);
            return null;
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            return $"not done after {s_longest.TotalMinutes:0} minutes; it will be tried again";
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

    private static async Task<Invocation?> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var invocation = await JsonSerializer.DeserializeAsync(request.Body, InvocationJson.Default.Invocation, cancellationToken);
            return invocation?.Data is null ? null : invocation;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "{Function} failed: {Reason}")]
    private static partial void LogFailed(ILogger logger, string function, string reason);
}
