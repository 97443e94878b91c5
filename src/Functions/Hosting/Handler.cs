using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace IterationBranches.Functions.Hosting;

/// <summary>The web server that the Functions host talks to (https://learn.microsoft.com/azure/azure-functions/functions-custom-handlers).</summary>
public static class Handler
{
    /// <summary>The port that the host gives; null when no host started this process.</summary>
    public static int? Port => int.TryParse(Environment.GetEnvironmentVariable("FUNCTIONS_CUSTOMHANDLER_PORT"), out var port) ? port : null;

    /// <param name="port">0: any free port, for tests.</param>
    /// <param name="settings">Null: the environment, and nothing else.</param>
    /// <param name="edges">What a test puts in the place of the edges; the last registration counts.</param>
    public static WebApplication Build(int port, IConfiguration? settings = null, Action<IServiceCollection>? edges = null)
    {
        // The host's own environment, with its addresses and its content root, is inherited; neither is ours.
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, port);
            kestrel.AddServerHeader = false;
            // The service hook has its own limit, with an answer.
            kestrel.Limits.MaxRequestBodySize = null;
        });
        builder.Logging.ClearProviders();
        builder.Logging.AddLevels().AddLines();
        builder.Services.AddSingleton<ILoggerProvider, InvocationLogProvider>();
        builder.Configuration.Sources.Clear();
        _ = settings is null ? builder.Configuration.AddEnvironmentVariables() : builder.Configuration.AddConfiguration(settings);
        builder.Services.AddIterationBranches(builder.Configuration);
        edges?.Invoke(builder.Services);

        var app = builder.Build();
        // The host asks this until anything answers, and again for its health checks.
        app.MapGet("/", () => Results.Text("Iteration Branches"));
        // Not even a mistake is answered with an empty body: the host would wait for its end until it kills the process.
        // The pattern is said because the standard one leaves out paths with a dot.
        app.MapFallback("{*path}", (HttpRequest request) => Results.Json(
            new InvocationAnswer([$"{request.Method} {request.Path} is not a function of this app"]), InvocationJson.Default.InvocationAnswer, statusCode: StatusCodes.Status404NotFound));
        return app;
    }
}
