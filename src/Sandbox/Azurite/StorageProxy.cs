using System.Text;
using IterationBranches.Sandbox.FunctionsHost;
using IterationBranches.Sandbox.StandIns;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace IterationBranches.Sandbox.Azurite;

/// <summary>
/// Stands before one service of Azurite, so that the calls to it can be counted, can fail and can be read like those to any
/// stand-in. A request goes on byte for byte: its signature covers method, path, query and headers, though not the host.
/// </summary>
/// <param name="service">Azurite's own address of the service, without the account.</param>
/// <param name="operation">Names the request.</param>
/// <param name="sent">Told of every request: line, headers and body, as text. Null: nobody reads along.</param>
public sealed class StorageProxy(Uri service, Func<HttpRequest, string> operation, TimeProvider clock, Action<string>? sent) : StandIn(clock)
{
    private readonly HttpMessageInvoker _http = new(HandlerClient.Sockets(followRedirects: false));

    protected override void Map(WebApplication app) => app.MapFallback("{**path}", ForwardAsync);

    protected override string OperationOf(HttpContext context) => operation(context.Request);

    protected override ValueTask DisposeCoreAsync()
    {
        _http.Dispose();
        return base.DisposeCoreAsync();
    }

    private async Task ForwardAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        sent?.Invoke(Text(context.Request, target, body));
        using var request = new HttpRequestMessage(
            new HttpMethod(context.Request.Method),
            // Not canonicalized: another spelling of the path would not have the signature that it was sent with.
            new Uri(service.GetLeftPart(UriPartial.Authority) + target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        if (body.Length > 0 || context.Request.ContentLength is not null)
        {
            request.Content = new ByteArrayContent(body.ToArray());
        }

        HttpProxy.Copy(context.Request.Headers, request);
        using var answer = await _http.SendAsync(request, context.RequestAborted);
        await HttpProxy.CopyAsync(answer, context.Response, context.RequestAborted);
    }

    private static string Text(HttpRequest request, string target, MemoryStream body) =>
        $"{request.Method} {target}\n{string.Join('\n', request.Headers.Select(header => $"{header.Key}: {header.Value}"))}\n\n{Encoding.UTF8.GetString(body.ToArray())}\n";
}
