using System.Net.Sockets;

namespace IterationBranches.Sandbox.FunctionsHost;

/// <summary>The handler to call now.</summary>
/// <param name="Died">Cancelled when this run of it ends.</param>
public sealed record HandlerLease(Uri Address, CancellationToken Died);

/// <summary>
/// Keeps one handler running. Exit code 0 is taken as wanted: nothing is started again. 200 is a restart asked for. Every other
/// end is an error: a restart at once, and at the third (each within 30 minutes of the one before) the host stops.
/// </summary>
public sealed class HandlerSupervisor(HostJson host, HandlerStarter start, Func<Uri> front, TimeProvider clock, HostEvents events) : IAsyncDisposable
{
    private const int ErrorsThatStop = 3;
    private const int RestartWanted = 200;
    private static readonly TimeSpan ErrorsAreForgottenAfter = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan ReadyCheck = TimeSpan.FromMilliseconds(25);

    private static readonly TimeSpan ExitWait = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly HttpClient _probe = HandlerClient.Create(host);
    private readonly TaskCompletionSource<string> _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stopping = new();
    private TaskCompletionSource<HandlerLease> _ready = NewSource();
    private TaskCompletionSource _restartWanted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IHandlerProcess? _current;
    private Task _supervision = Task.CompletedTask;
    private int _errors;
    private DateTimeOffset _lastError;

    /// <summary>Ends with the reason why the host stopped by itself.</summary>
    public Task<string> Stopped => _stopped.Task;

    public bool IsRunning => !_stopped.Task.IsCompleted && !_stopping.IsCancellationRequested;

    /// <summary>Of the handler that is there now.</summary>
    public int? ProcessId
    {
        get
        {
            lock (_gate)
            {
                return _current is { Exited.IsCompleted: false } current ? current.ProcessId : null;
            }
        }
    }

    public void Start() => _supervision = Task.Run(SuperviseAsync, CancellationToken.None);

    /// <summary>Invocations wait here until the handler is there, also while it is started again.</summary>
    public async Task<HandlerLease> WhenReadyAsync(CancellationToken cancellationToken)
    {
        Task<HandlerLease> ready;
        lock (_gate)
        {
            ready = _ready.Task;
        }

        try
        {
            return await ready.WaitAsync(4 * host.InitializationTimeout, clock, cancellationToken);
        }
        catch (TimeoutException)
        {
            Stop("Initialization timed out and host is shutting down.");
            throw new HostStoppedException("Initialization timed out and host is shutting down.");
        }
    }

    /// <summary>Kills the handler as the host itself does it: it starts again, and it does not count as an error.</summary>
    public async Task RestartAsync()
    {
        IHandlerProcess? killed;
        lock (_gate)
        {
            killed = _current;
            _restartWanted.TrySetResult();
            ForgetReady();
        }

        if (killed is not null)
        {
            killed.Kill();
            await ((Task)killed.Exited).WaitAsync(_stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Asks the handler for <c>/</c>, as health and scale checks do.</summary>
    public async Task<bool> PingAsync()
    {
        var address = _current?.Address;
        return address is not null && await AnswersAsync(address);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _supervision;
        if (_current is { } handler)
        {
            handler.Kill();
            await Task.WhenAny(handler.Exited, Task.Delay(ExitWait, CancellationToken.None));
            handler.Dispose();
        }

        _stopping.Dispose();
        _probe.Dispose();
    }

    private static TaskCompletionSource<HandlerLease> NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task SuperviseAsync()
    {
        while (IsRunning)
        {
            using var died = new CancellationTokenSource();
            try
            {
                await RunOnceAsync(died);
            }
            catch (HostConfigurationException e)
            {
                OnError(e.Message);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task RunOnceAsync(CancellationTokenSource died)
    {
        Task restartWanted;
        IHandlerProcess handler;
        lock (_gate)
        {
            _restartWanted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            restartWanted = _restartWanted.Task;
            _current?.Dispose();
            _current = handler = start(front());
        }

        events.Tell(HostEventKind.HandlerStarted, null, $"The handler is started on {handler.Address}");
        var ready = await BecomesReadyAsync(handler, restartWanted);
        if (ready)
        {
            lock (_gate)
            {
                _ready.TrySetResult(new HandlerLease(handler.Address, died.Token));
            }
        }
        else if (!handler.Exited.IsCompleted)
        {
            handler.Kill();
        }

        var code = await handler.Exited.WaitAsync(_stopping.Token);
        var staysDown = code == 0 && ready && !restartWanted.IsCompleted;
        if (!staysDown)
        {
            // Before anyone learns of the end, so that who then invokes waits for the next one.
            ForgetReady();
        }

        await died.CancelAsync();
        Judge(code, handler, timedOut: !ready && !restartWanted.IsCompleted, restartWanted.IsCompleted);
        if (staysDown)
        {
            await restartWanted.WaitAsync(_stopping.Token);
        }
    }

    private void ForgetReady()
    {
        lock (_gate)
        {
            if (_ready.Task.IsCompletedSuccessfully)
            {
                _ready = NewSource();
            }
        }
    }

    private void Judge(int code, IHandlerProcess handler, bool timedOut, bool restartWanted)
    {
        var text = $"The handler exited with code {code}";
        var lastErrors = handler.LastErrors is { Length: > 0 } errors ? $"; its last errors: {errors}" : "";
        if (restartWanted)
        {
            events.Tell(HostEventKind.HandlerExited, null, $"{text}; the host killed it and starts it again.");
        }
        else if (timedOut && code is not RestartWanted)
        {
            events.Tell(HostEventKind.HandlerExited, null, $"{text} before it answered GET /{lastErrors}");
            // Killed, as Unix and as Windows say it.
            OnError(code is 0 or 137 or -1 ? "Initializing HttpWorker timed out." : $"{text} before it answered GET /{lastErrors}");
        }
        else if (code == 0)
        {
            events.Tell(HostEventKind.HandlerExited, null, $"{text}. The host never restarts it after 0: every invocation fails from now on.");
        }
        else if (code == RestartWanted)
        {
            events.Tell(HostEventKind.HandlerExited, null, $"{text}, which asks for a restart; it does not count as an error.");
        }
        else
        {
            events.Tell(HostEventKind.HandlerExited, null, text + lastErrors);
            OnError(text + lastErrors);
        }
    }

    private void OnError(string error)
    {
        var now = clock.GetUtcNow();
        _errors = now - _lastError > ErrorsAreForgottenAfter ? 1 : _errors + 1;
        _lastError = now;
        if (_errors >= ErrorsThatStop)
        {
            Stop($"Exceeded http worker restart retry count. Shutting down Functions Host. ({error})");
        }
    }

    private void Stop(string reason)
    {
        if (_stopped.TrySetResult(reason))
        {
            lock (_gate)
            {
                _ready.TrySetException(new HostStoppedException(reason));
                _ = _ready.Task.Exception;
            }

            events.Tell(HostEventKind.HostStopped, null, reason);
        }
    }

    /// <summary>Any answer is good. Only the waiting counts against the timeout, not the time a request takes.</summary>
    private async Task<bool> BecomesReadyAsync(IHandlerProcess handler, Task restartWanted)
    {
        for (var waited = TimeSpan.Zero; waited < host.InitializationTimeout; waited += ReadyCheck)
        {
            if (restartWanted.IsCompleted || (handler.Exited.IsCompleted && await handler.Exited != 0))
            {
                return false;
            }

            if (await AnswersAsync(handler.Address))
            {
                return true;
            }

            await Task.Delay(ReadyCheck, clock, _stopping.Token);
        }

        return false;
    }

    private async Task<bool> AnswersAsync(Uri address)
    {
        try
        {
            using var answer = await _probe.GetAsync(new Uri(address, "/"), _stopping.Token);
            return true;
        }
        catch (HttpRequestException e) when (e.InnerException is SocketException)
        {
            return false;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !_stopping.IsCancellationRequested)
        {
            // The real host takes every other failure for an answer.
            return true;
        }
    }
}
