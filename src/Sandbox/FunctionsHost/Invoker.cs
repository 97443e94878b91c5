using System.Collections.Concurrent;
using IterationBranches.Sandbox.FunctionsHost.Worker;
using IterationBranches.Sandbox.FunctionsHost.Worker.Rpc;

namespace IterationBranches.Sandbox.FunctionsHost;

/// <summary>Runs invocations: waits for the worker, asks it, cancels what takes too long, and tells what came of it.</summary>
public sealed class Invoker(HostJson host, InvocationLedger ledger, TimeProvider clock, HostEvents events) : IDisposable
{
    /// <summary>How long an invocation that was cancelled may take to end before its worker is killed.</summary>
    private static readonly TimeSpan s_cancelGrace = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, (string Function, ConcurrentQueue<string> Lines)> _running = [];
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Set once, before the first invocation.</summary>
    public WorkerSupervisor Workers { get; set; } = null!;

    /// <summary>A line of an invocation.</summary>
    public void OnLine(string invocationId, string line)
    {
        if (_running.TryGetValue(invocationId, out var running))
        {
            running.Lines.Enqueue(line);
            events.Tell(HostEventKind.Log, running.Function, line);
        }
    }

    /// <summary>Fails what still runs: its worker is killed next.</summary>
    public Task StopAsync() => _stopping.CancelAsync();

    /// <summary>Runs a timer or queue function, when the worker is there.</summary>
    public Task<InvocationResult> InvokeAsync(
        FunctionMetadata function, TypedData data, IEnumerable<KeyValuePair<string, TypedData>> metadata, CancellationToken cancellationToken) =>
        RunAsync(function, async (id, token) =>
        {
            var worker = await Workers.WhenReadyAsync(token);
            return await InvokeAsync(worker, function, id, data, metadata, token);
        }, cancellationToken);

    /// <summary>Runs an HTTP function, whose request goes to the worker's own server; without a worker it fails at once.</summary>
    /// <param name="forward">Sends the request on; its answer is written when this ends.</param>
    public Task<InvocationResult> InvokeAsync(FunctionMetadata function, Func<Uri, Guid, Task<string?>> forward, CancellationToken cancellationToken) =>
        RunAsync(function, async (id, token) =>
        {
            var worker = Workers.Ready ?? throw new WorkerGoneException();
            var invoked = InvokeAsync(worker, function, id, new TypedData { Http = new() }, [], token);
            var failure = await forward(worker.HttpAddress, id);
            return await invoked ?? failure;
        }, cancellationToken);

    public void Dispose() => _stopping.Dispose();

    private async Task<InvocationResult> RunAsync(FunctionMetadata function, Func<Guid, CancellationToken, Task<string?>> run, CancellationToken cancellationToken)
    {
        var id = Guid.NewGuid();
        var lines = new ConcurrentQueue<string>();
        _running[$"{id}"] = (function.Name, lines);
        ledger.Started(function.Name);
        events.Tell(HostEventKind.InvocationStarted, function.Name, $"Executing '{function.Name}' (Id={id})");
        string? error = "The host failed.";
        try
        {
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token);
            error = await run(id, ending.Token);
        }
        catch (OperationCanceledException)
        {
            error = "The host is stopping.";
        }
        catch (Exception e) when (e is WorkerGoneException or HostStoppedException)
        {
            error = e.Message;
        }
        finally
        {
            _running.TryRemove($"{id}", out _);
            var (kind, outcome) = error is null ? (HostEventKind.InvocationSucceeded, "Succeeded") : (HostEventKind.InvocationFailed, "Failed");
            events.Tell(kind, function.Name, $"Executed '{function.Name}' ({outcome}, Id={id}){(error is null ? "" : $": {error}")}");
            ledger.Ended(function.Name, error is null);
        }

        return new(function.Name, id, error is null, error, [.. lines]);
    }

    /// <returns>Why it failed; null when it did not.</returns>
    private async Task<string?> InvokeAsync(
        WorkerChannel worker, FunctionMetadata function, Guid id, TypedData data, IEnumerable<KeyValuePair<string, TypedData>> metadata, CancellationToken cancellationToken)
    {
        using var timeout = host.FunctionTimeout is { } limit ? new CancellationTokenSource(limit, clock) : new CancellationTokenSource();
        var invoked = worker.InvokeAsync(function, id, data, metadata);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await invoked.WaitAsync(ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            worker.Cancel(id);
        }

        var ended = await Task.WhenAny(invoked, Task.Delay(s_cancelGrace, clock, _stopping.Token)) == invoked;
        if (!timeout.IsCancellationRequested)
        {
            return ended ? await invoked : "The host is stopping.";
        }

        var error = $"Timeout value of {host.FunctionTimeout:c} was exceeded by function: {function.Name}";
        events.Tell(HostEventKind.Diagnostic, function.Name, ended ? error : $"{error}. It does not end, so the host kills the worker, and with it every other invocation.");
        if (!ended)
        {
            await Workers.RestartAsync();
        }

        return error;
    }
}
