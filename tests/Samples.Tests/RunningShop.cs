using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using Microsoft.Extensions.Time.Testing;
using Shop.Web;

namespace IterationBranches.Samples.Tests;

/// <summary>The sample as it is composed, on a clock that a test moves.</summary>
internal sealed class RunningShop : IAsyncDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(5);

    private readonly SampleVault _vault;
    private readonly WebApplication _app;
    private readonly HttpClient _http = new();
    private readonly SemaphoreSlim _read = new(0);
    private int _changes;

    private RunningShop(SampleVault vault)
    {
        _vault = vault;
        _app = ShopApp.Create(["--urls=http://127.0.0.1:0", $"--KeyVault:Uri={vault.StandIn.Address}"], vault.Connect, services =>
        {
            services.AddSingleton<TimeProvider>(Clock);
            services.AddSingleton<ILoggerProvider>(Log);
        });
        ChangeToken.OnChange(((IConfiguration)_app.Configuration).GetReloadToken, () => Interlocked.Increment(ref _changes));
        vault.StandIn.Calls.Added = _ => _read.Release();
    }

    public FakeTimeProvider Clock { get; } = new();

    public RecordedLog Log { get; } = new();

    /// <summary>How often the configuration said that it has changed.</summary>
    public int Changes => Volatile.Read(ref _changes);

    public static async Task<RunningShop> StartAsync(SampleVault vault)
    {
        var shop = new RunningShop(vault);
        await shop._app.StartAsync();
        return shop;
    }

    /// <summary>
    /// The interval passes twice, and the secret is read twice: whatever the first reading caused is there when the second one begins.
    /// </summary>
    public async Task ReadAgainAsync()
    {
        for (var reading = 0; reading < 2; reading++)
        {
            Clock.Advance(s_interval);
            Assert.True(await _read.WaitAsync(TimeSpan.FromSeconds(30)), "The secret was not read again.");
        }
    }

    public async Task<ConnectionTarget> ConnectionAsync() => (await _http.GetFromJsonAsync<ConnectionTarget>(Connection))!;

    public Task<string> AnswerAsync() => _http.GetStringAsync(Connection);

    public Task StopAsync() => _app.StopAsync();

    private Uri Connection => new($"{_app.Urls.Single()}/connection");

    public async ValueTask DisposeAsync()
    {
        _vault.StandIn.Calls.Added = null;
        await _app.DisposeAsync();
        _http.Dispose();
        _read.Dispose();
    }
}
