using Azure.Core;
using IterationBranches.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Logging;

namespace IterationBranches.Tests.Http;

/// <summary>The clients as they are composed, with the edges swapped: the network, the clock, the chance and the identity.</summary>
public sealed class Wiring : IDisposable
{
    private readonly ServiceProvider _services;

    /// <param name="peer">Null: the real network.</param>
    public Wiring(HttpPeer? peer, Settings settings, Action<IServiceCollection> add, TokenCredential? identity = null)
    {
        var services = new ServiceCollection();
        services
            .AddSingleton(settings)
            .AddSingleton<TimeProvider>(Time)
            .AddSingleton(identity ?? new FakeIdentity())
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(Log));
        add(services);
        if (peer is not null)
        {
            services.ConfigureAll<HttpClientFactoryOptions>(options =>
                options.HttpMessageHandlerBuilderActions.Add(builder => builder.PrimaryHandler = peer));
        }

        _services = services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
    }

    public InstantTime Time { get; } = new();

    public RecordedLog Log { get; } = new();

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <summary>The handler at the network's end of a client.</summary>
    public HttpMessageHandler Innermost(string client)
    {
        var handler = Get<IHttpMessageHandlerFactory>().CreateHandler(client);
        while (handler is DelegatingHandler { InnerHandler: { } inner })
        {
            handler = inner;
        }

        return handler;
    }

    public void Dispose() => _services.Dispose();
}

/// <summary>An identity that gives a token for Azure DevOps alone, or fails.</summary>
public sealed class FakeIdentity(Exception? failure = null, string token = FakeIdentity.Token) : TokenCredential
{
    public const string Token = "entra-token-of-the-test-0123456789";

    public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => throw new NotSupportedException();

    public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken)
    {
        Assert.Equal(["499b84ac-1321-427f-aa17-267ca6975798/.default"], requestContext.Scopes);
        return failure is null
            ? ValueTask.FromResult(new AccessToken(token, DateTimeOffset.MaxValue))
            : ValueTask.FromException<AccessToken>(failure);
    }
}
