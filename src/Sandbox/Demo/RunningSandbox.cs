using IterationBranches.Sandbox.App;
using IterationBranches.Sandbox.Cloud;
using IterationBranches.Sandbox.FunctionsHost;
using IterationBranches.Sandbox.FunctionsHost.CoreTools;

namespace IterationBranches.Sandbox.Demo;

/// <summary>The app does not come to rest, or does not run.</summary>
public sealed class SandboxException(string message) : Exception(message);

/// <summary>The cloud of the sandbox with the published function app under the stand-in host.</summary>
public sealed class RunningSandbox : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly IReadOnlyDictionary<string, string> _settings;

    private RunningSandbox(SandboxCloud cloud, IAppHost host, Seed seed, IReadOnlyDictionary<string, string> settings) =>
        (Cloud, Host, Seed, _settings) = (cloud, host, seed, settings);

    public SandboxCloud Cloud { get; }

    public IAppHost Host { get; }

    public Seed Seed { get; }

    /// <summary>How <c>hooks create</c> ended, which an administrator ran as soon as the app was there.</summary>
    public CliResult HooksCreated { get; private set; } = null!;

    /// <param name="appDirectory">The published app; it may still be on its way while the cloud starts.</param>
    /// <param name="events">Told of all that the host sees.</param>
    /// <param name="configure">Changes the app's settings before it starts; null: as they are.</param>
    /// <param name="func">The real Core Tools, to run the app; null: the stand-in host does.</param>
    public static async Task<RunningSandbox> StartAsync(
        Task<string> appDirectory, Action<string> progress, Action<HostEvent> events, CancellationToken cancellationToken,
        Func<SandboxCloud, Dictionary<string, string>, Task>? configure = null, FuncProgram? func = null)
    {
        var cloud = await SandboxCloud.StartAsync(TimeProvider.System, new(), progress, cancellationToken);
        IAppHost? host = null;
        try
        {
            var seed = Seed.Plant(cloud, DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime));
            var settings = cloud.Settings(new());
            foreach (var (name, value) in Seed.Settings())
            {
                settings[name] = value;
            }

            await (configure?.Invoke(cloud, settings) ?? Task.CompletedTask);
            var directory = await appDirectory;
            progress(func is null ? "starting the function app" : $"starting the function app with {func.Path}");
            var options = new FunctionsHostOptions { AppDirectory = directory, Settings = settings, RunTimers = false, OnEvent = events };
            host = func is null ? new FunctionsHost.FunctionsHost(options, TimeProvider.System) : new CoreToolsHost(func, options, TimeProvider.System);
            await host.StartAsync(cancellationToken);
            progress("creating the service hooks, as an administrator");
            var sandbox = new RunningSandbox(cloud, host, seed, settings);
            sandbox.HooksCreated = await sandbox.AdministerAsync(["hooks", "create"], cancellationToken);
            return sandbox;
        }
        catch
        {
            await (host?.DisposeAsync() ?? ValueTask.CompletedTask);
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
            await Host.WaitUntilEmptyAsync(patience.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SandboxException($"messages are still on the queue after {s_patience.TotalMinutes:0} minutes");
        }
    }

    /// <summary>Runs a verb of the command line with the app's own settings, as an operator does.</summary>
    public Task<CliResult> OperateAsync(IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        CliCommand.RunAsync(arguments, _settings, cancellationToken: cancellationToken);

    /// <summary>Asks the running app for its diagnosis, as whoever has this key does.</summary>
    /// <returns>The status, and the body.</returns>
    public async Task<(int Status, string Body)> AskDoctorAsync(string? key, CancellationToken cancellationToken)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Host.Address, "api/doctor"));
        if (key is not null)
        {
            request.Headers.Add("x-functions-key", key);
        }

        using var answer = await http.SendAsync(request, cancellationToken);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(cancellationToken));
    }

    /// <summary>Runs the verb <c>doctor</c> against the running app, with the master key in its environment.</summary>
    public Task<CliResult> RunDoctorAsync(CancellationToken cancellationToken, params IEnumerable<string> arguments) => CliCommand.RunAsync(
        ["doctor", "--url", Host.Address.AbsoluteUri, .. arguments], new Dictionary<string, string> { ["DOCTOR_KEY"] = Host.MasterKey }, cancellationToken: cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await Host.StopAsync(TimeSpan.FromSeconds(1));
        await Host.DisposeAsync();
        await Cloud.DisposeAsync();
    }

    /// <summary>
    /// Runs a verb of the command line on an administrator's desk: of the app's settings it has those of Boards, the tracks
    /// and the hooks, and besides, his own token and the function's key.
    /// </summary>
    public Task<CliResult> AdministerAsync(IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        CliCommand.RunAsync(arguments, DeskOf(Cloud, _settings, Host), cancellationToken: cancellationToken);

    /// <summary>What an administrator's desk knows of the app.</summary>
    /// <param name="front">The host of the HTTP functions.</param>
    public static Dictionary<string, string> DeskOf(SandboxCloud cloud, IReadOnlyDictionary<string, string> appSettings, IAppHost front)
    {
        string[] known = ["Boards__BaseUrl", "Boards__Organization", "ServiceHook__Username", "ServiceHook__Password"];
        var settings = appSettings.Where(setting => known.Contains(setting.Key) || setting.Key.StartsWith("Track", StringComparison.Ordinal)).ToDictionary();
        settings["AZURE_DEVOPS_EXT_PAT"] = cloud.AdministratorToken;
        settings["HOOKS_URL"] = front.Address.AbsoluteUri;
        settings["HOOKS_FUNCTION_KEY"] = front.FunctionKey;
        return settings;
    }
}
