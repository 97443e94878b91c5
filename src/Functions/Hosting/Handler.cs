using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace IterationBranches.Functions.Hosting;

/// <summary>The web server that the Functions host talks to (https://learn.microsoft.com/azure/azure-functions/functions-custom-handlers).</summary>
public static class Handler
{
    /// <summary>The port that the host gives; null when no host started this process.</summary>
    public static int? Port => int.TryParse(Environment.GetEnvironmentVariable("FUNCTIONS_CUSTOMHANDLER_PORT"), out var port) ? port : null;

    /// <param name="port">0: any free port, for tests.</param>
    /// <param name="configure">What a test puts in the place of the edges.</param>
    public static WebApplication Build(int port, Action<WebApplicationBuilder>? configure = null)
    {
        // The host's own environment, with its addresses and its content root, is inherited; neither is ours.
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // The service hook has its own limit, with an answer.
            kestrel.Limits.MaxRequestBodySize = null;
        });
        builder.Logging.ClearProviders();
        builder.Logging.SetMinimumLevel(LogLevel.Information);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Logging.AddFilter("System.Net.Http", LogLevel.Warning);
        // The host takes each line of stderr for an error.
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Error);
        builder.Services.AddSingleton<ILoggerProvider, InvocationLogProvider>();
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddEnvironmentVariables();
        configure?.Invoke(builder);
        builder.Services.AddIterationBranches(builder.Configuration);

        var app = builder.Build();
        // The host asks this until anything answers, and again for its health checks.
        app.MapGet("/", () => Results.Text("Iteration Branches"));
        // Not even a mistake is answered with an empty body: the host would wait for its end until it kills the process.
        app.MapFallback((HttpRequest request) => Results.Json(
            new InvocationAnswer([$"{request.Method} {request.Path} is not a function of this app"]), InvocationJson.Default.InvocationAnswer, statusCode: StatusCodes.Status404NotFound));
        return app;
    }
}
