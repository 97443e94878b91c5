using System.Net;
using System.Text.Json;
using IterationBranches.Functions.Isolated.Tests.Rpc;
using IterationBranches.Sandbox.FunctionsHost;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace IterationBranches.Functions.Isolated.Tests.Running;

/// <summary>
/// A worker, seen as a custom handler: what the stand-in host (or a test) posts goes on to the worker by gRPC, and an HTTP
/// request to the worker's own server, as the real host does it.
/// </summary>
internal sealed class WorkerBridge : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly WorkerChannel _worker;
    private readonly HttpProxy _proxy = new(TimeProvider.System);
    private readonly CancellationTokenSource _ended = new();

    private WorkerBridge(string appDirectory)
    {
        _worker = new(appDirectory);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(_worker);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, 0);
            // Without TLS a server cannot tell HTTP/2, which gRPC needs, from HTTP/1.
            kestrel.Listen(IPAddress.Loopback, 0, grpc => grpc.Protocols = HttpProtocols.Http2);
        });
        _app = builder.Build();
        _app.MapGrpcService<WorkerChannel>();
        // Whatever answers is ready.
        _app.MapGet("/", async () => await _worker.Ready);
        _app.MapFallback("{*path}", ServeAsync);
    }

    public WorkerChannel Worker => _worker;

    public Uri Address => new(_app.Urls.First());

    /// <summary>Where the worker finds its host.</summary>
    public Uri Grpc => new(_app.Urls.Last());

    public static async Task<WorkerBridge> StartAsync(string appDirectory)
    {
        var bridge = new WorkerBridge(appDirectory);
        await bridge._app.StartAsync();
        return bridge;
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _app.DisposeAsync();
        _proxy.Dispose();
        _worker.Dispose();
        _ended.Dispose();
    }

    private async Task ServeAsync(HttpContext context)
    {
        await _worker.Ready;
        if (_worker.Functions.FirstOrDefault(function => IsCalled(function, context.Request)) is not { } called)
        {
            await Results.Json(new { Logs = Array.Empty<string>() }, statusCode: StatusCodes.Status404NotFound).ExecuteAsync(context);
        }
        else if (called.Is("httpTrigger"))
        {
            await ProxyAsync(called, context);
        }
        else
        {
            await InvokeAsync(called, context);
        }
    }

    private static bool IsCalled(LoadedFunction function, HttpRequest request)
    {
        if (!function.Is("httpTrigger"))
        {
            return request.Path == $"/{function.Name}";
        }

        var route = new TemplateMatcher(TemplateParser.Parse($"api/{function.Trigger.GetProperty("route").GetString()}"), []);
        return function.Trigger.GetProperty("methods").EnumerateArray().Any(method => method.GetString()!.Equals(request.Method, StringComparison.OrdinalIgnoreCase))
            && route.TryMatch(request.Path, []);
    }

    private async Task ProxyAsync(LoadedFunction function, HttpContext context)
    {
        var id = Guid.TryParse(context.Request.Headers["x-ms-invocation-id"], out var given) ? given : Guid.NewGuid();
        // The proxy adds its own, for the second time where the stand-in host is before it.
        foreach (var header in new[] { "x-ms-invocation-id", HandlerClient.InvocationIdHeader, HandlerClient.HostVersionHeader })
        {
            context.Request.Headers.Remove(header);
        }

        var invoked = _worker.InvokeAsync(function, id, new TypedData { Http = new() }, []);
        await _proxy.SendAsync(context, new HandlerLease(_worker.HttpAddress, _ended.Token), id);
        if ((await invoked).Error is { } error)
        {
            throw new InvalidOperationException(error);
        }
    }

    private async Task InvokeAsync(LoadedFunction function, HttpContext context)
    {
        using var body = await JsonDocument.ParseAsync(context.Request.Body);
        // The trigger alone; a captured one has another name.
        var data = Assert.Single(body.RootElement.GetProperty("Data").EnumerateObject()).Value;
        // The text of a queue message comes as a JSON string in a JSON string.
        var typed = function.Is("queueTrigger")
            ? new TypedData { String = JsonSerializer.Deserialize<string>(data.GetString()!) }
            : new TypedData { Json = data.GetRawText() };
        var metadata = body.RootElement.GetProperty("Metadata").EnumerateObject().Select(item => KeyValuePair.Create(item.Name, new TypedData { Json = item.Value.GetRawText() }));
        var id = Guid.TryParse(context.Request.Headers[HandlerClient.InvocationIdHeader], out var given) ? given : Guid.NewGuid();
        var result = await _worker.InvokeAsync(function, id, typed, metadata);
        await Results.Json(
            new { Outputs = new Dictionary<string, string>(), result.Logs, result.Error }, JsonSerializerOptions.Default,
            statusCode: result.Error is null ? StatusCodes.Status200OK : StatusCodes.Status500InternalServerError).ExecuteAsync(context);
    }
}
