using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IterationBranches.Sandbox.FunctionsHost;

/// <summary>The host's own web server: routes, keys, and how a request gets to the handler.</summary>
public sealed class HttpFront(
    HostJson host, IReadOnlyList<FunctionJson> functions, HostKeys keys, Invoker invoker, AdminEndpoints admin, AppSettings settings, TimeProvider clock)
    : IAsyncDisposable
{
    private const long BodyLimit = 104_857_600;

    // The front end of Azure gives up then, whatever functionTimeout says.
    private static readonly TimeSpan ResponseLimit = TimeSpan.FromSeconds(230);

    private readonly HttpProxy _proxy = new(clock);
    private readonly HttpForwarder _forwarder = new(host);
    private WebApplication? _app;

    /// <summary>Only after <see cref="StartAsync"/>.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1:0");

    public string PathOf(HttpTrigger trigger) => host.RoutePrefix.Length == 0 ? $"/{trigger.Route}" : $"/{host.RoutePrefix}/{trigger.Route}";

    public async Task StartAsync(int port)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        // Routes may have constraints of any kind, which the slim builder leaves out.
        builder.Services.AddRouting();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(1));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize =
                long.TryParse(settings.Find("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT"), NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : BodyLimit;
            kestrel.Listen(IPAddress.Loopback, port);
        });
        _app = builder.Build();
        _app.UseRouting();
        _app.Use(RefuseWrongMethodsAsync);
        foreach (var function in functions.Where(function => !function.Disabled))
        {
            if (function.Trigger is HttpTrigger trigger)
            {
                Map(_app, function, trigger);
            }
        }

        admin.Map(_app);
        await _app.StartAsync();
        var bound = new Uri(_app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First());
        Address = new Uri($"http://127.0.0.1:{bound.Port}");
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        _proxy.Dispose();
        _forwarder.Dispose();
    }

    /// <summary>A known route with another method is 404 too, where ASP.NET Core answers 405.</summary>
    private static Task RefuseWrongMethodsAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<OurEndpoint>() is not null)
        {
            return next(context);
        }

        context.SetEndpoint(null);
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private void Map(WebApplication app, FunctionJson function, HttpTrigger trigger)
    {
        var template = PathOf(trigger);
        RequestDelegate serve = context => ServeAsync(context, function, trigger);
        var endpoint = trigger.Methods.Count == 0 ? app.Map(template, serve) : app.MapMethods(template, trigger.Methods, serve);
        endpoint.WithMetadata(OurEndpoint.Instance);
    }

    private async Task ServeAsync(HttpContext context, FunctionJson function, HttpTrigger trigger)
    {
        if (!keys.Allow(context.Request, trigger.AuthLevel))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        if (context.Request.ContentLength > context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize)
        {
            context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
            return;
        }

        var call = CallAsync(context, function, trigger);
        using var answered = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        if (await Task.WhenAny(call, Task.Delay(ResponseLimit, clock, answered.Token)) != call && !context.RequestAborted.IsCancellationRequested)
        {
            context.Abort();
        }

        await call;
        await answered.CancelAsync();
    }

    private async Task CallAsync(HttpContext context, FunctionJson function, HttpTrigger trigger)
    {
        if (function.PassesRawHttp && (host.ProxiesHttp || host.ForwardsHttp))
        {
            var (result, _) = await invoker.RunAsync(function, (handler, id) =>
                host.ProxiesHttp ? _proxy.SendAsync(context, handler, id) : _forwarder.SendAsync(context, handler, id));
            if (!result.Succeeded)
            {
                Fail(context);
            }

            return;
        }

        var request = await HttpData.ReadAsync(context);
        var (_, verdict) = await invoker.InvokeForVerdictAsync(function, stamp => InvocationBody.ForHttp(trigger.BindingName, request, stamp));
        if (verdict.Outcome is Outcome.Succeeded)
        {
            await HttpData.WriteAsync(context.Response, function, verdict);
        }
        else
        {
            Fail(context);
        }
    }

    private static void Fail(HttpContext context)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
        }
        else
        {
            context.Response.Clear();
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }
    }
}

/// <summary>Marks the endpoints that were mapped here, as against those that routing makes up.</summary>
public sealed class OurEndpoint
{
    public static OurEndpoint Instance { get; } = new();

    private OurEndpoint()
    {
    }
}
