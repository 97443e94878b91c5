using System.Diagnostics;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace IterationBranches.Sandbox.FunctionsHost;

/// <summary>The host's own web server: routes, keys, and how a request gets to the worker: by YARP, as in the real host.</summary>
public sealed class HttpFront(
    HostJson host, IReadOnlyList<FunctionMetadata> functions, HostKeys keys, Invoker invoker, AdminEndpoints admin, AppSettings settings, TimeProvider clock)
    : IAsyncDisposable
{
    /// <summary>Of the endpoints that are mapped here, as against those that routing makes up.</summary>
    public const string Tag = "Functions host";

    private const string CorrelationHeader = "x-ms-invocation-id";
    private const string Homepage = "<!DOCTYPE html><html><head><title>Functions host</title></head><body>The function app is up and running.</body></html>";
    private const long BodyLimit = 104_857_600;

    // The front end of Azure gives up then, whatever functionTimeout says.
    private static readonly TimeSpan s_responseLimit = TimeSpan.FromSeconds(230);

    private readonly HttpMessageInvoker _toWorker = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        UseProxy = false,
        ActivityHeadersPropagator = new ReverseProxyPropagator(DistributedContextPropagator.Current),
    });

    private WebApplication? _app;

    /// <summary>Only after <see cref="StartAsync"/>.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1:0");

    public string PathOf(HttpTrigger trigger) => host.RoutePrefix.Length == 0 ? $"/{trigger.Route}" : $"/{host.RoutePrefix}/{trigger.Route}";

    public async Task StartAsync(int port)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        builder.Services.AddHttpForwarder();
        // Routes may have constraints of any kind, which the slim builder leaves out.
        builder.Services.AddRouting();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(1));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize =
                long.TryParse(settings.Find("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT"), NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : BodyLimit;
            kestrel.Listen(IPAddress.Loopback, port);
        });
        _app = builder.Build();
        _app.UseRouting();
        _app.Use(AnswerWhereNothingIsMappedAsync);
        var forwarder = _app.Services.GetRequiredService<IHttpForwarder>();
        foreach (var function in functions.Where(function => function.Problem is null))
        {
            if (function.Trigger is HttpTrigger trigger)
            {
                RequestDelegate serve = context => ServeAsync(context, function, trigger, forwarder);
                var endpoint = trigger.Methods.Count == 0 ? _app.Map(PathOf(trigger), serve) : _app.MapMethods(PathOf(trigger), trigger.Methods, serve);
                endpoint.WithTags(Tag);
            }
        }

        admin.Map(_app);
        await _app.StartAsync();
        Address = new Uri(_app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First());
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        _toWorker.Dispose();
    }

    /// <summary>A known route with another method is 404 too, where ASP.NET Core answers 405; the root is a page, whatever the method.</summary>
    private Task AnswerWhereNothingIsMappedAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<ITagsMetadata>() is not null)
        {
            return next(context);
        }

        context.SetEndpoint(null);
        if (context.Request.Path.Value == "/")
        {
            return "true".Equals(settings.Find("AzureWebJobsDisableHomepage"), StringComparison.OrdinalIgnoreCase)
                ? Results.NoContent().ExecuteAsync(context)
                : Results.Content(Homepage, "text/html").ExecuteAsync(context);
        }

        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private async Task ServeAsync(HttpContext context, FunctionMetadata function, HttpTrigger trigger, IHttpForwarder forwarder)
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

        using var limit = new CancellationTokenSource(s_responseLimit, clock);
        await using var giveUp = limit.Token.Register(context.Abort);
        var result = await invoker.InvokeAsync(function, (worker, id) => ForwardAsync(context, worker, id, forwarder), context.RequestAborted);
        if (!result.Succeeded)
        {
            Fail(context);
        }
    }

    /// <returns>What went wrong on the way; null when the worker's answer is written, whatever its status.</returns>
    private async Task<string?> ForwardAsync(HttpContext context, Uri worker, Guid invocationId, IHttpForwarder forwarder)
    {
        context.Request.Headers[CorrelationHeader] = invocationId.ToString();
        var error = await forwarder.SendAsync(context, worker.AbsoluteUri, _toWorker, ForwarderRequestConfig.Empty, HttpTransformer.Default);
        // What the caller did wrong has its status already.
        return error is ForwarderError.None or ForwarderError.RequestBodyClient || context.RequestAborted.IsCancellationRequested ? null : $"The request did not get to the worker and back: {error}";
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
