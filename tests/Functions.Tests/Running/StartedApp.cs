using IterationBranches.Functions.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace IterationBranches.Functions.Tests.Running;

/// <summary>The custom handler as it is composed. (The tests of the isolated worker have one of their own.)</summary>
internal sealed class StartedApp : IAsyncDisposable
{
    private readonly WebApplication _app;

    private StartedApp(WebApplication app) => _app = app;

    public IServiceProvider Services => _app.Services;

    public ICollection<string> Addresses => _app.Urls;

    public static async Task<StartedApp> StartAsync(IConfiguration settings, Action<IServiceCollection> edges)
    {
        var app = Handler.Build(port: 0, settings, edges).MapFunctions();
        await app.StartAsync();
        return new(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
