using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace IterationBranches.Sandbox.FunctionsHost;

/// <summary>
/// <c>enableForwardingHttpRequest</c>: the host makes a request of its own out of the caller's, and loses some of it: equal
/// query keys are joined, of the content headers only two survive, and a chunked request fails.
/// </summary>
public sealed class HttpForwarder(HostJson host) : IDisposable
{
    private static readonly HashSet<string> ContentHeaders = new(StringComparer.OrdinalIgnoreCase)
    {
        "Allow", "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Location", "Content-MD5", "Content-Range", "Expires", "Last-Modified",
        "Content-Length", "Content-Type",
    };

    private readonly HttpClient _http = HandlerClient.Create(host);

    public async Task<Verdict> SendAsync(HttpContext context, HandlerLease handler, Guid invocationId)
    {
        if (context.Request.Headers.TransferEncoding.Count > 0)
        {
            return Verdict.Failure("'Transfer-Encoding: chunked' header can not be used when content object is not specified.");
        }

        using var request = await BuildAsync(context, handler, invocationId);
        using var answer = await _http.SendAsync(request, handler.Died);
        var body = await answer.Content.ReadAsByteArrayAsync(handler.Died);
        context.Response.StatusCode = (int)answer.StatusCode;
        HttpProxy.Copy(answer.Headers, context.Response);
        HttpProxy.Copy(answer.Content.Headers, context.Response);
        // 204 and 304 may not have one.
        if (body.Length > 0)
        {
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
        }

        return Verdict.Success;
    }

    public void Dispose() => _http.Dispose();

    internal static string Query(IEnumerable<KeyValuePair<string, StringValues>> query)
    {
        var pairs = query.Select(pair => $"{Uri.EscapeDataString(pair.Key)}={string.Join(',', pair.Value.Select(value => Escape(value ?? "")))}").ToList();
        return pairs.Count == 0 ? "" : "?" + string.Join('&', pairs);
    }

    // A comma stays as it is, whether it joins or was there.
    private static string Escape(string value) => Uri.EscapeDataString(value).Replace("%2C", ",");

    private static async Task<HttpRequestMessage> BuildAsync(HttpContext context, HandlerLease handler, Guid invocationId)
    {
        var from = context.Request;
        var address = new Uri(
            handler.Address.GetLeftPart(UriPartial.Authority) + from.Path.ToUriComponent() + Query(from.Query),
            new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var request = new HttpRequestMessage(new HttpMethod(from.Method), address);
        foreach (var (name, values) in from.Headers)
        {
            if (!ContentHeaders.Contains(name))
            {
                request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }

        if (from.ContentLength > 0)
        {
            using var body = new MemoryStream();
            await from.Body.CopyToAsync(body, context.RequestAborted);
            request.Content = new ByteArrayContent(body.ToArray());
            if (from.ContentType is not null)
            {
                request.Content.Headers.TryAddWithoutValidation("Content-Type", from.ContentType);
            }
        }

        request.Headers.UserAgent.Add(HandlerClient.UserAgent);
        request.Headers.Add(HandlerClient.HostVersionHeader, HandlerClient.HostVersion);
        request.Headers.Add(HandlerClient.InvocationIdHeader, invocationId.ToString());
        return request;
    }
}
