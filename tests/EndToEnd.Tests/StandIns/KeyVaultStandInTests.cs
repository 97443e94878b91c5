using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Azure.Security.KeyVault.Secrets;
using IterationBranches.Sandbox.StandIns.KeyVault;
using IterationBranches.Testing.Faults;
using IterationBranches.Testing.Hands;
using static IterationBranches.EndToEnd.Tests.StandIns.KeyVaultFixture;

namespace IterationBranches.EndToEnd.Tests.StandIns;

/// <summary>What becomes of secrets.</summary>
public sealed class KeyVaultStandInTests : IAsyncLifetime
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    private KeyVaultFixture _fixture = null!;

    private KeyVaultStandIn Vault => _fixture.Vault;

    public async ValueTask InitializeAsync() => _fixture = await KeyVaultFixture.StartAsync();

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task A_secret_is_read_back_as_it_was_set()
    {
        var client = _fixture.Owner();
        var expires = _fixture.Clock.GetUtcNow().AddDays(30);
        var set = (await client.SetSecretAsync(new KeyVaultSecret("br-orders", "Server=one;Password='+ü'")
        {
            Properties = { ContentType = "application/x-mysql-connection-string", ExpiresOn = expires, Tags = { ["branch"] = "sprint-12" } },
        })).Value;

        var read = (await client.GetSecretAsync("br-orders")).Value;

        Assert.Equal("Server=one;Password='+ü'", read.Value);
        Assert.Equal("application/x-mysql-connection-string", read.Properties.ContentType);
        Assert.Equal(expires, read.Properties.ExpiresOn);
        Assert.Equal("sprint-12", read.Properties.Tags["branch"]);
        Assert.Equal(Vault.Address, read.Properties.VaultUri);
        Assert.Equal(_fixture.Clock.GetUtcNow(), read.Properties.CreatedOn);
        Assert.Equal("Recoverable+Purgeable", read.Properties.RecoveryLevel);
        Assert.Equal(90, read.Properties.RecoverableDays);
        Assert.Equal(set.Properties.Version, read.Properties.Version);
        Assert.Matches("^[0-9a-f]{32}$", read.Properties.Version);
    }

    [Fact]
    public async Task Names_are_the_same_in_either_case()
    {
        var client = _fixture.Owner();
        await client.SetSecretAsync("ConnectionStrings--Orders", "one");
        await client.SetSecretAsync("connectionstrings--orders", "two");

        Assert.Equal("two", (await client.GetSecretAsync("CONNECTIONSTRINGS--ORDERS")).Value.Value);
        Assert.Equal(2, Assert.Single(Vault.Secrets).Versions.Count);
    }

    [Fact]
    public async Task Every_version_is_kept_and_the_last_set_is_the_latest()
    {
        var client = _fixture.Owner();
        var first = (await client.SetSecretAsync("br-orders", "one")).Value.Properties.Version;
        // In the same second: the dates cannot tell which is the latest.
        var second = (await client.SetSecretAsync("br-orders", "two")).Value.Properties.Version;

        Assert.Equal("two", (await client.GetSecretAsync("br-orders")).Value.Value);
        Assert.Equal("one", (await client.GetSecretAsync("br-orders", first)).Value.Value);
        var listed = await client.GetPropertiesOfSecretVersionsAsync("br-orders").ToListAsync();
        Assert.Equal(new[] { first, second }.Order(StringComparer.Ordinal), listed.Select(version => version.Version).Order(StringComparer.Ordinal));
        Assert.Equal(404, (await RefusedAsync(() => client.GetSecretAsync("br-orders", Guid.Empty.ToString("N")))).Status);
        Assert.Empty(await client.GetPropertiesOfSecretVersionsAsync("no-such").ToListAsync());
    }

    [Fact]
    public async Task An_update_leaves_what_it_does_not_name_and_replaces_all_tags()
    {
        var client = _fixture.Owner();
        var properties = (await client.SetSecretAsync(new KeyVaultSecret("br-orders", "value")
        {
            Properties = { ContentType = "text/plain", Tags = { ["a"] = "1", ["b"] = "2" } },
        })).Value.Properties;
        _fixture.Clock.Advance(s_second);
        var changed = await _fixture.Http("owner").PatchAsync(
            new Uri($"/secrets/br-orders/{properties.Version}?api-version=7.5", UriKind.Relative),
            new StringContent("""{"tags":{"c":"3"}}""", Encoding.UTF8, "application/json"));

        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        using var answer = JsonDocument.Parse(await changed.Content.ReadAsStringAsync());
        Assert.False(answer.RootElement.TryGetProperty("value", out _));
        var read = (await client.GetSecretAsync("br-orders")).Value;
        Assert.Equal("value", read.Value);
        Assert.Equal("text/plain", read.Properties.ContentType);
        Assert.Equal([new("c", "3")], read.Properties.Tags);
        Assert.Equal(s_second, read.Properties.UpdatedOn - read.Properties.CreatedOn);
    }

    [Fact]
    public async Task A_disabled_secret_is_not_read_but_is_listed()
    {
        var client = _fixture.Owner();
        var properties = (await client.SetSecretAsync("br-orders", "value")).Value.Properties;
        properties.Enabled = false;
        await client.UpdateSecretPropertiesAsync(properties);

        Assert.Equal((403, "Forbidden", "SecretDisabled"), Codes(await RefusedAsync(() => client.GetSecretAsync("br-orders"))));
        Assert.False(Assert.Single(await client.GetPropertiesOfSecretsAsync().ToListAsync()).Enabled);
        Assert.False(Assert.Single(Vault.Secrets).Enabled);
        Assert.Equal("value", Vault.ReadValue("br-orders"));
    }

    [Theory]
    [InlineData(25, new[] { 25 })]
    [InlineData(61, new[] { 25, 25, 11 })]
    public async Task Lists_come_in_pages_of_25(int count, int[] pages)
    {
        for (var i = 0; i < count; i++)
        {
            Vault.PutByHand($"br-{i}", "value");
        }

        var listed = await _fixture.Owner().GetPropertiesOfSecretsAsync().AsPages().ToListAsync();

        Assert.Equal(pages, listed.Select(page => page.Values.Count));
        Assert.Equal(count, listed.SelectMany(page => page.Values).DistinctBy(secret => secret.Name).Count());
        Assert.All(listed.SelectMany(page => page.Values), secret => Assert.Null(secret.Version));
    }

    [Fact]
    public async Task A_deleted_secret_keeps_its_name_until_it_is_recovered_or_purged()
    {
        var client = _fixture.Owner();
        await client.SetSecretAsync("br-orders", "one");
        await client.SetSecretAsync("br-orders", "two");

        var deleted = (await client.StartDeleteSecretAsync("br-orders")).Value;

        Assert.Equal(new Uri(Vault.Address, "/deletedsecrets/br-orders"), deleted.RecoveryId);
        Assert.Equal(TimeSpan.FromDays(90), deleted.ScheduledPurgeDate - deleted.DeletedOn);
        Assert.Equal((404, "SecretNotFound", null), Codes(await RefusedAsync(() => client.GetSecretAsync("br-orders"))));
        Assert.Equal((409, "Conflict", "ObjectIsDeletedButRecoverable"), Codes(await RefusedAsync(() => client.SetSecretAsync("BR-orders", "three"))));
        Assert.Equal("br-orders", Assert.Single(await client.GetDeletedSecretsAsync().ToListAsync()).Name);
        Assert.Empty(await client.GetPropertiesOfSecretsAsync().ToListAsync());

        await client.StartRecoverDeletedSecretAsync("br-orders");
        Assert.Equal("two", (await client.GetSecretAsync("br-orders")).Value.Value);
        Assert.Equal(2, (await client.GetPropertiesOfSecretVersionsAsync("br-orders").ToListAsync()).Count);

        await client.StartDeleteSecretAsync("br-orders");
        Assert.Equal(204, (await client.PurgeDeletedSecretAsync("br-orders")).Status);
        await client.SetSecretAsync("br-orders", "three");
        Assert.Single(Assert.Single(Vault.Secrets).Versions);
    }

    [Fact]
    public async Task A_deletion_and_a_recovery_take_their_time()
    {
        var client = _fixture.Owner();
        Vault.DeletionTakes = Vault.RecoveryTakes = 10 * s_second;
        await client.SetSecretAsync("br-orders", "value");
        await client.StartDeleteSecretAsync("br-orders");

        Assert.Equal(404, (await RefusedAsync(() => client.GetDeletedSecretAsync("br-orders"))).Status);
        Assert.Equal((409, "Conflict", "ObjectIsBeingDeleted"), Codes(await RefusedAsync(() => client.SetSecretAsync("br-orders", "two"))));
        _fixture.Clock.Advance(10 * s_second);
        await client.GetDeletedSecretAsync("br-orders");

        await client.StartRecoverDeletedSecretAsync("br-orders");
        Assert.Equal(404, (await RefusedAsync(() => client.GetSecretAsync("br-orders"))).Status);
        Assert.Equal((409, "Conflict", "ObjectIsBeingRecovered"), Codes(await RefusedAsync(() => client.SetSecretAsync("br-orders", "two"))));
        _fixture.Clock.Advance(10 * s_second);
        Assert.Equal("value", (await client.GetSecretAsync("br-orders")).Value.Value);
    }

    [Fact]
    public async Task A_person_can_enable_recover_and_purge()
    {
        var client = _fixture.Owner();
        Vault.PutByHand("br-orders", "value");
        Vault.DisableByHand("br-orders");
        Vault.EnableByHand("br-orders");
        Vault.DeleteByHand("br-orders");
        Assert.Equal(404, (await RefusedAsync(() => client.GetSecretAsync("br-orders"))).Status);

        Vault.RecoverByHand("br-orders");
        Assert.Equal("value", (await client.GetSecretAsync("br-orders")).Value.Value);

        Vault.DeleteByHand("br-orders");
        Vault.PurgeByHand("br-orders");
        Assert.Empty(Vault.DeletedSecrets);
        Assert.Equal(404, (await RefusedAsync(() => client.GetDeletedSecretAsync("br-orders"))).Status);
    }

    [Fact]
    public async Task A_deleted_secret_goes_when_its_retention_ends()
    {
        Vault.Retention = TimeSpan.FromDays(7);
        Vault.PutByHand("br-orders", "value");
        Vault.DeleteByHand("br-orders");
        var client = _fixture.Owner();

        Assert.Equal("CustomizedRecoverable+Purgeable", (await client.GetDeletedSecretAsync("br-orders")).Value.Properties.RecoveryLevel);
        Assert.Single(Vault.DeletedSecrets);
        _fixture.Clock.Advance(TimeSpan.FromDays(7));

        Assert.Empty(Vault.DeletedSecrets);
        Assert.Null(Vault.ReadValue("br-orders"));
        await client.SetSecretAsync("br-orders", "two");
    }

    [Fact]
    public async Task Who_did_what_is_in_the_calls_and_no_value_is_in_any_text()
    {
        var client = _fixture.Owner();
        await client.SetSecretAsync("br-orders", "pscale_pw_hidden");
        await client.GetSecretAsync("br-orders");
        await client.GetPropertiesOfSecretsAsync().ToListAsync();

        Assert.Equal(
            [("owner", "set_secret", "/secrets/br-orders"), ("owner", "get_secret", "/secrets/br-orders"), ("owner", "list_secrets", "/secrets")],
            Vault.Calls.All.Where(call => call.Status == 200).Select(call => (call.Principal, call.Operation, call.Path.TrimEnd('/'))));
        Assert.DoesNotContain("hidden", string.Join(' ', Vault.Secrets) + string.Join(' ', Vault.Calls.All), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_set_whose_answer_is_lost_has_taken_effect()
    {
        var client = _fixture.Owner();
        Vault.PutByHand("other", "value");
        await client.GetSecretAsync("other");
        Vault.Faults.Add("set_secret", Fault.LoseResponse());

        await Assert.ThrowsAnyAsync<Exception>(() => client.SetSecretAsync("br-orders", "value"));

        Assert.Equal("value", Vault.ReadValue("br-orders"));
    }

    [Fact]
    public async Task Sets_at_the_same_time_are_all_kept()
    {
        var client = _fixture.Owner();

        await Parallel.ForAsync(0, 40, async (i, _) => await client.SetSecretAsync("br-orders", i.ToString(CultureInfo.InvariantCulture)));

        Assert.Equal(40, Assert.Single(Vault.Secrets).Versions.DistinctBy(version => version.Id).Count());
    }
}
