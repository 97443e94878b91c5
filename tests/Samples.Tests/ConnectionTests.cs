using IterationBranches.Testing.Faults;
using IterationBranches.Testing.Hands;
using Microsoft.Extensions.Logging;
using Shop.Web;

namespace IterationBranches.Samples.Tests;

/// <summary>The sample reads its connection with the permission that the guide gives it.</summary>
public sealed class ConnectionTests : IAsyncLifetime
{
    private readonly SampleVault _vault = new();

    public ValueTask InitializeAsync() => _vault.InitializeAsync();

    public ValueTask DisposeAsync() => _vault.DisposeAsync();

    [Fact]
    public async Task It_connects_with_what_the_alias_gives_and_shows_no_credential()
    {
        await using var shop = await RunningShop.StartAsync(_vault);

        Assert.Equal(new ConnectionTarget("sprint-42.example", "shop"), await shop.ConnectionAsync());
        Assert.DoesNotContain(Orders.Password, await shop.AnswerAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_reads_the_one_secret_and_never_lists()
    {
        await using var shop = await RunningShop.StartAsync(_vault);
        await shop.ReadAgainAsync();

        Assert.Equal([("get_secret", $"/secrets/{Orders.Alias}", 200)], _vault.Questions.Select(call => (call.Operation, call.Path.TrimEnd('/'), call.Status)).Distinct());
        Assert.Equal(3, _vault.Questions.Count);
    }

    [Fact]
    public async Task Its_permission_does_not_let_it_list()
    {
        var refused = await Assert.ThrowsAsync<Azure.RequestFailedException>(async () =>
        {
            await foreach (var _ in _vault.Connect(_vault.StandIn.Address).GetPropertiesOfSecretsAsync())
            {
                Assert.Fail("A secret was listed.");
            }
        });

        Assert.Equal(403, refused.Status);
    }

    [Fact]
    public async Task When_the_alias_moves_the_next_connection_is_the_new_one()
    {
        await using var shop = await RunningShop.StartAsync(_vault);
        _vault.StandIn.PutByHand(Orders.Alias, Orders.Sprint43);
        Assert.Equal("sprint-42.example", (await shop.ConnectionAsync()).Server);

        await shop.ReadAgainAsync();

        Assert.Equal("sprint-43.example", (await shop.ConnectionAsync()).Server);
        Assert.Equal(1, shop.Changes);
        Assert.Equal([(LogLevel.Information, $"The secret '{Orders.Alias}' of {_vault.StandIn.Address} has changed. The application uses the new value.")], shop.Log.OfTheSecret);
    }

    [Fact]
    public async Task What_has_not_changed_is_not_announced()
    {
        await using var shop = await RunningShop.StartAsync(_vault);
        // The same value again is a new version in the vault.
        _vault.StandIn.PutByHand(Orders.Alias, Orders.Sprint42);

        await shop.ReadAgainAsync();

        Assert.Equal(0, shop.Changes);
        Assert.Empty(shop.Log.OfTheSecret);
    }

    public static TheoryData<string> Outages => ["busy", "failing", "connection lost", "disabled", "deleted", "no longer permitted"];

    [Theory]
    [MemberData(nameof(Outages))]
    public async Task Through_an_outage_it_keeps_the_value_that_it_has(string outage)
    {
        await using var shop = await RunningShop.StartAsync(_vault);
        Begin(outage);

        await shop.ReadAgainAsync();

        Assert.Equal("sprint-42.example", (await shop.ConnectionAsync()).Server);
        Assert.Equal(0, shop.Changes);
        var (level, text) = shop.Log.OfTheSecret[0];
        Assert.Equal(LogLevel.Warning, level);
        Assert.StartsWith($"The secret '{Orders.Alias}' of {_vault.StandIn.Address} could not be read again. ", text, StringComparison.Ordinal);
        Assert.EndsWith("The application keeps the value that it has, and tries again in 00:05:00.", text, StringComparison.Ordinal);
        Assert.DoesNotContain(Orders.Password, shop.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_an_outage_it_takes_the_new_value()
    {
        await using var shop = await RunningShop.StartAsync(_vault);
        _vault.StandIn.Faults.Add("get_secret", KeyVaultFaults.Unavailable(), times: 2);
        await shop.ReadAgainAsync();
        _vault.StandIn.PutByHand(Orders.Alias, Orders.Sprint43);

        await shop.ReadAgainAsync();

        Assert.Equal("sprint-43.example", (await shop.ConnectionAsync()).Server);
        Assert.DoesNotContain(Orders.Password, shop.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_application_that_has_stopped_reads_no_more()
    {
        await using var shop = await RunningShop.StartAsync(_vault);
        await shop.StopAsync();

        shop.Clock.Advance(TimeSpan.FromHours(1));
        await shop.DisposeAsync();
        shop.Clock.Advance(TimeSpan.FromHours(1));

        Assert.Single(_vault.Questions);
    }

    private void Begin(string outage)
    {
        var vault = _vault.StandIn;
        switch (outage)
        {
            case "busy":
                vault.Faults.Add("get_secret", KeyVaultFaults.Throttled(), times: 2);
                break;
            case "failing":
                vault.Faults.Add("get_secret", KeyVaultFaults.Unavailable(), times: 2);
                break;
            case "connection lost":
                vault.Faults.Add("get_secret", Fault.LoseResponse(), times: 2);
                break;
            case "disabled":
                vault.DisableByHand(Orders.Alias);
                break;
            case "deleted":
                vault.DeleteByHand(Orders.Alias);
                break;
            default:
                _vault.Forbid();
                break;
        }
    }
}
