using System.Net;
using System.Text;
using Azure.Security.KeyVault.Secrets;
using IterationBranches.Sandbox.StandIns;
using IterationBranches.Sandbox.StandIns.KeyVault;
using IterationBranches.Testing.Faults;
using IterationBranches.Testing.Hands;
using static IterationBranches.EndToEnd.Tests.StandIns.KeyVaultFixture;

namespace IterationBranches.EndToEnd.Tests.StandIns;

/// <summary>Which requests the vault takes, and from whom.</summary>
public sealed class KeyVaultRequestTests : IAsyncLifetime
{
    private KeyVaultFixture _fixture = null!;

    private KeyVaultStandIn Vault => _fixture.Vault;

    public async ValueTask InitializeAsync() => _fixture = await KeyVaultFixture.StartAsync();

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task The_first_request_is_challenged_before_its_body_is_looked_at()
    {
        await _fixture.Owner().SetSecretAsync("br-orders", "value");

        Assert.Equal([401, 200], Vault.Calls.All.Select(call => call.Status));
        Assert.Equal([null, "owner"], Vault.Calls.All.Select(call => call.Principal));

        using var answer = await _fixture.Http().GetAsync(new Uri("/secrets/anything", UriKind.Relative));
        Assert.Equal(
            $"Bearer authorization=\"https://login.microsoftonline.com/{StandInTokens.Tenant}\", resource=\"https://vault.azure.net\"",
            answer.Headers.WwwAuthenticate.Single().ToString());
        Assert.Contains("AKV10000", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://storage.azure.com", 1)]
    [InlineData("https://vault.azure.net", -1)]
    public async Task A_token_for_another_service_or_out_of_date_is_challenged(string resource, int hours)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/secrets?api-version=7.5");
        var token = StandInTokens.Issue(resource, "owner", _fixture.Clock.GetUtcNow(), TimeSpan.FromHours(hours));
        request.Headers.Authorization = new("Bearer", token);

        using var answer = await _fixture.Http().SendAsync(request);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.NotEmpty(answer.Headers.WwwAuthenticate);
    }

    [Fact]
    public async Task Tokens_can_expire_by_a_clock_of_their_own()
    {
        var tokens = new SettableTime(_fixture.Clock.GetUtcNow());
        await using var vault = new KeyVaultStandIn(_fixture.Clock, tokens);
        await vault.StartAsync();
        vault.Allow("owner", "readMetadata");
        using var http = new HttpClient { BaseAddress = vault.Address };
        var token = StandInTokens.Issue("https://vault.azure.net", "owner", tokens.GetUtcNow(), TimeSpan.FromHours(24));
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);

        _fixture.Clock.Advance(TimeSpan.FromDays(14));
        using var secretsMoved = await http.GetAsync(new Uri("/secrets?api-version=7.5", UriKind.Relative));
        tokens.Advance(TimeSpan.FromHours(24));
        using var tokensMoved = await http.GetAsync(new Uri("/secrets?api-version=7.5", UriKind.Relative));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (secretsMoved.StatusCode, tokensMoved.StatusCode));
    }

    [Fact]
    public async Task A_principal_may_do_what_it_was_allowed_and_the_refusal_names_the_action()
    {
        Vault.Allow("writer", "setSecret");
        var client = _fixture.Client("writer");
        await client.SetSecretAsync("br-orders", "value");

        var refused = await RefusedAsync(() => client.GetSecretAsync("br-orders"));

        Assert.Equal((403, "Forbidden", "ForbiddenByRbac"), Codes(refused));
        Assert.Contains("Action: 'Microsoft.KeyVault/vaults/secrets/getSecret/action'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("'Microsoft.KeyVault/vaults/secrets/delete'", (await RefusedAsync(() => client.StartDeleteSecretAsync("br-orders"))).Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Vault.Calls.All, call => call is { Operation: "get_secret", Status: 200 });
        Assert.Equal(403, (await RefusedAsync(() => client.GetPropertiesOfSecretsAsync().ToListAsync().AsTask())).Status);

        Vault.Deny("writer", "setSecret");
        Assert.Equal(403, (await RefusedAsync(() => client.SetSecretAsync("br-orders", "again"))).Status);
    }

    [Theory]
    [InlineData("bad_name")]
    [InlineData("a/b")]
    [InlineData("ü")]
    public async Task A_name_the_service_does_not_take_is_400(string name)
    {
        var refused = await RefusedAsync(() => _fixture.Owner().SetSecretAsync(name, "value"));

        Assert.Equal((400, "BadParameter", null), Codes(refused));
        Assert.Empty(Vault.Secrets);
    }

    public static TheoryData<string, int, bool> Sizes => new()
    {
        { "value", 25_600, true },
        { "value", 25_601, false },
        { "content type", 255, true },
        { "content type", 256, false },
        { "tags", 15, true },
        { "tags", 16, false },
        { "tag name", 512, true },
        { "tag name", 513, false },
        { "tag value", 512, true },
        { "tag value", 513, false },
        { "secret name", 127, true },
        { "secret name", 128, false },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public async Task Sizes_are_limited(string what, int size, bool taken)
    {
        var text = new string('x', size);
        var secret = new KeyVaultSecret(what is "secret name" ? text : "br-orders", what is "value" ? text : "value");
        secret.Properties.ContentType = what is "content type" ? text : null;
        for (var i = 0; i < (what is "tags" ? size : 1); i++)
        {
            secret.Properties.Tags[what is "tag name" ? text : $"tag{i}"] = what is "tag value" ? text : "x";
        }

        if (taken)
        {
            await _fixture.Owner().SetSecretAsync(secret);
        }
        else
        {
            Assert.Equal((400, "BadParameter", null), Codes(await RefusedAsync(() => _fixture.Owner().SetSecretAsync(secret))));
        }
    }

    [Theory]
    [InlineData("", 400)]
    [InlineData("?api-version=", 400)]
    [InlineData("?api-version=latest", 400)]
    [InlineData("?api-version=7.5", 200)]
    [InlineData("?api-version=2026-04-01", 200)]
    [InlineData("?api-version=2026-07-01-preview", 200)]
    [InlineData("?api-version=7.5&maxresults=26", 400)]
    [InlineData("?api-version=7.5&$skiptoken=!", 400)]
    public async Task A_request_says_which_version_of_the_API_it_speaks(string query, int status)
    {
        _fixture.Owner();

        using var answer = await _fixture.Http("owner").GetAsync(new Uri("/secrets" + query, UriKind.Relative));

        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("""{"value":5}""")]
    [InlineData("""{"value":"x","tags":{"a":null}}""")]
    [InlineData("""{"value":"x","attributes":{"exp":99999999999999}}""")]
    public async Task A_body_that_is_not_one_is_400(string body)
    {
        _fixture.Owner();
        using var content = new StringContent(body, Encoding.UTF8, "application/json");

        using var answer = await _fixture.Http("owner").PutAsync(new Uri("/secrets/br-orders?api-version=7.5", UriKind.Relative), content);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Empty(Vault.Secrets);
    }

    [Fact]
    public async Task Answers_carry_the_headers_of_the_service()
    {
        var raw = (await _fixture.Owner().SetSecretAsync("br-orders", "value")).GetRawResponse();

        Assert.Equal("application/json; charset=utf-8", raw.Headers.ContentType);
        Assert.True(raw.Headers.Contains("x-ms-keyvault-service-version"));
        Assert.True(raw.Headers.Contains("x-ms-request-id"));
        Assert.True(raw.Headers.TryGetValue("x-ms-client-request-id", out var echoed));
        Assert.Equal(raw.ClientRequestId, echoed);
    }

    [Fact]
    public async Task A_refusal_that_was_planned_comes_once_and_in_the_words_of_the_service()
    {
        var client = _fixture.Owner();
        Vault.PutByHand("br-orders", "value");
        Vault.Faults.Add("get_secret", KeyVaultFaults.Throttled());

        Assert.Equal((429, "Throttled", null), Codes(await RefusedAsync(() => client.GetSecretAsync("br-orders"))));
        Assert.Equal("value", (await client.GetSecretAsync("br-orders")).Value.Value);
    }
}
