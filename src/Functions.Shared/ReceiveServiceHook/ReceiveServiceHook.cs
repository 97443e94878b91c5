using System.Net.Mime;
using IterationBranches.Configuration;
using IterationBranches.ServiceHooks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;

namespace IterationBranches.Functions;

/// <summary>
/// HTTP: Azure DevOps says that something happened. Queued: 202; nothing to do: 200 with the reason. Of the refusals only
/// 401 (the credential) and 503 (try again) ever reach Azure DevOps; 400, 413 and 415 are for what it never sends.
/// Never 500: Azure DevOps does not send such an event again, and loses those that follow.
/// </summary>
public static partial class ReceiveServiceHook
{
    public const string Name = nameof(ReceiveServiceHook);

    /// <summary>Below the prefix of all HTTP functions, which host.json says: <c>api</c>.</summary>
    public const string Route = "hooks/azure-devops/{track?}";

    public static async Task<IResult> RunAsync(HttpRequest request, string? track, IServiceProvider services, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var logger = loggers.CreateLogger(typeof(ReceiveServiceHook).FullName!);
        var settings = services.GetRequiredService<Settings>();
        if (settings.Problems.Count > 0)
        {
            LogSettings(logger, string.Join("; ", settings.Problems));
            return Answer(StatusCodes.Status503ServiceUnavailable, "the app's settings are wrong; its log names them");
        }

        try
        {
            return await ReceiveAsync(request, track, services.GetRequiredService<ServiceHookReceiver>(), logger, cancellationToken);
        }
        catch (ServiceException failure)
        {
            LogQueueDown(logger, failure.Message);
            return Answer(StatusCodes.Status503ServiceUnavailable, "the queue cannot be reached; send it again");
        }
        catch (BadHttpRequestException)
        {
            const string Broken = "the body did not arrive as HTTP says";
            LogRefused(logger, StatusCodes.Status400BadRequest, Broken);
            return Answer(StatusCodes.Status400BadRequest, Broken);
        }
#pragma warning disable CA1031 // Whatever it is, another try may go well; its message is left out, for it may quote the request.
        catch (Exception unknown) when (!cancellationToken.IsCancellationRequested)
        {
            LogUnknown(logger, unknown.GetType().Name, unknown.StackTrace?.ReplaceLineEndings(" "));
            return Answer(StatusCodes.Status503ServiceUnavailable, "something went wrong; send it again");
        }
#pragma warning restore CA1031
    }

    private static async Task<IResult> ReceiveAsync(HttpRequest request, string? track, ServiceHookReceiver receiver, ILogger logger, CancellationToken cancellationToken)
    {
        if (!receiver.IsAuthentic(request.Headers.Authorization))
        {
            request.HttpContext.Response.Headers.WWWAuthenticate = "Basic realm=\"service hooks\", charset=\"UTF-8\"";
            return await RefuseAsync(request, StatusCodes.Status401Unauthorized, "the user name or the password is wrong", logger, cancellationToken);
        }

        if (!IsPlainJson(request))
        {
            return await RefuseAsync(request, StatusCodes.Status415UnsupportedMediaType, "the body must be application/json in UTF-8, not compressed", logger, cancellationToken);
        }

        if (await HookBody.ReadAsync(request, cancellationToken) is not { } body)
        {
            return await RefuseAsync(
                request, StatusCodes.Status413PayloadTooLarge, $"the body must not be larger than {ServiceHookReceiver.MaximumBytes} bytes", logger, cancellationToken);
        }

        if (ServiceHookEvent.Parse(body) is not { } happened)
        {
            return await RefuseAsync(
                request, StatusCodes.Status400BadRequest, "the body must be an event of Azure DevOps: a JSON object with an eventType", logger, cancellationToken);
        }

        var answer = await receiver.ReceiveAsync(track, happened, cancellationToken);
        return Results.Json(
            new HookAnswer(answer.Queued, answer.Reason), HookJson.Default.HookAnswer,
            statusCode: answer.Queued.Count > 0 ? StatusCodes.Status202Accepted : StatusCodes.Status200OK);
    }

    private static bool IsPlainJson(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && type.MediaType.Equals(MediaTypeNames.Application.Json, StringComparison.OrdinalIgnoreCase)
        && (type.Charset.Length == 0 || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase))
        && request.Headers.ContentEncoding.All(encoding => string.Equals(encoding, "identity", StringComparison.OrdinalIgnoreCase));

    private static async Task<IResult> RefuseAsync(HttpRequest request, int status, string reason, ILogger logger, CancellationToken cancellationToken)
    {
        if (status == StatusCodes.Status401Unauthorized)
        {
            LogUnauthorized(logger);
        }
        else
        {
            LogRefused(logger, status, reason);
        }

        await HookBody.DrainAsync(request, cancellationToken);
        return Answer(status, reason);
    }

    private static IResult Answer(int status, string reason) =>
        Results.Json(new HookAnswer([], reason), HookJson.Default.HookAnswer, statusCode: status);

    [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "Service hook: the settings are wrong: {Problems}")]
    private static partial void LogSettings(ILogger logger, string problems);

    [LoggerMessage(EventId = 2, Level = LogLevel.Warning, Message = "Service hook: refused, the basic credential is missing or wrong, or ServiceHook__Password is not set")]
    private static partial void LogUnauthorized(ILogger logger);

    [LoggerMessage(EventId = 5, Level = LogLevel.Warning, Message = "Service hook: refused with {Status}: {Reason}")]
    private static partial void LogRefused(ILogger logger, int status, string reason);

    [LoggerMessage(EventId = 3, Level = LogLevel.Error, Message = "Service hook: {Reason}; answered 503, Azure DevOps sends it again")]
    private static partial void LogQueueDown(ILogger logger, string reason);

    [LoggerMessage(EventId = 4, Level = LogLevel.Error, Message = "Service hook: {Failure} {Where}; answered 503, Azure DevOps sends it again")]
    private static partial void LogUnknown(ILogger logger, string failure, string? where);
}
