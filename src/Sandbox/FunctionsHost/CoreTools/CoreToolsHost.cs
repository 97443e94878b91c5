using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using IterationBranches.Sandbox.FunctionsHost.Worker;

namespace IterationBranches.Sandbox.FunctionsHost.CoreTools;

/// <summary>
/// The real Functions host, as the Core Tools bring it: <c>func start</c> in the app root
/// (https://learn.microsoft.com/azure/azure-functions/functions-core-tools-reference). Its keys are given to it as files; what it does is
/// read from what it prints.
/// </summary>
public sealed class CoreToolsHost : IAppHost
{
    /// <summary>Once a year: with timers off, one fires only when it is asked to.</summary>
    private const string Never = "0 0 0 1 1 *";

    private static readonly TimeSpan s_longestStart = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_check = TimeSpan.FromMilliseconds(250);

    private readonly FuncProgram _program;
    private readonly FunctionsHostOptions _options;
    private readonly HostEvents _events;
    private readonly HostKeys _keys;
    private readonly InvocationLedger _ledger = new();
    private readonly IReadOnlyList<QueueMessages> _queues;
    private readonly ConcurrentDictionary<string, TaskCompletionSource<InvocationResult>> _awaited = [];
    private readonly TaskCompletionSource<string> _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("iteration-branches-func-");
    private readonly HttpClient _http = new();
    private WatchedProcess? _func;
    private bool _isStopping;

    /// <exception cref="HostConfigurationException">The app root cannot be run.</exception>
    public CoreToolsHost(FuncProgram func, FunctionsHostOptions options, TimeProvider clock)
    {
        (_program, _options, _events, _keys) = (func, options, new HostEvents(clock, options.OnEvent), new HostKeys(options.FunctionKey, options.MasterKey));
        var settings = new AppSettings(options.Settings);
        _queues =
        [
            .. FunctionMetadata.ReadAll(Path.GetFullPath(options.AppDirectory), settings)
                .Select(function => function.Trigger)
                .OfType<QueueTrigger>()
                .Select(trigger => new QueueMessages(settings.StorageOf(trigger), trigger.QueueName)),
        ];
        Address = new Uri($"http://127.0.0.1:{(options.Port is 0 ? FreePort() : options.Port)}");
        _http.BaseAddress = Address;
        _http.DefaultRequestHeaders.Add("x-functions-key", _keys.Master);
    }

    public Uri Address { get; }

    public string FunctionKey => _keys.Function;

    public string MasterKey => _keys.Master;

    public IReadOnlyDictionary<string, InvocationCount> Invocations => _ledger.Counts;

    public Task<string> Stopped => _stopped.Task;

    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        await WriteKeysAsync(cancellationToken);
        Run();
        var begun = Stopwatch.GetTimestamp();
        while (!await IsRunningAsync(cancellationToken))
        {
            if (_stopped.Task.IsCompleted || Stopwatch.GetElapsedTime(begun) > s_longestStart)
            {
                throw new HostStoppedException(_stopped.Task.IsCompleted ? await _stopped.Task : $"func did not say that it runs within {s_longestStart.TotalMinutes:0} minutes.");
            }

            await Task.Delay(s_check, cancellationToken);
        }
    }

    public async Task<InvocationResult> RunTimerAsync(string function)
    {
        var awaited = _awaited[function] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using var answer = await _http.PostAsJsonAsync($"admin/functions/{function}", new JsonObject { ["input"] = "" });
        if (!answer.IsSuccessStatusCode)
        {
            throw new ArgumentException($"'{function}' cannot be run: the host answered {(int)answer.StatusCode}.", nameof(function));
        }

        return await await Task.WhenAny(awaited.Task, StoppedAsync());
    }

    public async Task WaitUntilEmptyAsync(CancellationToken cancellationToken = default)
    {
        while (!_ledger.IsIdle || (await Task.WhenAll(_queues.Select(queue => queue.CountAsync(cancellationToken)))).Sum() > 0)
        {
            if (_stopped.Task.IsCompleted)
            {
                throw new HostStoppedException(await _stopped.Task);
            }

            await Task.Delay(s_check, cancellationToken);
        }
    }

    public async Task StopAsync(TimeSpan? grace = null)
    {
        _isStopping = true;
        _func?.Kill();
        await (_func?.Exited ?? Task.FromResult(0));
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _func?.Dispose();
        _http.Dispose();
        _folder.Delete(recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Where the Core Tools look for them: below the folder for temporary files.</summary>
    private async Task WriteKeysAsync(CancellationToken cancellationToken)
    {
        static JsonObject Key(string name, string value) => new() { ["name"] = name, ["value"] = value, ["encrypted"] = false };
        var secrets = _folder.CreateSubdirectory(Path.Combine("secrets", "functions", "secrets"));
        var keys = new JsonObject { ["masterKey"] = Key("master", _keys.Master), ["functionKeys"] = new JsonArray(Key("default", _keys.Function)), ["systemKeys"] = new JsonArray() };
        await File.WriteAllTextAsync(Path.Combine(secrets.FullName, "host.json"), keys.ToJsonString(), cancellationToken);
    }

    private void Run()
    {
        var appDirectory = Path.GetFullPath(_options.AppDirectory);
        var start = _program.Start(["start", "--no-build", "--port", $"{Address.Port}", "--enableAuth"], appDirectory);
        start.Environment.Clear();
        foreach (var (name, value) in WorkerEnvironment.PassedOn().Concat(_options.Settings))
        {
            start.Environment[name] = value;
        }

        start.Environment["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated";
        start.Environment["AzureWebJobsSecretStorageType"] = "files";
        start.Environment["FUNCTIONS_CORE_TOOLS_TELEMETRY_OPTOUT"] = "1";
        start.Environment["TMPDIR"] = start.Environment["TMP"] = start.Environment["TEMP"] = _folder.FullName;
        if (!_options.RunTimers)
        {
            start.Environment["PollSchedule"] = Never;
        }

        _func = WatchedProcess.StartNew(start, OnLine, line => _events.Tell(HostEventKind.Stderr, null, line));
        _ = EndAsync(_func);
        _events.Tell(HostEventKind.WorkerStarted, null, $"func is started as process {_func.ProcessId}");
    }

    private async Task<bool> IsRunningAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await _http.GetAsync("admin/host/status", cancellationToken);
            return answer.IsSuccessStatusCode && (string?)(await answer.Content.ReadFromJsonAsync<JsonObject>(cancellationToken))?["state"] is "Running";
        }
        catch (HttpRequestException)
        {
            // Not yet.
            return false;
        }
    }

    private async Task<InvocationResult> StoppedAsync() => throw new HostStoppedException(await _stopped.Task);

    private void OnLine(string text)
    {
        switch (FuncLine.Parse(text))
        {
            case { Started: { } function }:
                _ledger.Started(function);
                _events.Tell(HostEventKind.InvocationStarted, function, text);
                break;
            case { Ended: { } function } line:
                _ledger.Ended(function, line.Succeeded);
                _events.Tell(line.Succeeded ? HostEventKind.InvocationSucceeded : HostEventKind.InvocationFailed, function, text);
                if (_awaited.TryRemove(function, out var awaited))
                {
                    awaited.TrySetResult(new(function, line.InvocationId, line.Succeeded, line.Succeeded ? null : "it failed; the lines before say why", []));
                }

                break;
            case var line:
                _events.Tell(HostEventKind.Log, null, line.Text);
                break;
        }
    }

    private async Task EndAsync(WatchedProcess func)
    {
        var reason = $"func ended with exit code {await func.Exited}.";
        if (!_isStopping)
        {
            _events.Tell(HostEventKind.HostStopped, null, reason);
        }

        _stopped.TrySetResult(reason);
    }
}
