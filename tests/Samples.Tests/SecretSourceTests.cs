using IterationBranches.Testing.Hands;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Primitives;
using Microsoft.Extensions.Time.Testing;
using Shop.Web;

namespace IterationBranches.Samples.Tests;

/// <summary>What whoever copies the configuration source may do with it.</summary>
public sealed class SecretSourceTests : IAsyncLifetime
{
    private readonly SampleVault _vault = new();
    private readonly FakeTimeProvider _clock = new();

    public ValueTask InitializeAsync() => _vault.InitializeAsync();

    public ValueTask DisposeAsync() => _vault.DisposeAsync();

    [Fact]
    public async Task Each_of_two_secrets_is_read_again()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddSingleton<TimeProvider>(_clock);
        var client = _vault.Connect(_vault.StandIn.Address);
        builder.AddKeyVaultSecret(client, Orders.Alias, TimeSpan.FromMinutes(1)).AddKeyVaultSecret(client, "ConnectionStrings--billing", TimeSpan.FromMinutes(1));
        await using var app = builder.Build();
        var changed = Changed(app.Configuration, "ConnectionStrings:orders", "new orders", "ConnectionStrings:billing", "new billing");
        foreach (var refresh in app.Services.GetServices<IHostedService>().OfType<KeyVaultSecretRefresh>())
        {
            await refresh.StartAsync(CancellationToken.None);
        }

        _vault.StandIn.PutByHand(Orders.Alias, "new orders");
        _vault.StandIn.PutByHand("ConnectionStrings--billing", "new billing");
        _clock.Advance(TimeSpan.FromMinutes(1));

        await changed.WaitAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>The configuration builds all of its sources anew when one is taken away.</summary>
    [Fact]
    public async Task It_is_still_followed_when_another_source_was_removed()
    {
        using var configuration = new ConfigurationManager();
        configuration.Sources.Insert(0, new MemoryConfigurationSource());
        var secret = new KeyVaultSecretConfiguration(_vault.Connect(_vault.StandIn.Address), Orders.Alias);
        ((IConfigurationBuilder)configuration).Add(secret);
        configuration.Sources.RemoveAt(0);
        _vault.StandIn.PutByHand(Orders.Alias, Orders.Sprint43);

        Assert.True(await secret.RefreshAsync(CancellationToken.None));
        Assert.False(await secret.RefreshAsync(CancellationToken.None));
        Assert.Equal(Orders.Sprint43, configuration.GetConnectionString("orders"));
    }

    [Fact]
    public void Its_text_is_its_name()
    {
        var secret = new KeyVaultSecretConfiguration(_vault.Connect(_vault.StandIn.Address), Orders.Alias);
        secret.Load();

        Assert.Equal($"The secret '{Orders.Alias}' of {_vault.StandIn.Address}", secret.ToString());
    }

    private static Task Changed(IConfiguration configuration, params string[] pairs)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ChangeToken.OnChange(configuration.GetReloadToken, () =>
        {
            if (pairs.Chunk(2).All(pair => configuration[pair[0]] == pair[1]))
            {
                done.TrySetResult();
            }
        });
        return done.Task;
    }
}
