using System.Diagnostics;
using System.Text.Json;
using IterationBranches.Sandbox.FunctionsHost;

namespace IterationBranches.Functions.Isolated.Tests.Running;

/// <summary>The worker as a process of its own, as the host starts it by <c>worker.config.json</c>, in the place of a custom handler.</summary>
internal sealed class WorkerProcess : IHandlerProcess
{
    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _error;

    private WorkerProcess(Process process, Uri address)
    {
        (_process, Address) = (process, address);
        _output = process.StandardOutput.ReadToEndAsync();
        _error = process.StandardError.ReadToEndAsync();
        Exited = EndAsync();
    }

    public Uri Address { get; }

    public int? ProcessId => _process.Id;

    public Task<int> Exited { get; }

    public string LastErrors => "";

    /// <summary>All that it wrote. Ends with it.</summary>
    public Task<string> Output => _output;

    /// <inheritdoc cref="Output"/>
    public Task<string> Errors => _error;

    public static WorkerProcess Start(string appDirectory, WorkerBridge bridge, Uri front, IReadOnlyDictionary<string, string> settings)
    {
        var description = JsonElement.Parse(File.ReadAllBytes(Path.Combine(appDirectory, "worker.config.json"))).GetProperty("description");
        Assert.Equal("dotnet", description.GetProperty("defaultExecutablePath").GetString());
        var id = Guid.NewGuid();
        var start = new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            [
                Path.Combine(appDirectory, description.GetProperty("defaultWorkerPath").GetString()!),
                "--host", bridge.Grpc.Host, "--port", $"{bridge.Grpc.Port}", "--workerId", $"{id}", "--requestId", $"{Guid.NewGuid()}", "--grpcMaxMessageLength", "2147483647",
                "--functions-uri", bridge.Grpc.AbsoluteUri, "--functions-worker-id", $"{id}", "--functions-request-id", $"{Guid.NewGuid()}", "--functions-grpc-max-message-length", "2147483647",
            ])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = appDirectory,
        };
        start.Environment.Clear();
        foreach (var (name, value) in HandlerEnvironment.Build(settings, appDirectory, front, bridge.Address.Port, id))
        {
            start.Environment[name] = value;
        }

        start.Environment["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated";
        start.Environment["FUNCTIONS_APPLICATION_DIRECTORY"] = appDirectory;
        start.Environment["FUNCTIONS_WORKER_DIRECTORY"] = appDirectory;
        return new(Process.Start(start)!, bridge.Address);
    }

    public void Kill()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    private async Task<int> EndAsync()
    {
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }
}
