using IterationBranches.Sandbox.Cloud;
using IterationBranches.Sandbox.FunctionsHost;
using Host = IterationBranches.Sandbox.FunctionsHost.FunctionsHost;

namespace IterationBranches.Sandbox.Demo;

/// <summary>The app does not come to rest, or does not run.</summary>
public sealed class SandboxException(string message) : Exception(message);

/// <summary>The cloud of the sandbox with the published function app under the stand-in host.</summary>
public sealed class RunningSandbox : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private RunningSandbox(SandboxCloud cloud, Host host, Seed seed) => (Cloud, Host, Seed) = (cloud, host, seed);

    public SandboxCloud Cloud { get; }

    public Host Host { get; }

    public Seed Seed { get; }

    /// <param name="events">Told of all that the host sees.</param>
    /// <param name="configure">Changes the app's settings before it starts; null: as they are.</param>
    public static async Task<RunningSandbox> StartAsync(
        string appDirectory, Action<string> progress, Action<HostEvent> events, CancellationToken cancellationToken, Action<Dictionary<string, string>>? configure = null)
    {
        var cloud = await SandboxCloud.StartAsync(TimeProvider.System, new(), progress, cancellationToken);
        try
        {
            var seed = Seed.Plant(cloud, DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime));
            var settings = cloud.Settings(new());
            foreach (var (name, value) in Seed.Settings())
            {
                settings[name] = value;
            }

            configure?.Invoke(settings);
            progress("starting the function app");
            var host = new Host(
                new FunctionsHostOptions { AppDirectory = appDirectory, Settings = settings, RunTimers = false, PrintDiscardedLogs = true, OnEvent = events },
                TimeProvider.System);
            await host.StartAsync(cancellationToken);
            Subscribe(cloud, host);
            return new(cloud, host, seed);
        }
        catch
        {
            await cloud.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs the timer function now, and waits until everything that follows from it is done.</summary>
    public async Task PollAsync(CancellationToken cancellationToken)
    {
        var result = await Host.RunTimerAsync("PollIterations");
        if (!result.Succeeded)
        {
            throw new SandboxException($"PollIterations failed: {result.Error}");
        }

        await SettleAsync(cancellationToken);
    }

    /// <summary>Waits until no message is left: neither visible nor delayed.</summary>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(s_patience);
        try
        {
            while ((await Host.WaitUntilIdleAsync(patience.Token)).Any(queue => queue.Visible + queue.Delayed > 0))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), patience.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SandboxException($"messages are still on the queue after {s_patience.TotalMinutes:0} minutes");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Host.StopAsync(TimeSpan.FromSeconds(1));
        await Host.DisposeAsync();
        await Cloud.DisposeAsync();
    }

    /// <summary>What an administrator does once: hooks for moved work items, of the first track's project.</summary>
    private static void Subscribe(SandboxCloud cloud, Host host)
    {
        var url = new Uri(host.Address, $"api/hooks/azure-devops/{Seed.Tracks[0].Name}");
        foreach (var eventType in new[] { "workitem.created", "workitem.updated" })
        {
            cloud.Boards.AddSubscription(eventType, url, SandboxCloud.HookUsername, cloud.HookPassword, Seed.Project, host.FunctionKey);
        }
    }
}
