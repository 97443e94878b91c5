using System.Reflection;
using IterationBranches.Functions.Isolated;
using IterationBranches.Functions.Isolated.Tests.Running;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

// The worker's own server has one port for all of the process.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace IterationBranches.Functions.Tests.Running;

/// <summary>The isolated worker as it is composed, in this process, under what is a host to it and a custom handler to the tests.</summary>
internal sealed class StartedApp : IAsyncDisposable
{
    private readonly WorkerBridge _bridge;
    private readonly IHost _app;

    private StartedApp(WorkerBridge bridge, IHost app) => (_bridge, _app) = (bridge, app);

    public WorkerChannel Channel => _bridge.Worker;

    public IServiceProvider Services => _app.Services;

    public ICollection<string> Addresses => [_bridge.Address.AbsoluteUri];

    public static async Task<StartedApp> StartAsync(IConfiguration settings, Action<IServiceCollection> edges)
    {
        // As the host says where the app is.
        Environment.SetEnvironmentVariable("FUNCTIONS_APPLICATION_DIRECTORY", AppContext.BaseDirectory);
        Environment.SetEnvironmentVariable("FUNCTIONS_WORKER_DIRECTORY", AppContext.BaseDirectory);
        var bridge = await WorkerBridge.StartAsync(AppContext.BaseDirectory);
        // The worker takes the code that was generated for it from the assembly that the process was started with.
        var started = Assembly.GetEntryAssembly();
        Assembly.SetEntryAssembly(typeof(Worker).Assembly);
        // It reads the command line of its own process; here it is told by its configuration.
        var app = Worker.Build(
            [
                $"--Functions:Worker:HostEndpoint={bridge.Grpc}", $"--Functions:Worker:WorkerId={Guid.NewGuid()}", $"--Functions:Worker:RequestId={Guid.NewGuid()}",
                $"--Functions:Worker:GrpcMaxMessageLength={int.MaxValue}",
            ],
            settings, edges);
        Assembly.SetEntryAssembly(started);
        await app.StartAsync();
        await bridge.Worker.Ready;
        return new(bridge, app);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        _app.Dispose();
        await _bridge.DisposeAsync();
    }
}
