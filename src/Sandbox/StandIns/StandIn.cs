using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace IterationBranches.Sandbox.StandIns;

/// <summary>
/// A server on 127.0.0.1 in the place of one outside service. It checks what it is sent as the real service does.
/// An endpoint's name (<c>WithName</c>) is the operation under which its calls are counted.
/// </summary>
public abstract class StandIn(TimeProvider clock) : IAsyncDisposable
{
    private WebApplication? _app;

    public CallLog Calls { get; } = new();

    /// <summary>Asked about each call, by operation: what is to stand between it and its answer. A test makes the service fail here.</summary>
    public Func<string, HttpRequest, Interference?>? Interfere { get; set; }

    /// <summary>The address the stand-in listens on, without a trailing slash in its path. Only after <see cref="StartAsync"/>.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1:0");

    protected internal TimeProvider Clock { get; } = clock;

    /// <param name="port">0: any free port.</param>
    /// <param name="certificate">With one, the stand-in speaks HTTPS.</param>
    public async Task StartAsync(int port = 0, X509Certificate2? certificate = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        builder.Services.AddRoutingCore();
        AddServices(builder.Services);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, port, listen =>
            {
                if (certificate is not null)
                {
                    listen.UseHttps(certificate);
                }
            });
        });
        _app = builder.Build();
        _app.UseRouting();
        _app.Use(RecordAsync);
        Map(_app);
        await _app.StartAsync();
        var bound = new Uri(_app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First());
        // Key Vault's identifiers carry the host that was asked for; localhost is in the certificate as 127.0.0.1 is.
        Address = new Uri($"{(certificate is null ? "http" : "https")}://127.0.0.1:{bound.Port}");
    }

    protected abstract void Map(WebApplication app);

    /// <summary>What <see cref="Map"/> needs.</summary>
    protected virtual void AddServices(IServiceCollection services)
    {
        // Most need nothing.
    }

    protected virtual string OperationOf(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName ?? "unknown";

    /// <summary>Who is calling, when the request's credential is known; for <see cref="Calls"/>, never the credential itself.</summary>
    protected static void SetPrincipal(HttpContext context, string principal) => context.Items[typeof(StandIn)] = principal;

    private async Task RecordAsync(HttpContext context, RequestDelegate next)
    {
        var operation = OperationOf(context);
        var interference = Interfere?.Invoke(operation, context.Request);
        var isRecorded = false;
        context.Response.OnStarting(() =>
        {
            context.Response.Headers.Date = Clock.GetUtcNow().ToString("R");
            // Before the answer leaves, so that who has it also finds the call.
            Record();
            return Task.CompletedTask;
        });
        try
        {
            await (interference is null ? next(context) : interference.ApplyAsync(context, next, Clock));
        }
        finally
        {
            Record();
        }

        void Record()
        {
            if (!isRecorded)
            {
                isRecorded = true;
                Calls.Add(new Call(
                    Clock.GetUtcNow(), operation, context.Request.Method, context.Request.Path.Value ?? "",
                    context.Items[typeof(StandIn)] as string, context.Response.StatusCode, interference?.Name));
            }
        }
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }
}

/// <summary>What stands between a call and its answer.</summary>
public abstract record Interference(string Name)
{
    public abstract Task ApplyAsync(HttpContext context, RequestDelegate next, TimeProvider clock);
}
