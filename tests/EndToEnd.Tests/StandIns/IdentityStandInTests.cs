using System.Globalization;
using System.Net;
using System.Text.Json;
using Azure.Identity;
using IterationBranches.Sandbox.StandIns;
using IterationBranches.Sandbox.StandIns.Identity;

namespace IterationBranches.EndToEnd.Tests.StandIns;

public sealed class IdentityStandInTests : IAsyncLifetime
{
    private const string Principal = "8f1e7a52-0c1d-4a36-9a7e-0d6f5b6f6c01";
    private const string ClientId = "5e29463d-71da-4fe0-8e69-999b57db23b0";

    private readonly IdentityStandIn _identity = new(TimeProvider.System, Principal, ClientId);
    private readonly HttpClient _http = new();

    public async ValueTask InitializeAsync() => await _identity.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _identity.DisposeAsync();
    }

    [Theory]
    [InlineData("https://vault.azure.net")]
    [InlineData("499b84ac-1321-427f-aa17-267ca6975798")]
    [InlineData("https://storage.azure.com/")]
    [InlineData("https://management.azure.com")]
    public async Task A_token_is_for_the_resource_and_the_principal(string resource)
    {
        var (status, body) = await AskAsync($"api-version=2019-08-01&resource={resource}", _identity.Header);

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("Bearer", body.GetProperty("token_type").GetString());
        Assert.Equal(resource, body.GetProperty("resource").GetString());
        Assert.Equal(ClientId, body.GetProperty("client_id").GetString());
        var expires = DateTimeOffset.FromUnixTimeSeconds(long.Parse(body.GetProperty("expires_on").GetString()!, CultureInfo.InvariantCulture));
        var token = body.GetProperty("access_token").GetString();
        Assert.Equal(Principal, StandInTokens.Validate(token, resource, expires.AddSeconds(-1)));
        Assert.Null(StandInTokens.Validate(token, resource, expires));
        Assert.Null(StandInTokens.Validate(token, "https://graph.microsoft.com", expires.AddSeconds(-1)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("0123456789abcdef0123456789abcdef")]
    public async Task Without_the_header_of_the_instance_there_is_no_token(string? header)
    {
        var (status, body) = await AskAsync("api-version=2019-08-01&resource=https://vault.azure.net", header);

        Assert.Equal(HttpStatusCode.Unauthorized, status);
        Assert.Equal(401, body.GetProperty("statusCode").GetInt32());
        Assert.NotEmpty(body.GetProperty("message").GetString()!);
    }

    [Theory]
    [InlineData("resource=https://vault.azure.net")]
    [InlineData("api-version=2017-09-01&resource=https://vault.azure.net")]
    [InlineData("api-version=2019-08-01")]
    [InlineData("api-version=2019-08-01&resource=https://example.com")]
    [InlineData("api-version=2019-08-01&resource=https://vault.azure.net&client_id=00000000-0000-0000-0000-000000000001")]
    [InlineData("api-version=2019-08-01&resource=https://vault.azure.net&mi_res_id=/subscriptions/x")]
    public async Task What_the_endpoint_does_not_know_is_400(string query)
    {
        var (status, body) = await AskAsync(query, _identity.Header);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(400, body.GetProperty("statusCode").GetInt32());
    }

    [Fact]
    public async Task The_official_credential_opens_the_vault_with_it()
    {
        Environment.SetEnvironmentVariable("IDENTITY_ENDPOINT", _identity.Endpoint.AbsoluteUri);
        Environment.SetEnvironmentVariable("IDENTITY_HEADER", _identity.Header);
        await using var fixture = await KeyVaultFixture.StartAsync();
        fixture.Clock.Advance(TimeProvider.System.GetUtcNow() - fixture.Clock.GetUtcNow());
        fixture.Vault.Allow(Principal, "setSecret", "getSecret");
        try
        {
            var client = fixture.Client(new ManagedIdentityCredential(ManagedIdentityId.FromUserAssignedClientId(ClientId)));
            await client.SetSecretAsync("br-orders", "value");

            Assert.Equal("value", (await client.GetSecretAsync("br-orders")).Value.Value);
            Assert.Equal(1, _identity.Calls.Count("get_token"));
            Assert.All(fixture.Vault.Calls.All.Where(call => call.Status == 200), call => Assert.Equal(Principal, call.Principal));
        }
        finally
        {
            Environment.SetEnvironmentVariable("IDENTITY_ENDPOINT", null);
            Environment.SetEnvironmentVariable("IDENTITY_HEADER", null);
        }
    }

    private async Task<(HttpStatusCode Status, JsonElement Body)> AskAsync(string query, string? header)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{_identity.Endpoint}?{query}");
        if (header is not null)
        {
            request.Headers.Add("X-IDENTITY-HEADER", header);
        }

        using var answer = await _http.SendAsync(request);
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return (answer.StatusCode, body.RootElement.Clone());
    }
}
