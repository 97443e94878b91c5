using System.Reflection;
using IterationBranches.Sandbox.FunctionsHost.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

// The worker's own server has one port for all of the process.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace IterationBranches.Functions.Tests.Running;

/// <summary>The worker as it is composed, in this process.</summary>
internal sealed class InProcessWorker : IWorkerProcess
{
    private readonly IHost _app;
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private int _isKilled;

    private InProcessWorker(IHost app) => _app = app;

    public IServiceProvider Services => _app.Services;

    public int? ProcessId => null;

    public Task<int> Exited => _exited.Task;

    public string LastErrors => "";

    public static async Task<InProcessWorker> StartAsync(Uri host, Guid workerId, IConfiguration settings, Action<IServiceCollection> edges)
    {
        // As the host says where the app is.
        Environment.SetEnvironmentVariable("FUNCTIONS_APPLICATION_DIRECTORY", AppContext.BaseDirectory);
        Environment.SetEnvironmentVariable("FUNCTIONS_WORKER_DIRECTORY", AppContext.BaseDirectory);
        // The worker takes the code that was generated for it from the assembly that the process was started with.
        var started = Assembly.GetEntryAssembly();
        Assembly.SetEntryAssembly(typeof(FunctionApp).Assembly);
        // It reads the command line of its own process; here it is told by its configuration.
        var app = FunctionApp.Build(
            [
                $"--Functions:Worker:HostEndpoint={host}", $"--Functions:Worker:WorkerId={workerId}", $"--Functions:Worker:RequestId={Guid.NewGuid()}",
                $"--Functions:Worker:GrpcMaxMessageLength={int.MaxValue}",
            ],
            settings, edges);
        Assembly.SetEntryAssembly(started);
        await app.StartAsync();
        return new(app);
    }

    public void Kill()
    {
        if (Interlocked.Exchange(ref _isKilled, 1) == 0)
        {
            _ = EndAsync();
        }
    }

    public void Dispose()
    {
        // The host has killed it before.
    }

    private async Task EndAsync()
    {
        await _app.StopAsync();
        _app.Dispose();
        _exited.TrySetResult(137);
    }
}
