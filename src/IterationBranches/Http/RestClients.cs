using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Refit;

namespace IterationBranches.Http;

/// <summary>What the clients of all REST APIs have in common.</summary>
internal static class RestClients
{
    private static readonly string s_version = typeof(RestClients).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    /// <summary>Registers the generated client of an API: tries and timeouts outside, the credential inside, no redirects.</summary>
    /// <param name="timeout">Of one try.</param>
    /// <param name="chance">From 0 to 1, for the jitter; null: the system's own.</param>
    public static IHttpClientBuilder AddRestClient<TApi>(
        this IServiceCollection services,
        JsonSerializerContext json,
        Func<IServiceProvider, IRefusals> refusals,
        Func<IServiceProvider, Uri> baseUrl,
        TimeSpan timeout,
        Func<IServiceProvider, DelegatingHandler> authentication,
        Func<double>? chance)
        where TApi : class => services
        .AddRefitGeneratedClient<TApi>(provider => SettingsOf(json, refusals(provider), provider.GetRequiredService<TimeProvider>()), typeof(TApi).Name)
        .ConfigureHttpClient((provider, http) =>
        {
            http.BaseAddress = baseUrl(provider);
            // RetryHandler ends each try.
            http.Timeout = Timeout.InfiniteTimeSpan;
            http.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
            http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("IterationBranches", s_version));
        })
        .AddHttpMessageHandler(provider => new RetryHandler(
            provider.GetRequiredService<TimeProvider>(), chance ?? SystemChance, timeout, provider.GetRequiredService<ILogger<TApi>>()))
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
        // The factory's own loggers would show headers at Trace; RetryHandler logs what matters.
        .RemoveAllLoggers();

    /// <summary>
    /// Where an answer becomes one of our failures. The factories throw rather than return: Refit keeps every exception but its
    /// own from whoever asks for an <see cref="ApiResponse{T}"/>.
    /// </summary>
    private static RefitSettings SettingsOf(JsonSerializerContext json, IRefusals refusals, TimeProvider time) =>
        new(new SystemTextJsonContentSerializer(json.Options), new PathParts(refusals))
        {
            RequestBodySerialization = RequestBodySerializationMode.Buffered,
            ExceptionFactory = async response => refusals.Of(await Answer.ReadAsync(response, time)) is { } refusal ? throw refusal : null,
            // The parser's own exception is left out: it may quote a secret.
            DeserializationExceptionFactory = async (response, exception) => throw refusals.NotUnderstood(
                await Answer.ReadAsync(response, time), $"it is not the expected JSON at {(exception as JsonException)?.Path ?? "its start"}"),
            TransportExceptionFactory = (_, exception, callers) => !Transport.Failed(exception, callers) ? exception
                : Transport.WasNotSent(exception) ? refusals.NotSent(exception) : refusals.NoAnswer(exception),
        };

    private static double SystemChance() => RandomNumberGenerator.GetInt32(1 << 24) / (double)(1 << 24);
}
