using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace IterationBranches.Cli.Tests;

/// <summary>A request that reached the app.</summary>
/// <param name="Key">The host's or the function's.</param>
/// <param name="Authorization">The whole header.</param>
internal sealed record SeenRequest(string Path, string? Key, string? Authorization);

/// <summary>A deployed app, or the Functions host before it: it answers every request in one way, and remembers who asked.</summary>
internal sealed class AppPeer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<SeenRequest> _requests = [];

    private AppPeer(Func<HttpRequest, IResult> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        _app = builder.Build();
        _app.MapFallback("{*path}", (HttpRequest request) =>
        {
            _requests.Enqueue(new(request.Path.Value!, request.Headers["x-functions-key"], request.Headers.Authorization));
            return answer(request);
        });
    }

    public string Address => _app.Urls.Single();

    public IReadOnlyList<SeenRequest> Requests => [.. _requests];

    public static Task<AppPeer> StartAsync(int status) => StartAsync(_ => Results.StatusCode(status));

    public static async Task<AppPeer> StartAsync(Func<HttpRequest, IResult> answer)
    {
        var peer = new AppPeer(answer);
        await peer._app.StartAsync();
        return peer;
    }

    /// <summary>An address where nobody listens.</summary>
    public static async Task<string> GoneAsync()
    {
        await using var peer = await StartAsync(StatusCodes.Status404NotFound);
        return peer.Address;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
