using IterationBranches.Http;
using Microsoft.Extensions.Logging;

namespace IterationBranches.AzureBoards;

/// <summary>Sends every request through the gate that all share, and keeps the quiet that Azure DevOps asks for.</summary>
internal sealed partial class GateHandler(BoardsGate gate, TimeProvider time, ILogger logger) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        await gate.EnterAsync(cancellationToken);
        try
        {
            await PassAsync(cancellationToken);
            var response = await base.SendAsync(request, cancellationToken);
            if (RetryAfter.Of(response, time) is { } quiet && quiet > TimeSpan.Zero)
            {
                gate.Close(quiet);
                Log.AskedForQuiet(logger, (int)response.StatusCode, quiet, response.Headers.TryGetValues("X-RateLimit-Resource", out var resources) ? resources.FirstOrDefault() : null);
            }

            return response;
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
