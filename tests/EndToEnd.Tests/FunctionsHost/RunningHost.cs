using System.Collections.Concurrent;
using IterationBranches.Sandbox.FunctionsHost;
using IterationBranches.Testing;

namespace IterationBranches.EndToEnd.Tests.FunctionsHostTests;

/// <summary>The host on a temporary app root, with a worker in this process.</summary>
public sealed class RunningHost : IAsyncDisposable
{
    private readonly ConcurrentQueue<HostEvent> _events = new();
    private readonly List<(Func<HostEvent, bool> Wanted, TaskCompletionSource<HostEvent> Seen)> _awaited = [];

    private RunningHost(AppRoot app, FakeWorker worker, TimeProvider? clock)
    {
        (App, Worker) = (app, worker);
        var options = new FunctionsHostOptions
        {
            AppDirectory = app.Directory,
            Settings = app.Settings,
            FunctionKey = "the-function-key",
            MasterKey = "the-master-key",
            RunTimers = false,
            OnEvent = OnEvent,
        };
        Host = new FunctionsHost(options, clock ?? TimeProvider.System, worker.RunAsync);
        Http = new HttpClient();
    }

    public AppRoot App { get; }

    public FakeWorker Worker { get; }

    public FunctionsHost Host { get; }

    public HttpClient Http { get; }

    public IReadOnlyCollection<HostEvent> Events => _events;

    public static async Task<RunningHost> PrepareAsync(AppRoot app, TimeProvider? clock = null) => new(app, await FakeWorker.StartAsync(app), clock);

    public static async Task<RunningHost> StartAsync(AppRoot app, TimeProvider? clock = null)
    {
        var running = await PrepareAsync(app, clock);
        await running.Host.StartAsync().WaitAsync(Bound.Wait);
        running.Http.BaseAddress = running.Host.Address;
        return running;
    }

    public Task<InvocationResult> RunTimerAsync(string function) => Host.RunTimerAsync(function).WaitAsync(Bound.Wait);

    /// <summary>Ends when the host has given up, with the reason.</summary>
    public Task<string> StoppedAsync() => Host.Stopped.WaitAsync(Bound.Wait);

    /// <summary>Ends with the first such event, also one of before.</summary>
    public Task<HostEvent> SeeAsync(HostEventKind kind, string text = "")
    {
        bool Wanted(HostEvent told) => told.Kind == kind && told.Text.Contains(text, StringComparison.Ordinal);
        lock (_awaited)
        {
            if (_events.FirstOrDefault(Wanted) is { } seen)
            {
                return Task.FromResult(seen);
            }

            var source = new TaskCompletionSource<HostEvent>(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaited.Add((Wanted, source));
            return source.Task.WaitAsync(Bound.Wait);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Host.StopAsync(TimeSpan.Zero);
        await Host.DisposeAsync();
        await Worker.DisposeAsync();
        Http.Dispose();
        App.Dispose();
    }

    private void OnEvent(HostEvent told)
    {
        lock (_awaited)
        {
            _events.Enqueue(told);
            _awaited.FindAll(awaited => awaited.Wanted(told)).ForEach(awaited => awaited.Seen.TrySetResult(told));
        }
    }
}
