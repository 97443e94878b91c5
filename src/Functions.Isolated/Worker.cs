using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IterationBranches.Functions.Isolated;

/// <summary>The worker process that the Functions host starts (https://learn.microsoft.com/azure/azure-functions/dotnet-isolated-process-guide).</summary>
public static class Worker
{
    /// <param name="args">What the host tells the worker: where it is, and who the worker is.</param>
    /// <param name="settings">Null: the environment, and nothing else.</param>
    /// <param name="edges">What a test puts in the place of the edges; the last registration counts.</param>
    public static IHost Build(string[] args, IConfiguration? settings = null, Action<IServiceCollection>? edges = null)
    {
        var builder = FunctionsApplication.CreateBuilder(args);
        builder.ConfigureFunctionsWebApplication();
        builder.Services.Configure<KestrelServerOptions>(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // The service hook has its own limit, with an answer.
            kestrel.Limits.MaxRequestBodySize = null;
        });
        builder.Logging.AddLevels();
        // It repeats, with the stack of the worker, the failure that InvocationRun has said.
        builder.Logging.AddFilter("Microsoft.Azure.Functions.Worker.FunctionsApplication", LogLevel.None);
        builder.Services.AddIterationBranches(settings ?? new ConfigurationBuilder().AddEnvironmentVariables().Build());
        edges?.Invoke(builder.Services);
        return builder.Build();
    }
}
