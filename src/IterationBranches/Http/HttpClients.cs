using System.Net.Http.Headers;
using System.Security.Cryptography;
using IterationBranches.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace IterationBranches.Http;

/// <summary>What the typed clients have in common.</summary>
internal static class HttpClients
{
    private static readonly string s_version = typeof(HttpClients).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    /// <summary>Registers a typed client: tries and timeouts outside, the credential inside, no redirects.</summary>
    /// <param name="timeout">Of one try.</param>
    /// <param name="chance">From 0 to 1, for the jitter; null: the system's own.</param>
    public static IHttpClientBuilder AddServiceClient<TClient>(
        this IServiceCollection services,
        Func<Settings, Uri> baseUrl,
        TimeSpan timeout,
        Func<IServiceProvider, DelegatingHandler> authentication,
        Func<double>? chance)
        where TClient : class =>
        services.AddServiceClient<TClient>(provider => baseUrl(provider.GetRequiredService<Settings>()), timeout, authentication, chance);

    /// <summary>The same for a client that is not told by the app's settings.</summary>
    /// <inheritdoc cref="AddServiceClient{TClient}(IServiceCollection, Func{Settings, Uri}, TimeSpan, Func{IServiceProvider, DelegatingHandler}, Func{double}?)"/>
    public static IHttpClientBuilder AddServiceClient<TClient>(
        this IServiceCollection services,
        Func<IServiceProvider, Uri> baseUrl,
        TimeSpan timeout,
        Func<IServiceProvider, DelegatingHandler> authentication,
        Func<double>? chance)
        where TClient : class => services
        .AddHttpClient<TClient>()
        .ConfigureHttpClient((provider, http) =>
        {
            http.BaseAddress = new Uri(baseUrl(provider).AbsoluteUri.TrimEnd('/') + '/');
            // RetryHandler ends each try.
            http.Timeout = Timeout.InfiniteTimeSpan;
            http.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
            http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("IterationBranches", s_version));
        })
        .AddHttpMessageHandler(provider => new RetryHandler(
            provider.GetRequiredService<TimeProvider>(), chance ?? SystemChance, timeout, provider.GetRequiredService<ILogger<TClient>>()))
        .AddHttpMessageHandler(authentication)
        .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
        {
            // A redirect would carry the credential to another host, or end on a sign-in page with status 200.
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = System.Net.DecompressionMethods.All,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        })
        // The clients live in singletons; PooledConnectionLifetime is what follows DNS.
        .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
        // The factory's own loggers would show headers at Trace; the clients and RetryHandler log what matters.
        .RemoveAllLoggers();

    private static double SystemChance() => RandomNumberGenerator.GetInt32(1 << 24) / (double)(1 << 24);
}
