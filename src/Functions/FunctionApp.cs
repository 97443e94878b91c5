using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace IterationBranches.Functions;

/// <summary>The worker process that the Functions host starts (https://learn.microsoft.com/azure/azure-functions/dotnet-isolated-process-guide).</summary>
public static class FunctionApp
{
    /// <param name="args">What the host tells the worker: where it is, and who the worker is.</param>
    /// <param name="settings">Null: the environment, and nothing else.</param>
    /// <param name="edges">What a test puts in the place of the edges; the last registration counts.</param>
    public static IHost Build(string[] args, IConfiguration? settings = null, Action<IServiceCollection>? edges = null)
    {
        var builder = FunctionsApplication.CreateBuilder(args);
        builder.ConfigureFunctionsWebApplication();
        builder.UseMiddleware<InvocationMiddleware>();
        builder.Services.Configure<KestrelServerOptions>(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // The service hook has its own limit, with an answer.
            kestrel.Limits.MaxRequestBodySize = null;
        });
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Logging.AddFilter("System.Net.Http", LogLevel.Warning);
        // It warns at every start that the address which the host's environment names is not taken.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Error);
        // It repeats, with the stack of the worker, the failure that the middleware has said.
        builder.Logging.AddFilter("Microsoft.Azure.Functions.Worker.FunctionsApplication", LogLevel.None);
        builder.Services.AddIterationBranches(settings ?? new ConfigurationBuilder().AddEnvironmentVariables().Build());
        builder.Services.AddTransient<HookEndpoint>();
        edges?.Invoke(builder.Services);
        return builder.Build();
    }

    /// <summary>Lines of the process, as the host reads them: each line of stderr is an error to it.</summary>
    public static ILoggingBuilder AddLines(this ILoggingBuilder logging)
    {
        logging.AddSimpleConsole(console => console.SingleLine = true);
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Error);
        return logging;
    }
}
