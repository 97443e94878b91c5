using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace IterationBranches.Http;

/// <summary>
/// Sends what is safe to repeat (GET, DELETE) up to three times, everything else once, and each try with a timeout.
/// A 429 is never repeated here, nor is an answer that asks for a longer wait than 5 seconds: those go to the caller,
/// who comes back later instead of waiting inside a function.
/// </summary>
public sealed partial class RetryHandler : DelegatingHandler
{
    public const int Tries = 3;

    /// <summary>The largest answer that is read. A project's whole iteration tree has at most 10,000 nodes, some 7 MB.</summary>
    public const long LargestBody = 32 * 1024 * 1024;

    /// <summary>The longest wait that is sat out.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ResiliencePipeline<HttpResponseMessage> _once;
    private readonly ResiliencePipeline<HttpResponseMessage> _repeated;

    /// <param name="chance">From 0 to 1, for the jitter.</param>
    /// <param name="timeout">Of one try, until its whole body has arrived.</param>
    /// <param name="logger">The client's: its category says whom the tries were for.</param>
    public RetryHandler(TimeProvider time, Func<double> chance, TimeSpan timeout, ILogger logger)
    {
        _time = time;
        _logger = logger;
        _once = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = time }
            .AddTimeout(timeout)
            .Build();
        _repeated = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<HttpResponseMessage>
            {
                MaxRetryAttempts = Tries - 1,
                Delay = TimeSpan.FromSeconds(0.5),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Randomizer = chance,
                ShouldHandle = args => ValueTask.FromResult(MayPass(args.Outcome)),
                DelayGenerator = args => ValueTask.FromResult(args.Outcome.Result is { } response ? RetryAfter.Of(response, _time) : null),
                OnRetry = args =>
                {
                    Log.Repeated(_logger, args.AttemptNumber + 1, Describe(args.Outcome), args.RetryDelay);
                    return ValueTask.CompletedTask;
                },
            })
            .AddTimeout(timeout)
            .Build();
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var pipeline = request.Method == HttpMethod.Get || request.Method == HttpMethod.Delete ? _repeated : _once;
        var response = await pipeline.ExecuteAsync(
            static async (state, token) => await state.Handler.TryAsync(state.Request, token),
            (Handler: this, Request: request),
            cancellationToken);
        // What an answer means depends on what was asked for.
        response.RequestMessage = request;
        Log.Answered(_logger, request.Method, request.RequestUri?.PathAndQuery, (int)response.StatusCode);
        return response;
    }

    // A try is over when the body has arrived: a connection that breaks in the middle of it is repeated as well.
    private async Task<HttpResponseMessage> TryAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        try
        {
            await response.Content.LoadIntoBufferAsync(LargestBody, cancellationToken);
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private bool MayPass(Outcome<HttpResponseMessage> outcome) => outcome switch
    {
        { Exception: HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } } => false,
        { Exception: HttpRequestException or IOException or TimeoutRejectedException } => true,
        { Result: { } response } => (int)response.StatusCode is 408 or 500 or 502 or 503 or 504
            && (RetryAfter.Of(response, _time) ?? TimeSpan.Zero) <= LongestWait,
        _ => false,
    };

    private static string Describe(Outcome<HttpResponseMessage> outcome) => outcome.Result is { } response
        ? $"status {(int)response.StatusCode}"
        : outcome.Exception is { } exception ? Transport.Describe(exception) : "no answer";

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "{Method} {Path} was answered {Status}")]
        public static partial void Answered(ILogger logger, HttpMethod method, string? path, int status);

        [LoggerMessage(10, LogLevel.Information, "Try {Try} ended with {Outcome}; the next follows in {Delay}")]
        public static partial void Repeated(ILogger logger, int @try, string outcome, TimeSpan delay);
    }
}
