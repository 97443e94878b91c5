using System.Net.Http.Headers;

namespace IterationBranches.Sandbox.FunctionsHost;

/// <summary>Sends one attempt to the handler.</summary>
public delegate Task<Verdict> Send(HandlerLease handler, Guid invocationId);

/// <summary>Runs invocations: waits for the handler, posts, judges, retries, and restarts the handler when one takes too long.</summary>
public sealed class Invoker(
    HostJson host, HandlerSupervisor handlers, InvocationLedger ledger, FunctionsHostOptions options, TimeProvider clock, HostEvents events)
    : IDisposable
{
    private static readonly TimeSpan TimeoutGrace = TimeSpan.FromSeconds(2);

    private readonly HttpClient _http = HandlerClient.Create(host);
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Fails what still runs, without a word to the handler: it is killed next.</summary>
    public Task StopAsync() => _stopping.CancelAsync();

    public bool IsStopping => _stopping.IsCancellationRequested;

    /// <summary>A Data/Metadata invocation, with the retries of the function's policy.</summary>
    public async Task<InvocationResult> InvokeAsync(FunctionJson function, Func<InvocationStamp, byte[]> body) =>
        (await InvokeForVerdictAsync(function, body)).Result;

    public async Task<(InvocationResult Result, Verdict Verdict)> InvokeForVerdictAsync(FunctionJson function, Func<InvocationStamp, byte[]> body)
    {
        string? lastError = null;
        for (var retry = 0; ; retry++)
        {
            var state = function.Retry is { } policy ? new RetryState(retry, policy.MaxRetryCount, lastError) : null;
            var (result, verdict) = await RunAsync(function, (handler, id) => PostAsync(
                function, handler, id, body(new InvocationStamp(function.Name, clock.GetUtcNow(), Guid.NewGuid(), state))));
            if (result.Succeeded || IsStopping || function.Retry?.Allows(retry + 1) is not true)
            {
                return (result, verdict);
            }

            lastError = result.Error;
            await ledger.DelayAsync(Task.Delay(function.Retry.DelayBefore(retry + 1), clock, _stopping.Token));
        }
    }

    /// <summary>One attempt of whatever kind.</summary>
    public async Task<(InvocationResult Result, Verdict Verdict)> RunAsync(FunctionJson function, Send send)
    {
        var id = Guid.NewGuid();
        ledger.Started(function.Name);
        events.Tell(HostEventKind.InvocationStarted, function.Name, $"Executing {function.Name} ({id})");
        var verdict = Verdict.Failure("The host failed.");
        try
        {
            verdict = await AttemptAsync(function, id, send);
        }
        finally
        {
            Report(function, id, verdict);
            ledger.Ended(function.Name, verdict.Outcome is Outcome.Succeeded);
        }

        return (new InvocationResult(function.Name, id, verdict.Outcome is Outcome.Succeeded, verdict.Error, verdict.Logs), verdict);
    }

    public void Dispose()
    {
        _http.Dispose();
        _stopping.Dispose();
    }

    private async Task<Verdict> AttemptAsync(FunctionJson function, Guid id, Send send)
    {
        using var timeout = host.FunctionTimeout is { } limit ? new CancellationTokenSource(limit, clock) : new CancellationTokenSource();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _stopping.Token);
        try
        {
            var handler = await handlers.WhenReadyAsync(ending.Token);
            // Nothing is cancelled towards the handler: it learns of a timeout only by being killed.
            var verdict = await send(handler, id).WaitAsync(ending.Token);
            if (verdict.Outcome is Outcome.NeverEnds)
            {
                events.Tell(HostEventKind.Diagnostic, function.Name, verdict.Error!);
                await Task.Delay(Timeout.InfiniteTimeSpan, clock, ending.Token);
            }

            return verdict;
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return Verdict.Failure("The host is stopping.");
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            var error = $"Timeout value of {host.FunctionTimeout:c} was exceeded by function: {function.Name}";
            events.Tell(HostEventKind.Diagnostic, function.Name, $"{error}. The host kills the handler, and with it every other invocation.");
            await Task.Delay(TimeoutGrace, clock, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await handlers.RestartAsync();
            return Verdict.Failure(error);
        }
        catch (OperationCanceledException)
        {
            return Verdict.Failure("The handler is not running, or died during the invocation.");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or HostStoppedException)
        {
            return Verdict.Failure(e.Message);
        }
    }

    private async Task<Verdict> PostAsync(FunctionJson function, HandlerLease handler, Guid id, byte[] body)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(handler.Address, $"/{function.Name}")) { Content = content };
        request.Headers.TransferEncodingChunked = true;
        request.Headers.UserAgent.Add(HandlerClient.UserAgent);
        request.Headers.Add(HandlerClient.HostVersionHeader, HandlerClient.HostVersion);
        request.Headers.Add(HandlerClient.InvocationIdHeader, id.ToString());
        using var answer = await _http.SendAsync(request, handler.Died);
        return await InvocationJudge.JudgeAsync(answer, function.HttpOutput, handler.Died);
    }

    private void Report(FunctionJson function, Guid id, Verdict verdict)
    {
        var kind = verdict.Outcome is Outcome.Succeeded ? HostEventKind.Log : HostEventKind.Diagnostic;
        if (kind is HostEventKind.Log || options.PrintDiscardedLogs)
        {
            foreach (var line in verdict.Logs)
            {
                events.Tell(kind, function.Name, kind is HostEventKind.Log ? line : $"(discarded log) {line}");
            }
        }

        if (verdict.Outcome is Outcome.Succeeded)
        {
            events.Tell(HostEventKind.InvocationSucceeded, function.Name, $"Executed {function.Name} ({id})");
        }
        else
        {
            events.Tell(HostEventKind.InvocationFailed, function.Name, $"Executed {function.Name} ({id}): {verdict.Error}");
        }
    }
}
