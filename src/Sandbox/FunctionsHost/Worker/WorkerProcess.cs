using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using IterationBranches.Sandbox.FunctionsHost.Flex;

namespace IterationBranches.Sandbox.FunctionsHost.Worker;

/// <summary>One run of the worker.</summary>
public interface IWorkerProcess : IDisposable
{
    /// <summary>Null: it has no process of its own.</summary>
    int? ProcessId { get; }

    /// <summary>Ends with the exit code.</summary>
    Task<int> Exited { get; }

    /// <summary>What it said on stderr last; part of the message of its exit.</summary>
    string LastErrors { get; }

    /// <summary>SIGKILL. Harmless when it is gone already.</summary>
    void Kill();
}

/// <summary>Starts the worker once more. A test has one in its own process instead.</summary>
/// <param name="host">Where the worker finds the host.</param>
/// <param name="workerId">Who it is to say that it is.</param>
/// <param name="front">The address of the HTTP front.</param>
public delegate Task<IWorkerProcess> WorkerStarter(Uri host, Guid workerId, Uri front);

/// <summary>The worker as a process of its own, started as <c>worker.config.json</c> says.</summary>
public sealed class WorkerProcess : IWorkerProcess
{
    private static readonly TimeSpan s_outputDrain = TimeSpan.FromSeconds(1);

    private readonly Process _process;
    private readonly HostEvents _events;
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private WorkerProcess(ProcessStartInfo start, HostEvents events)
    {
        _events = events;
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => OnLine(HostEventKind.Stdout, line.Data);
        _process.ErrorDataReceived += (_, line) => OnLine(HostEventKind.Stderr, line.Data);
        _process.Exited += async (_, _) => await OnExitedAsync();
    }

    public int? ProcessId => _process.Id;

    public Task<int> Exited => _exited.Task;

    public string LastErrors => string.Join(Environment.NewLine, _errors);

    /// <summary>What starts the worker of an app root.</summary>
    /// <exception cref="HostConfigurationException">The folder is not the app root of an isolated worker.</exception>
    public static WorkerStarter For(string appDirectory, AppSettings settings, HostEvents events, ReadOnlyRoot? readOnly)
    {
        var (executable, worker) = ReadConfig(appDirectory);
        return (host, workerId, front) =>
        {
            string[] arguments = [worker, .. Arguments(host, workerId)];
            var start = readOnly?.Start(executable, arguments, appDirectory) ?? new ProcessStartInfo(executable, arguments) { WorkingDirectory = appDirectory };
            start.RedirectStandardOutput = true;
            start.RedirectStandardError = true;
            start.StandardOutputEncoding = Encoding.UTF8;
            start.StandardErrorEncoding = Encoding.UTF8;
            start.UseShellExecute = false;
            start.Environment.Clear();
            foreach (var (name, value) in WorkerEnvironment.Build(settings.Values, appDirectory, front))
            {
                start.Environment[name] = value;
            }

            var process = new WorkerProcess(start, events);
            process.Start();
            return Task.FromResult<IWorkerProcess>(process);
        };
    }

    public void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has exited already.
        }
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    /// <summary>How the host tells a worker where it is; older workers know the short names alone.</summary>
    private static IEnumerable<string> Arguments(Uri host, Guid workerId)
    {
        var (request, length) = (Guid.NewGuid().ToString(), int.MaxValue.ToString(CultureInfo.InvariantCulture));
        return
        [
            "--host", host.Host, "--port", host.Port.ToString(CultureInfo.InvariantCulture), "--workerId", $"{workerId}", "--requestId", request, "--grpcMaxMessageLength", length,
            "--functions-uri", host.AbsoluteUri, "--functions-worker-id", $"{workerId}", "--functions-request-id", request, "--functions-grpc-max-message-length", length,
        ];
    }

    private static (string Executable, string Worker) ReadConfig(string appDirectory)
    {
        var file = Path.Combine(appDirectory, "worker.config.json");
        using var json = AppFiles.ReadJson(file);
        if (!json.RootElement.TryGetProperty("description", out var description) || Text(description, "language") is not "dotnet-isolated")
        {
            throw new HostConfigurationException($"{file}: description.language must be dotnet-isolated; this stand-in runs no other worker.");
        }

        var (executable, worker) = (Text(description, "defaultExecutablePath"), Text(description, "defaultWorkerPath"));
        if (worker is null || !File.Exists(Path.Combine(appDirectory, worker)))
        {
            throw new HostConfigurationException($"{file}: description.defaultWorkerPath is '{worker}', which is not in the app folder.");
        }

        // What runs this host can run the worker, wherever dotnet is installed.
        return (executable is "dotnet" ? Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet" : Path.Combine(appDirectory, executable ?? ""), Path.Combine(appDirectory, worker));
    }

    private static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.GetString() : null;

    private void Start()
    {
        try
        {
            _process.Start();
        }
        catch (Win32Exception e)
        {
            throw new HostConfigurationException($"The worker {_process.StartInfo.FileName} cannot be started: {e.Message}");
        }

        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    private void OnLine(HostEventKind kind, string? line)
    {
        if (line is null)
        {
            return;
        }

        if (kind is HostEventKind.Stderr)
        {
            _errors.Enqueue(line);
            while (_errors.Count > 3)
            {
                _errors.TryDequeue(out _);
            }
        }

        _events.Tell(kind, null, line);
    }

    private async Task OnExitedAsync()
    {
        var code = _process.ExitCode;
        // Its last words come before its exit, unless a grandchild holds the pipes open.
        using var drain = new CancellationTokenSource(s_outputDrain);
        try
        {
            await _process.WaitForExitAsync(drain.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or InvalidOperationException)
        {
            // Held open, or disposed meanwhile.
        }

        _exited.TrySetResult(code);
    }
}
