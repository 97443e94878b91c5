using IterationBranches.Sandbox.FunctionsHost.Worker;
using IterationBranches.Sandbox.FunctionsHost.Worker.Rpc;

#pragma warning disable MA0049 // The folder holds this one thing, and both are called what it is.
namespace IterationBranches.Sandbox.FunctionsHost;

/// <summary>
/// A stand-in for the Azure Functions host: runs the app root of an isolated worker as the real one does. Queues are driven by the real
/// engine; the worker's gRPC, HTTP and timers by this one. What it cannot do it says at the start.
/// </summary>
public sealed class FunctionsHost : IAppHost
{
    /// <summary>The version of the host that this one was held against.</summary>
    public const string Version = "4.1037.0.0";

    private static readonly TimeSpan s_stopGrace = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_emptyCheck = TimeSpan.FromMilliseconds(50);

    private readonly FunctionsHostOptions _options;
    private readonly TimeProvider _clock;
    private readonly HostEvents _events;
    private readonly InvocationLedger _ledger = new();
    private readonly HostKeys _keys;
    private readonly Dictionary<string, TimerListener> _timers = [];
    private readonly Dictionary<string, QueueFunction> _queues = [];
    private readonly WorkerServer _server = new();
    private readonly WorkerSupervisor _workers;
    private readonly Invoker _invoker;
    private readonly HttpFront _front;
    private Task _watching = Task.CompletedTask;
    private bool _isStopped;

    /// <summary>Reads the app root; throws <see cref="HostConfigurationException"/> when it cannot be run.</summary>
    /// <param name="worker">For tests: in the place of the process.</param>
    public FunctionsHost(FunctionsHostOptions options, TimeProvider clock, WorkerStarter? worker = null)
    {
        (_options, _clock) = (options, clock);
        _events = new HostEvents(clock, options.OnEvent);
        _keys = new HostKeys(options.FunctionKey, options.MasterKey);
        var appDirectory = Path.GetFullPath(options.AppDirectory);
        var settings = new AppSettings(options.Settings);
        RefuseAnotherRuntime(settings);
        var host = HostJson.Read(appDirectory, settings);
        Functions = FunctionGroups.Served(FunctionMetadata.ReadAll(appDirectory, settings), settings);
        _invoker = new Invoker(host, _ledger, clock, _events);
        _workers = _invoker.Workers = new WorkerSupervisor(
            appDirectory, _server, worker ?? WorkerProcess.For(appDirectory, settings, _events, options.ReadOnlyRoot), () => Address, _invoker.OnLine, clock, _events);
        foreach (var function in Functions.Where(function => function.Problem is null))
        {
            if (function.Trigger is TimerTrigger timer)
            {
                _timers[function.Name] = new TimerListener(timer, info => _invoker.InvokeAsync(function, new TypedData { Json = info }, [], CancellationToken.None), clock);
            }
            else if (function.Trigger is QueueTrigger trigger && options.RunQueues)
            {
                _queues[function.Name] = new QueueFunction(function, trigger, options.HostStorage ?? settings.StorageOf(trigger), host, _invoker, _events);
            }
        }

        _front = new HttpFront(host, Functions, _keys, _invoker, new AdminEndpoints(_keys, Functions, settings, trigger => _front!.PathOf(trigger), InvokeAsync, () => IsRunning), settings, clock);
    }

    public Uri Address => _front.Address;

    public string FunctionKey => _keys.Function;

    public string MasterKey => _keys.Master;

    public bool IsRunning => !_isStopped && _workers.IsRunning;

    public IReadOnlyList<FunctionMetadata> Functions { get; }

    public IReadOnlyDictionary<string, InvocationCount> Invocations => _ledger.Counts;

    /// <summary>Ends with the reason when the host gives up, because its worker does not live.</summary>
    public Task<string> Stopped => _workers.Stopped;

    /// <summary>Whether it has stopped because its worker died again and again: the process of the real host then ends with exit code 0.</summary>
    public bool HasGivenUp => _workers.HasGivenUp;

    /// <summary>The worker's process, while it lives: to look at it, to kill it as a machine does that has no memory left, or to pause it.</summary>
    public int? WorkerProcessId => _workers.ProcessId;

    /// <summary>Where an HTTP function is called; its parameters are still templates.</summary>
    public string AddressOf(HttpTrigger trigger) => Address.GetLeftPart(UriPartial.Authority) + _front.PathOf(trigger);

    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        foreach (var (function, problem) in Functions.Where(function => function.Problem is not null).Select(function => (function.Name, function.Problem!)))
        {
            _events.Tell(HostEventKind.Diagnostic, function, $"{function} does not run, the others do: {problem}.");
        }

        await _server.StartAsync();
        await _front.StartAsync(_options.Port);
        _workers.Start();
        await _workers.WhenReadyAsync(cancellationToken);
        await Task.WhenAll(_queues.Values.Select(queue => queue.StartAsync(cancellationToken)));
        if (_options.RunTimers)
        {
            foreach (var timer in _timers.Values)
            {
                timer.Start();
            }
        }

        _watching = WatchAsync();
    }

    public Task<InvocationResult> RunTimerAsync(string function) => InvokeAsync(function, input: null);

    /// <summary>Runs a timer or queue function now and waits for its end.</summary>
    /// <param name="input">The text of the message, for a queue function.</param>
    /// <exception cref="ArgumentException">There is no such function that could be run so.</exception>
    public Task<InvocationResult> InvokeAsync(string function, string? input)
    {
        if (_timers.TryGetValue(function, out var timer))
        {
            return timer.InvokeAsync();
        }

        return Functions.FirstOrDefault(candidate => candidate.Name == function && candidate is { Problem: null, Trigger: QueueTrigger }) is { } queue
            ? _invoker.InvokeAsync(queue, new TypedData { String = input ?? "" }, [], CancellationToken.None)
            : throw new ArgumentException($"'{function}' is no enabled timer or queue function. An HTTP function is called at its own address.", nameof(function));
    }

    /// <summary>SIGKILL, as the host does it after a timeout: what runs fails, and the worker is started again. It does not count as its end.</summary>
    public Task KillWorkerAsync() => _workers.RestartAsync();

    public async Task WaitUntilEmptyAsync(CancellationToken cancellationToken = default)
    {
        while (!_ledger.IsIdle || await CountMessagesAsync(cancellationToken) > 0)
        {
            if (!IsRunning)
            {
                throw new HostStoppedException("The host is stopped.");
            }

            await Task.Delay(s_emptyCheck, CancellationToken.None).WaitAsync(cancellationToken);
        }
    }

    public async Task StopAsync(TimeSpan? grace = null)
    {
        if (_isStopped)
        {
            return;
        }

        _isStopped = true;
        using var patience = new CancellationTokenSource(grace ?? s_stopGrace, _clock);
        var listening = StopListeningAsync(patience.Token);
        await Task.WhenAny(listening, Task.Delay(Timeout.InfiniteTimeSpan, _clock, patience.Token));
        await _invoker.StopAsync();
        await _workers.DisposeAsync();
        await listening;
        await _front.DisposeAsync();
        await _server.DisposeAsync();
        if (!Stopped.IsCompleted)
        {
            _events.Tell(HostEventKind.HostStopped, null, "The host is stopped.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (Stopped.IsCompleted)
        {
            await _watching;
        }

        foreach (var queue in _queues.Values)
        {
            await queue.DisposeAsync();
        }

        foreach (var timer in _timers.Values)
        {
            timer.Dispose();
        }

        _invoker.Dispose();
    }

    private static void RefuseAnotherRuntime(AppSettings settings)
    {
        const string name = "FUNCTIONS_WORKER_RUNTIME";
        if (settings.Find(name) is { } runtime and not "dotnet-isolated")
        {
            throw new HostConfigurationException($"{name} is '{runtime}'; it must be dotnet-isolated. The real host answers everything with 503 then.");
        }
    }

    private async Task<int> CountMessagesAsync(CancellationToken cancellationToken) =>
        (await Task.WhenAll(_queues.Values.Select(queue => queue.InQueue.CountAsync(cancellationToken)))).Sum();

    private Task StopListeningAsync(CancellationToken patience) =>
        Task.WhenAll([.. _queues.Values.Select(queue => queue.StopAsync(patience)), .. _timers.Values.Select(timer => timer.StopAsync())]);

    // A host that has given up takes nothing new from its queues, and its timers are still.
    private async Task WatchAsync()
    {
        await Stopped;
        await _invoker.StopAsync();
        await StopListeningAsync(CancellationToken.None);
    }
}
