#pragma warning disable MA0049 // The folder holds this one thing, and both are called what it is.
namespace IterationBranches.Sandbox.FunctionsHost;

/// <summary>
/// A stand-in for the Azure Functions host: runs the app root of a custom handler as the real one does, with its timers,
/// queues and HTTP, and its traps. What it cannot do it says at the start.
/// </summary>
public sealed class FunctionsHost : IAsyncDisposable
{
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan EmptyCheck = TimeSpan.FromMilliseconds(200);

    private readonly FunctionsHostOptions _options;
    private readonly TimeProvider _clock;
    private readonly HostEvents _events;
    private readonly InvocationLedger _ledger = new();
    private readonly HostKeys _keys;
    private readonly List<TimerListener> _timers = [];
    private readonly List<QueueListener> _queues = [];
    private readonly IReadOnlyList<FunctionJson> _functions;
    private readonly HandlerSupervisor _handlers;
    private readonly Invoker _invoker;
    private readonly HttpFront _front;
    private bool _isStopped;
    private Task _watching = Task.CompletedTask;

    /// <summary>Reads the app root; throws <see cref="HostConfigurationException"/> when it cannot be run.</summary>
    /// <param name="handler">For tests: in the place of the executable.</param>
    /// <param name="queue">For tests: in the place of Azure Storage.</param>
    /// <param name="chance">From 0 to 1; spreads the polls of the queues.</param>
    public FunctionsHost(
        FunctionsHostOptions options, TimeProvider clock, HandlerStarter? handler = null, Func<QueueTrigger, IQueueSource>? queue = null, Func<double>? chance = null)
    {
        _options = options;
        _clock = clock;
        _events = new HostEvents(clock, options.OnEvent);
        _keys = new HostKeys(options.FunctionKey, options.MasterKey);
        var appDirectory = Path.GetFullPath(options.AppDirectory);
        var settings = new AppSettings(options.Settings);
        var host = HostJson.Read(appDirectory, settings);
        _functions = FunctionGroups.Served(FunctionJson.ReadAll(appDirectory, host, settings), settings);
        _handlers = new HandlerSupervisor(
            host, handler ?? HandlerProcess.For(appDirectory, host, settings, _events, options.ReadOnlyRoot), () => Address, clock, _events);
        _invoker = new Invoker(host, _handlers, _ledger, options, clock, _events);
        foreach (var function in _functions.Where(function => !function.Disabled))
        {
            if (function.Trigger is TimerTrigger timer)
            {
                _timers.Add(new TimerListener(function, timer, _invoker, clock));
            }
            else if (function.Trigger is QueueTrigger trigger)
            {
                var source = queue?.Invoke(trigger) ?? AzureQueueSource.Open(trigger, settings);
                _queues.Add(new QueueListener(
                    function, trigger, host.Queues, options.ProcessingVisibility, source, _invoker, _ledger, clock, chance ?? Random.Shared.NextDouble, _events));
            }
        }

        var admin = new AdminEndpoints(_keys, _functions, InvokeAsync, () => IsRunning, _handlers.PingAsync);
        _front = new HttpFront(host, _functions, _keys, _invoker, admin, settings, clock);
    }

    /// <summary>The HTTP front. Only after <see cref="StartAsync"/>.</summary>
    public Uri Address => _front.Address;

    public string FunctionKey => _keys.Function;

    public string MasterKey => _keys.Master;

    /// <summary>Where an HTTP function is called; its parameters are still templates.</summary>
    public string AddressOf(HttpTrigger trigger) => Address.GetLeftPart(UriPartial.Authority) + _front.PathOf(trigger);

    public bool IsRunning => !_isStopped && _handlers.IsRunning;

    public IReadOnlyList<FunctionJson> Functions => _functions;

    /// <summary>By function; each attempt of a retried one counts.</summary>
    public IReadOnlyDictionary<string, InvocationCount> Invocations => _ledger.Counts;

    /// <summary>Ends with the reason when the host stops by itself, because its handler does not live.</summary>
    public Task<string> Stopped => _handlers.Stopped;

    /// <summary>Ends when the handler answers; throws <see cref="HostStoppedException"/> when it does not get that far.</summary>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        await _front.StartAsync(_options.Port);
        _handlers.Start();
        await _handlers.WhenReadyAsync(cancellationToken);
        _queues.ForEach(queue => queue.Start());
        if (_options.RunTimers)
        {
            _timers.ForEach(timer => timer.Start());
        }

        _watching = WatchAsync();
    }

    /// <summary>Runs a timer or queue function now and waits for its end.</summary>
    /// <param name="input">The text of the message, for a queue function.</param>
    public Task<InvocationResult> InvokeAsync(string functionName, string? input = null)
    {
        if (_timers.Find(timer => timer.Function.Name == functionName) is { } timer)
        {
            return timer.InvokeAsync(input);
        }

        return _queues.Find(queue => queue.Function.Name == functionName) is { } queue
            ? queue.InvokeAsync(input ?? "")
            : throw new ArgumentException(
                $"'{functionName}' is no enabled timer or queue function. An HTTP function is called at its own address.", nameof(functionName));
    }

    public Task<InvocationResult> RunTimerAsync(string functionName) => InvokeAsync(functionName);

    /// <summary>SIGKILL, as the host does it after a timeout: what runs fails, and the handler is started again. It does not count as a crash.</summary>
    public Task KillHandlerAsync() => _handlers.RestartAsync();

    /// <summary>The handler's process, while it lives: to look at it, to kill it as a machine does that has no memory left, or to pause it.</summary>
    public int? HandlerProcessId => _handlers.ProcessId;

    /// <summary>
    /// Ends when no invocation runs and no queue has a visible message or one in flight. Messages that are visible only
    /// later are not waited for; the answer has them. Visible ones are fetched at once rather than after the back-off.
    /// </summary>
    public async Task<IReadOnlyList<QueueState>> WaitUntilIdleAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            if (!IsRunning)
            {
                throw new HostStoppedException("The host is stopped.");
            }

            var before = _ledger.Snapshot();
            if (before.Running == 0
                && await FindIdleQueuesAsync(cancellationToken) is { } states
                && _ledger.Snapshot().Version == before.Version)
            {
                return states;
            }

            await Task.WhenAny(before.Changed, Stopped).WaitAsync(cancellationToken);
        }
    }

    /// <summary>Ends when nothing runs and no message is left: neither visible nor delayed.</summary>
    public async Task WaitUntilEmptyAsync(CancellationToken cancellationToken = default)
    {
        while ((await WaitUntilIdleAsync(cancellationToken)).Any(queue => queue.Visible + queue.Delayed > 0))
        {
            await Task.Delay(EmptyCheck, _clock, cancellationToken);
        }
    }

    /// <summary>Waits at most <paramref name="grace"/> (10 s) for what runs, and then kills the handler. Zero: as when the instance is lost.</summary>
    public async Task StopAsync(TimeSpan? grace = null)
    {
        if (_isStopped)
        {
            return;
        }

        _isStopped = true;
        var drained = DrainAsync();
        await Task.WhenAny(drained, Task.Delay(grace ?? StopGrace, _clock, CancellationToken.None));
        await _invoker.StopAsync();
        await _handlers.DisposeAsync();
        await drained;
        await _front.DisposeAsync();
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

        _queues.ForEach(queue => queue.Dispose());
        _timers.ForEach(timer => timer.Dispose());
        _invoker.Dispose();
    }

    private async Task<IReadOnlyList<QueueState>?> FindIdleQueuesAsync(CancellationToken cancellationToken)
    {
        List<QueueState> states = [];
        foreach (var queue in _queues)
        {
            var state = await queue.FindStateAsync(cancellationToken);
            if (state is null or { Visible: > 0 })
            {
                queue.Nudge();
                return null;
            }

            states.Add(state);
        }

        return states;
    }

    private async Task DrainAsync()
    {
        await Task.WhenAll([.. _queues.Select(queue => queue.StopAsync()), .. _timers.Select(timer => timer.StopAsync())]);
        await Task.WhenAll(_queues.Select(queue => queue.DrainAsync()));
        while (_ledger.Snapshot() is { Running: > 0 } running)
        {
            await running.Changed;
        }
    }

    // A host that has given up takes nothing new from its queues, and its timers are still.
    private async Task WatchAsync()
    {
        await Stopped;
        await _invoker.StopAsync();
        await DrainAsync();
    }
}
