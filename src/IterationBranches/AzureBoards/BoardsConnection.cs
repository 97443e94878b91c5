using Azure.Identity;
using IterationBranches.Configuration;
using IterationBranches.Http;
using Microsoft.Extensions.Logging;

namespace IterationBranches.AzureBoards;

/// <summary>Sends the requests of a client through the gate that all share, and keeps the quiet that Azure DevOps asks for.</summary>
/// <param name="noToken">What to do about a credential that gives no token.</param>
internal sealed partial class BoardsConnection(
    HttpClient http, BoardsGate gate, TimeProvider time, BoardsSettings settings, ILogger logger, Func<AuthenticationFailedException, AzureBoardsException> noToken)
{
    public async Task<Answer> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        await gate.EnterAsync(cancellationToken);
        try
        {
            await PassAsync(cancellationToken);
            using var response = await http.SendAsync(request, cancellationToken);
            var answer = await Answer.ReadAsync(response, time, cancellationToken);
            if (answer.RetryAfter is { } quiet && quiet > TimeSpan.Zero)
            {
                gate.Close(quiet);
                Log.AskedForQuiet(logger, answer.Status, quiet, answer.Header("X-RateLimit-Resource"));
            }

            return answer;
        }
        catch (AuthenticationFailedException exception)
        {
            throw noToken(exception);
        }
        catch (Exception exception) when (Transport.Failed(exception, cancellationToken))
        {
            throw new AzureBoardsException(
                Transport.FailureOf(exception),
                $"Azure DevOps did not answer: {Transport.Describe(exception)} (Boards__BaseUrl is {settings.BaseUrl}).",
                inner: exception);
        }
        finally
        {
            gate.Leave();
        }
    }

    private async Task PassAsync(CancellationToken cancellationToken)
    {
        // Again after each wait: another answer may have closed the gate meanwhile.
        while (gate.Remaining is var wait && wait > TimeSpan.Zero)
        {
            if (wait > RetryHandler.LongestWait)
            {
                throw new AzureBoardsException(Failure.ToldToWait, "Azure DevOps asked for quiet before the next request.") { RetryAfter = wait };
            }

            await Task.Delay(wait, time, cancellationToken);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Azure DevOps answered {Status} and asked for quiet for {Duration} (resource {Resource})")]
        public static partial void AskedForQuiet(ILogger logger, int status, TimeSpan duration, string? resource);
    }
}
