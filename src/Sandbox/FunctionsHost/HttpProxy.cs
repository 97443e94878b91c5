using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace IterationBranches.Sandbox.FunctionsHost;

/// <summary><c>enableProxyingHttpRequest</c>: the request goes on as it is, bytes and all, to 127.0.0.1. (The real host uses YARP.)</summary>
public sealed class HttpProxy(TimeProvider clock) : IDisposable
{
    private const int ConnectAttempts = 10;

    private static readonly HashSet<string> HopByHop = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Expect",
    };

    private static readonly HashSet<string> Replaced = new(StringComparer.OrdinalIgnoreCase)
    {
        "Host", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto",
    };

    private readonly HttpMessageInvoker _http = new(HandlerClient.Sockets(followRedirects: false));

    /// <summary>Any status is a success of the function; the response is written when this ends.</summary>
    public async Task<Verdict> SendAsync(HttpContext context, HandlerLease handler, Guid invocationId)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, handler.Died);
        try
        {
            using var answer = await ConnectAsync(context, handler, invocationId, ending.Token);
            await CopyAsync(answer, context.Response, ending.Token);
            return Verdict.Success;
        }
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested && e is OperationCanceledException or HttpRequestException or IOException)
        {
            // The caller is gone, which the real host logs and forgets.
            return Verdict.Success;
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>The path once more encoded: what still is encoded in it (%2F) becomes %252F.</summary>
    public static string EncodePath(string path)
    {
        var encoded = new StringBuilder();
        foreach (var b in Encoding.UTF8.GetBytes(path))
        {
            if (char.IsAsciiLetterOrDigit((char)b) || "!$&'()*+,-./:;=@_~".Contains((char)b))
            {
                encoded.Append((char)b);
            }
            else
            {
                encoded.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
            }
        }

        return encoded.ToString();
    }

    private async Task<HttpResponseMessage> ConnectAsync(HttpContext context, HandlerLease handler, Guid invocationId, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var request = Build(context, handler, invocationId);
                return await _http.SendAsync(request, cancellationToken);
            }
            catch (HttpRequestException e) when (e.HttpRequestError is HttpRequestError.ConnectionError && attempt < ConnectAttempts)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(250, 50 * attempt)), clock, cancellationToken);
            }
        }
    }

    private static HttpRequestMessage Build(HttpContext context, HandlerLease handler, Guid invocationId)
    {
        var from = context.Request;
        // Not canonicalized: the path arrives as it is written here.
        var address = new Uri(
            handler.Address.GetLeftPart(UriPartial.Authority) + EncodePath(from.Path.Value ?? "/") + from.QueryString.Value,
            new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var request = new HttpRequestMessage(new HttpMethod(from.Method), address);
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody is true)
        {
            request.Content = new StreamContent(from.Body);
        }

        Copy(from.Headers, request);
        request.Headers.TryAddWithoutValidation(HandlerClient.HostVersionHeader, HandlerClient.HostVersion);
        request.Headers.TryAddWithoutValidation(HandlerClient.InvocationIdHeader, invocationId.ToString());
        request.Headers.TryAddWithoutValidation("x-ms-invocation-id", invocationId.ToString());
        request.Headers.TryAddWithoutValidation("X-Forwarded-For", context.Connection.RemoteIpAddress?.ToString());
        // What the platform's front end says of the outside comes before what the host sees.
        request.Headers.TryAddWithoutValidation("X-Forwarded-Host", from.Headers["DISGUISED-HOST"].FirstOrDefault() ?? from.Host.Value);
        request.Headers.TryAddWithoutValidation("X-Forwarded-Proto", from.Headers["X-Forwarded-Proto"].FirstOrDefault() ?? from.Scheme);
        return request;
    }

    /// <summary>All but those that belong to the connection, and those that say who was asked and for whom.</summary>
    internal static void Copy(IHeaderDictionary headers, HttpRequestMessage to)
    {
        foreach (var (name, values) in headers)
        {
            if (!HopByHop.Contains(name) && !Replaced.Contains(name) && !to.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
            {
                to.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }
    }

    internal static async Task CopyAsync(HttpResponseMessage answer, HttpResponse to, CancellationToken cancellationToken)
    {
        to.StatusCode = (int)answer.StatusCode;
        Copy(answer.Headers, to);
        Copy(answer.Content.Headers, to);
        await answer.Content.CopyToAsync(to.Body, cancellationToken);
    }

    internal static void Copy(HttpHeaders headers, HttpResponse to)
    {
        foreach (var (name, values) in headers.NonValidated)
        {
            if (!HopByHop.Contains(name))
            {
                to.Headers[name] = values.ToArray();
            }
        }
    }
}
