using System.Net.Http.Headers;

namespace IterationBranches.Sandbox.FunctionsHost;

/// <summary>How the host speaks to its handler.</summary>
public static class HandlerClient
{
    /// <summary>The version of the host that the captured requests come from.</summary>
    public const string HostVersion = "4.1037.0.0";

    public const string InvocationIdHeader = "X-Azure-Functions-InvocationId";

    public const string HostVersionHeader = "X-Azure-Functions-HostVersion";

    public static readonly ProductInfoHeaderValue UserAgent = new("Azure-Functions-Host", HostVersion);

    /// <summary>Redirects are followed unless the host forwards HTTP, where they belong to the caller.</summary>
    public static HttpClient Create(HostJson host) => new(Sockets(followRedirects: !host.ForwardsHttp))
    {
        Timeout = host.FunctionTimeout is { } timeout ? timeout + TimeSpan.FromMinutes(1) : Timeout.InfiniteTimeSpan,
    };

    public static SocketsHttpHandler Sockets(bool followRedirects) => new()
    {
        AllowAutoRedirect = followRedirects,
        UseCookies = false,
        UseProxy = false,
        // A traceparent is sent only when the real host happens to have an activity; nothing may rely on it.
        ActivityHeadersPropagator = null,
    };
}
