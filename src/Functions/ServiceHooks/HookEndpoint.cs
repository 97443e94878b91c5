using System.Net.Mime;
using IterationBranches.ServiceHooks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;

namespace IterationBranches.Functions;

/// <summary>
/// What a hook is answered. Queued: 202; nothing to do: 200 with the reason. Of the refusals only 401 (the credential) and 503
/// (try again) ever reach Azure DevOps; 400, 413 and 415 are for what it never sends. Never 500: Azure DevOps does not send such an
/// event again, and loses those that follow.
/// </summary>
public sealed partial class HookEndpoint(ServiceHookReceiver receiver, TimeProvider clock, ILogger<HookEndpoint> logger)
{
    /// <param name="track">As the URL names it; null when it names none.</param>
    public async Task<IResult> ReceiveAsync(HttpRequest request, string? track, CancellationToken cancellationToken)
    {
        try
        {
            return await AnswerAsync(request, track, cancellationToken);
        }
        catch (ServiceException failure)
        {
            LogQueueDown(failure.Message);
            return HookAnswer.Because(StatusCodes.Status503ServiceUnavailable, "the queue cannot be reached; send it again");
        }
        catch (BadHttpRequestException)
        {
            const string Broken = "the body did not arrive as HTTP says";
            LogRefused(StatusCodes.Status400BadRequest, Broken);
            return HookAnswer.Because(StatusCodes.Status400BadRequest, Broken);
        }
#pragma warning disable CA1031 // Whatever it is, another try may go well; its message is left out, for it may quote the request.
        catch (Exception unknown) when (!cancellationToken.IsCancellationRequested)
        {
            LogUnknown(unknown.GetType().Name, unknown.StackTrace?.ReplaceLineEndings(" "));
            return HookAnswer.Because(StatusCodes.Status503ServiceUnavailable, "something went wrong; send it again");
        }
#pragma warning restore CA1031
    }

    private async Task<IResult> AnswerAsync(HttpRequest request, string? track, CancellationToken cancellationToken)
    {
        if (!receiver.IsAuthentic(request.Headers.Authorization))
        {
            request.HttpContext.Response.Headers.WWWAuthenticate = "Basic realm=\"service hooks\", charset=\"UTF-8\"";
            return await RefuseAsync(request, StatusCodes.Status401Unauthorized, "the user name or the password is wrong", cancellationToken);
        }

        if (!IsPlainJson(request))
        {
            return await RefuseAsync(request, StatusCodes.Status415UnsupportedMediaType, "the body must be application/json in UTF-8, not compressed", cancellationToken);
        }

        if (await HookBody.ReadAsync(request, cancellationToken) is not { } body)
        {
            return await RefuseAsync(request, StatusCodes.Status413PayloadTooLarge, $"the body must not be larger than {ServiceHookReceiver.MaximumBytes} bytes", cancellationToken);
        }

        if (ServiceHookEvent.Parse(body) is not { } happened)
        {
            return await RefuseAsync(request, StatusCodes.Status400BadRequest, "the body must be an event of Azure DevOps: a JSON object with an eventType", cancellationToken);
        }

        var answer = await receiver.ReceiveAsync(track, happened, cancellationToken);
        return new HookAnswer(answer.Queued, answer.Reason).ToResult(answer.Queued.Count > 0 ? StatusCodes.Status202Accepted : StatusCodes.Status200OK);
    }

    private static bool IsPlainJson(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && type.MediaType.Equals(MediaTypeNames.Application.Json, StringComparison.OrdinalIgnoreCase)
        && (type.Charset.Length == 0 || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase))
        && request.Headers.ContentEncoding.All(encoding => string.Equals(encoding, "identity", StringComparison.OrdinalIgnoreCase));

    private async Task<IResult> RefuseAsync(HttpRequest request, int status, string reason, CancellationToken cancellationToken)
    {
        if (status == StatusCodes.Status401Unauthorized)
        {
            LogUnauthorized();
        }
        else
        {
            LogRefused(status, reason);
        }

        await HookBody.DrainAsync(request, clock, cancellationToken);
        return HookAnswer.Because(status, reason);
    }

    [LoggerMessage(EventId = 2, Level = LogLevel.Warning, Message = "Service hook: refused, the basic credential is missing or wrong, or ServiceHook__Password is not set")]
    private partial void LogUnauthorized();

    [LoggerMessage(EventId = 5, Level = LogLevel.Warning, Message = "Service hook: refused with {Status}: {Reason}")]
    private partial void LogRefused(int status, string reason);

    [LoggerMessage(EventId = 3, Level = LogLevel.Error, Message = "Service hook: {Reason}; answered 503, Azure DevOps sends it again")]
    private partial void LogQueueDown(string reason);

    [LoggerMessage(EventId = 4, Level = LogLevel.Error, Message = "Service hook: {Failure} {Where}; answered 503, Azure DevOps sends it again")]
    private partial void LogUnknown(string failure, string? where);
}
