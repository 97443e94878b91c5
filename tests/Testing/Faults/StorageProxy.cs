using System.Text;
using IterationBranches.Sandbox.StandIns;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Yarp.ReverseProxy.Forwarder;

namespace IterationBranches.Testing.Faults;

/// <summary>
/// Stands before one service of Azurite, so that the calls to it can be counted, can fail and can be read like those to any
/// stand-in. A request goes on byte for byte: its signature covers method, path, query and headers, though not the host.
/// </summary>
/// <param name="service">Azurite's own address of the service, without the account.</param>
/// <param name="operation">Names the request.</param>
/// <param name="sent">Told of every request: line, headers and body, as text. Null: nobody reads along.</param>
public sealed class StorageProxy(Uri service, Func<HttpRequest, string> operation, TimeProvider clock, Action<string>? sent) : StandIn(clock)
{
    private static readonly AsItCame s_asItCame = new();

    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false });

    protected override void AddServices(IServiceCollection services) => services.AddHttpForwarder();

    protected override void Map(WebApplication app)
    {
        var forwarder = app.Services.GetRequiredService<IHttpForwarder>();
        app.MapFallback("{**path}", async context =>
        {
            await ReadAlongAsync(context.Request);
            await forwarder.SendAsync(context, service.GetLeftPart(UriPartial.Authority), _http, ForwarderRequestConfig.Empty, s_asItCame);
        });
    }

    protected override string OperationOf(HttpContext context) => operation(context.Request);

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _http.Dispose();
    }

    private async Task ReadAlongAsync(HttpRequest request)
    {
        if (sent is not null)
        {
            request.EnableBuffering();
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
            request.Body.Position = 0;
            sent(Text(request, request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, body));
        }
    }

    private static string Text(HttpRequest request, string target, MemoryStream body) =>
        $"{request.Method} {target}\n{string.Join('\n', request.Headers.Select(header => $"{header.Key}: {header.Value}"))}\n\n{Encoding.UTF8.GetString(body.ToArray())}\n";

    /// <summary>Not canonicalized: another spelling of the path would not have the signature that it was sent with.</summary>
    private sealed class AsItCame : HttpTransformer
    {
        public override async ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
        {
            await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
            var target = httpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
            proxyRequest.RequestUri = new Uri(destinationPrefix + target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        }
    }
}
