using System.Diagnostics;
using System.Globalization;
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
public static class WorkerProcess
{
    /// <summary>What starts the worker of an app root.</summary>
    /// <exception cref="HostConfigurationException">The folder is not the app root of an isolated worker.</exception>
    public static WorkerStarter For(string appDirectory, AppSettings settings, HostEvents events, ReadOnlyRoot? readOnly)
    {
        var (executable, worker) = ReadConfig(appDirectory);
        return (host, workerId, front) =>
        {
            string[] arguments = [worker, .. Arguments(host, workerId)];
            var start = readOnly?.Start(executable, arguments, appDirectory) ?? new ProcessStartInfo(executable, arguments) { WorkingDirectory = appDirectory };
            start.Environment.Clear();
            foreach (var (name, value) in WorkerEnvironment.Build(settings.Values, appDirectory, front))
            {
                start.Environment[name] = value;
            }

            return Task.FromResult<IWorkerProcess>(WatchedProcess.StartNew(
                start, line => events.Tell(HostEventKind.Stdout, null, line), line => events.Tell(HostEventKind.Stderr, null, line)));
        };
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
}
