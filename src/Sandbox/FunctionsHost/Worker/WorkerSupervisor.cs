namespace IterationBranches.Sandbox.FunctionsHost.Worker;

/// <summary>
/// Keeps one worker running. One that ends is started again at once; at the third end (each within 30 minutes of the one before) the
/// host gives up.
/// </summary>
public sealed class WorkerSupervisor(string appDirectory, WorkerServer server, WorkerStarter start, Func<Uri> front, WorkerLine said, TimeProvider clock, HostEvents events) : IAsyncDisposable
{
    private const int EndsThatStop = 3;
    private static readonly TimeSpan s_forgottenAfter = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan s_longestStart = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_exitWait = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly TaskCompletionSource<string> _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stopping = new();
    private TaskCompletionSource<WorkerChannel> _ready = NewSource();
    private IWorkerProcess? _current;
    private bool _isRestartWanted;
    private Task _supervision = Task.CompletedTask;
    private int _ends;
    private DateTimeOffset _lastEnd;

    /// <summary>Ends with the reason why the host gave up.</summary>
    public Task<string> Stopped => _stopped.Task;

    /// <summary>Whether it was stopped by the ends of its workers, and not by what one of them refused.</summary>
    public bool HasGivenUp { get; private set; }

    public bool IsRunning => !_stopped.Task.IsCompleted && !_stopping.IsCancellationRequested;

    /// <summary>The worker that is there now, ready; null while there is none.</summary>
    public WorkerChannel? Ready
    {
        get
        {
            lock (_gate)
            {
                return _ready.Task.IsCompletedSuccessfully ? _ready.Task.Result : null;
            }
        }
    }

    /// <summary>Of the worker that is there now.</summary>
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

    /// <summary>Invocations wait here until the worker is there, also while it is started again.</summary>
    /// <exception cref="HostStoppedException">The host has given up.</exception>
    public Task<WorkerChannel> WhenReadyAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return _ready.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Kills the worker as the host itself does it: it starts again, and it does not count.</summary>
    public async Task RestartAsync()
    {
        IWorkerProcess? killed;
        lock (_gate)
        {
            killed = _current;
            _isRestartWanted = true;
            ForgetReady();
        }

        if (killed is not null)
        {
            killed.Kill();
            await ((Task)killed.Exited).WaitAsync(_stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _supervision;
        if (_current is { } worker)
        {
            worker.Kill();
            await Task.WhenAny(worker.Exited, Task.Delay(s_exitWait, CancellationToken.None));
            worker.Dispose();
        }

        _stopping.Dispose();
    }

    private static TaskCompletionSource<WorkerChannel> NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task SuperviseAsync()
    {
        while (IsRunning)
        {
            var channel = new WorkerChannel(appDirectory, said);
            try
            {
                await RunOnceAsync(channel);
            }
            catch (HostConfigurationException e)
            {
                // Another start would end the same way.
                Stop(e.Message);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            finally
            {
                channel.End();
            }
        }
    }

    private async Task RunOnceAsync(WorkerChannel channel)
    {
        var id = Guid.NewGuid();
        server.Expected[id.ToString()] = channel;
        lock (_gate)
        {
            _isRestartWanted = false;
        }

        var worker = await start(server.Address, id, front());
        lock (_gate)
        {
            _current?.Dispose();
            _current = worker;
        }

        events.Tell(HostEventKind.WorkerStarted, null, $"The worker is started{(worker.ProcessId is { } process ? $" as process {process}" : "")}");
        await Task.WhenAny(channel.Ready, worker.Exited, Task.Delay(s_longestStart, clock, _stopping.Token));
        _stopping.Token.ThrowIfCancellationRequested();
        if (channel.Ready.IsCompletedSuccessfully)
        {
            lock (_gate)
            {
                if (!_isRestartWanted)
                {
                    _ready.TrySetResult(channel);
                }
            }
        }
        else if (channel.Ready.IsFaulted && channel.Ready.Exception.InnerException is HostConfigurationException refused)
        {
            throw refused;
        }
        else
        {
            worker.Kill();
        }

        var code = await worker.Exited.WaitAsync(_stopping.Token);
        // Before anyone learns of the end, so that who then invokes waits for the next one.
        bool isWanted;
        lock (_gate)
        {
            ForgetReady();
            isWanted = _isRestartWanted;
        }

        Judge(code, worker, channel.Ready.IsCompletedSuccessfully, isWanted);
    }

    private void ForgetReady()
    {
        if (_ready.Task.IsCompletedSuccessfully)
        {
            _ready = NewSource();
        }
    }

    private void Judge(int code, IWorkerProcess worker, bool wasReady, bool isRestartWanted)
    {
        var text = $"The worker exited with code {code}{(wasReady ? "" : " before its functions were loaded")}";
        if (isRestartWanted)
        {
            events.Tell(HostEventKind.WorkerExited, null, $"{text}; the host killed it and starts it again.");
            return;
        }

        text += worker.LastErrors is { Length: > 0 } errors ? $"; its last errors: {errors}" : "";
        events.Tell(HostEventKind.WorkerExited, null, text);
        var now = clock.GetUtcNow();
        _ends = now - _lastEnd > s_forgottenAfter ? 1 : _ends + 1;
        _lastEnd = now;
        if (_ends >= EndsThatStop)
        {
            HasGivenUp = true;
            Stop($"Exceeded language worker restart retry count for runtime:dotnet-isolated. Shutting down and proactively recycling the Functions Host to recover ({text})");
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
}
