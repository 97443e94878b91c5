using System.Net;
using IterationBranches.Testing.Hands;

namespace IterationBranches.EndToEnd.Tests.StandIns;

// Service tokens, and what each may do.
public sealed partial class PlanetScaleStandInTests
{
    [Fact]
    public async Task Without_a_token_everything_is_401()
    {
        var (status, body) = await SendAsync("GET", Shop, token: null);

        Assert.Equal(HttpStatusCode.Unauthorized, status);
        Assert.Equal("""{"code":"unauthorized","message":"Unauthorized"}""", body.GetRawText());
    }

    [Theory]
    [InlineData("ours:wrong")]
    [InlineData("nobody:ours-secret")]
    [InlineData("Bearer ours:ours-secret")] // The header has no scheme.
    [InlineData("ours-secret")]
    public async Task A_wrong_token_is_404_except_in_the_list_of_organizations(string token)
    {
        var (status, body) = await SendAsync("GET", Shop, token: token);
        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Equal("""{"code":"not_found","message":"Not Found"}""", body.GetRawText());

        (status, body) = await SendAsync("GET", "/v1/organizations", token: token);
        Assert.Equal(HttpStatusCode.Unauthorized, status);
        Assert.Equal("unauthorized", body.GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_token_that_has_expired_is_a_wrong_one()
    {
        _planetScale.AddServiceToken("brief", "brief-secret", "actor-brief", new Dictionary<string, IReadOnlyList<string>>(), expiresAt: _clock.GetUtcNow().AddHours(1));
        Assert.Equal(HttpStatusCode.OK, (await SendAsync("GET", "/v1/organizations", token: "brief:brief-secret")).Status);

        _clock.Advance(TimeSpan.FromHours(1));

        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync("GET", "/v1/organizations", token: "brief:brief-secret")).Status);
    }

    [Theory]
    [InlineData("GET", Shop + "/branches", "write_database")]
    [InlineData("POST", Shop + "/branches", "read_branch")]
    [InlineData("DELETE", Shop + "/branches/dev", "create_branch")]
    [InlineData("GET", Shop + "/branches/dev/passwords", "delete_branch_password")]
    [InlineData("POST", Shop + "/branches/dev/passwords", "create_branch")]
    [InlineData("POST", Shop + "/branches/main/passwords", "connect_branch")] // Production needs its own permission.
    [InlineData("DELETE", Shop + "/branches/main", "delete_branch")]
    [InlineData("GET", "/v1/organizations/acme/service-tokens/ours", "read_branch")]
    [InlineData("GET", Ledger, null)] // Allowed on another database.
    public async Task A_missing_permission_looks_as_if_the_thing_were_missing(string method, string path, string? permission)
    {
        _planetScale.AddBranchByHand("shop", "dev");
        AddToken("small", permission is null ? ["read_database"] : [permission]);

        var (status, body) = await SendAsync(method, path, new { name = "new" }, "small:small-secret");

        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Equal("not_found", body.GetProperty("code").GetString());
        Assert.Equal(["main", "dev"], _planetScale.Branches("shop").Select(branch => branch.Name));
    }

    [Fact]
    public void A_permission_that_PlanetScale_does_not_have_cannot_be_given() =>
        Assert.Throws<ArgumentException>(() => AddToken("odd", ["create_branch_password"]));

    [Fact]
    public async Task A_token_may_read_what_it_is_allowed_itself()
    {
        _planetScale.AddServiceToken(
            "self", "self-secret", "actor-self", new Dictionary<string, IReadOnlyList<string>> { ["shop"] = ["read_branch"] }, ["read_service_tokens"]);

        var (status, body) = await SendAsync("GET", "/v1/organizations/acme/service-tokens/self", token: "self:self-secret");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains(body.GetProperty("service_token_accesses").EnumerateArray(), access =>
            access.GetProperty("access").GetString() == "read_branch" && access.GetProperty("resource_name").GetString() == "shop");
        Assert.DoesNotContain("self-secret", body.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_requests_than_a_minute_allows_are_429()
    {
        _planetScale.RequestsPerMinute = 2;
        Assert.Equal(HttpStatusCode.OK, (await SendAsync("GET", Shop)).Status);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync("GET", Shop)).Status);
        Assert.Equal(HttpStatusCode.TooManyRequests, (await SendAsync("GET", Shop)).Status);

        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.OK, (await SendAsync("GET", Shop)).Status);
    }
}
