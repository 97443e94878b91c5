using Azure.Security.KeyVault.Secrets;
using IterationBranches.Sandbox.StandIns.KeyVault;
using IterationBranches.Testing.Faults;

namespace IterationBranches.EndToEnd.Tests.StandIns;

/// <summary>The list of the secrets lags or leaves something out; a secret by its name, and its versions, do not.</summary>
public sealed class KeyVaultListTests : IAsyncLifetime
{
    private static readonly TimeSpan s_lag = TimeSpan.FromMinutes(5);

    private KeyVaultFixture _fixture = null!;

    private KeyVaultStandIn Vault => _fixture.Vault;

    public async ValueTask InitializeAsync() => _fixture = await KeyVaultFixture.StartAsync();

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task A_list_that_lags_shows_what_was_there_and_a_secret_by_its_name_what_is()
    {
        var client = _fixture.Owner();
        await client.SetSecretAsync("gone", "value");
        await client.SetSecretAsync(Tagged("changed", "before"));
        _fixture.Clock.Advance(TimeSpan.FromHours(1));
        await client.SetSecretAsync("new", "value");
        await client.SetSecretAsync(Tagged("changed", "after"));
        await client.StartDeleteSecretAsync("gone");
        _fixture.Clock.Advance(s_lag - TimeSpan.FromSeconds(1));
        Vault.Faults.Add("list_secrets", ListFaults.Lags(s_lag), times: 2);

        Assert.Equal(["changed=before", "gone="], await ListAsync(client));
        Assert.Equal("after", (await client.GetSecretAsync("changed")).Value.Properties.Tags["is"]);
        Assert.Equal("value", (await client.GetSecretAsync("new")).Value.Value);
        Assert.Equal(2, await client.GetPropertiesOfSecretVersionsAsync("changed").CountAsync());
        _fixture.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["changed=after", "new="], await ListAsync(client));
    }

    [Fact]
    public async Task Tags_that_were_changed_on_a_version_a_moment_ago_are_listed_as_they_were()
    {
        var client = _fixture.Owner();
        var version = (await client.SetSecretAsync(Tagged("one", "before"))).Value.Properties;
        _fixture.Clock.Advance(TimeSpan.FromHours(1));
        version.Tags["is"] = "after";
        version.Enabled = false;
        await client.UpdateSecretPropertiesAsync(version);
        Vault.Faults.Add("list_secrets", ListFaults.Lags(s_lag));

        Assert.Equal(["one=before"], await ListAsync(client));
        Assert.Equal("after", (await client.GetPropertiesOfSecretVersionsAsync("one").SingleAsync()).Tags["is"]);
        Assert.Equal(["one=after"], await ListAsync(client));
    }

    [Fact]
    public async Task What_has_always_been_there_is_left_out_of_one_list_or_shown_twice()
    {
        var client = _fixture.Owner();
        await client.SetSecretAsync("one", "value");
        await client.SetSecretAsync("two", "value");
        Vault.Faults.Add("list_secrets", ListFaults.LeavesOut("one"));
        Vault.Faults.Add("list_secrets", ListFaults.Repeats(name => name == "two"), nth: 2);

        Assert.Equal(["two="], await ListAsync(client));
        Assert.Equal(["one=", "two=", "two="], await ListAsync(client));
        Assert.Equal(["one=", "two="], await ListAsync(client));
    }

    private static KeyVaultSecret Tagged(string name, string tag) => new(name, "value") { Properties = { Tags = { ["is"] = tag } } };

    private static async Task<string[]> ListAsync(SecretClient client) =>
        await client.GetPropertiesOfSecretsAsync().Select(secret => $"{secret.Name}={string.Join(',', secret.Tags.Values)}").ToArrayAsync();
}
