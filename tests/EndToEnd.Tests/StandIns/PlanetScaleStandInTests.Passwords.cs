using System.Net;
using System.Text;
using System.Text.Json;
using IterationBranches.Sandbox.StandIns.PlanetScale;
using IterationBranches.Testing.Hands;

namespace IterationBranches.EndToEnd.Tests.StandIns;

// Passwords: shown once, on a branch that is ready, for a time.
public sealed partial class PlanetScaleStandInTests
{
    [Fact]
    public async Task A_password_shows_its_plain_text_once()
    {
        var branch = _planetScale.AddBranchByHand("shop", "sprint");
        var passwords = $"{Shop}/branches/{branch}/passwords";

        var (status, body) = await SendAsync("POST", passwords, new { name = "ib-1", role = "readwriter", ttl = 3600, cidrs = new[] { "198.51.100.0/24" } });

        Assert.Equal(HttpStatusCode.Created, status);
        var plainText = body.GetProperty("plain_text").GetString()!;
        Assert.Matches("^pscale_pw_[A-Za-z0-9_-]{43}$", plainText);
        Assert.Equal(plainText, Assert.Single(_planetScale.IssuedSecrets));
        Assert.Equal("2026-08-20T09:00:00.000Z", body.GetProperty("expires_at").GetString());
        Assert.Equal(3600, body.GetProperty("ttl_seconds").GetInt32());
        Assert.True(body.GetProperty("renewable").GetBoolean());
        Assert.Equal(branch, body.GetProperty("database_branch").GetProperty("id").GetString());
        Assert.Equal("actor-ours", body.GetProperty("actor").GetProperty("id").GetString());
        Assert.Equal(body.GetProperty("id").GetString(), _planetScale.LogIn(body.GetProperty("username").GetString()!, plainText)?.Id);

        var one = $"{passwords}/{body.GetProperty("id").GetString()}";
        foreach (var (_, again) in new[] { await SendAsync("GET", one), await SendAsync("POST", one + "/renew") })
        {
            Assert.Equal(JsonValueKind.Null, again.GetProperty("plain_text").ValueKind);
        }

        var listed = (await SendAsync("GET", passwords + "?q=ib-1")).Body.GetProperty("data");
        Assert.DoesNotContain(plainText, listed.GetRawText(), StringComparison.Ordinal);
        Assert.Equal(1, listed.GetArrayLength());
    }

    [Theory]
    [InlineData("""{"role":"owner"}""", 422)]
    [InlineData("""{"ttl":0}""", 422)]
    [InlineData("""{"ttl":-1}""", 422)]
    [InlineData("""{"ttl":1.5}""", 400)]
    [InlineData("""{"ttl":"3600"}""", 400)]
    [InlineData("""{"cidrs":["198.51.100.0"]}""", 422)]
    [InlineData("""{"cidrs":["office"]}""", 422)]
    [InlineData("""{"cidrs":"198.51.100.0/24"}""", 400)]
    [InlineData("""{"replica":"no"}""", 400)]
    public async Task A_password_with_a_wrong_field_is_refused(string json, int expected)
    {
        _planetScale.AddBranchByHand("shop", "sprint");

        var (status, _) = await SendAsync("POST", Shop + "/branches/sprint/passwords", new StringContent(json, Encoding.UTF8, "application/json"));

        Assert.Equal(expected, (int)status);
        Assert.Empty(_planetScale.IssuedSecrets);
    }

    [Fact]
    public async Task A_branch_that_is_not_ready_gets_no_password()
    {
        var branch = _planetScale.AddBranchByHand("shop", "sprint", ready: false);
        var (status, body) = await SendAsync("POST", Shop + "/branches/sprint/passwords", new { role = "admin" });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Equal("database branch is not ready yet", body.GetProperty("message").GetString());

        _planetScale.SetReady(branch);
        Assert.Equal(HttpStatusCode.Created, (await SendAsync("POST", Shop + "/branches/sprint/passwords", new { role = "admin" })).Status);
    }

    [Fact]
    public async Task Renewing_counts_the_whole_time_again_and_only_while_it_runs()
    {
        _planetScale.AddBranchByHand("shop", "sprint");
        var (_, made) = await SendAsync("POST", Shop + "/branches/sprint/passwords", new { role = "admin", ttl = 3600 });
        var (_, eternal) = await SendAsync("POST", Shop + "/branches/sprint/passwords", new { role = "admin" });
        var one = $"{Shop}/branches/sprint/passwords/{made.GetProperty("id").GetString()}";

        _clock.Advance(TimeSpan.FromMinutes(45));
        Assert.Equal("2026-08-20T09:45:00.000Z", (await SendAsync("POST", one + "/renew")).Body.GetProperty("expires_at").GetString());
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await SendAsync("POST", $"{Shop}/branches/sprint/passwords/{eternal.GetProperty("id").GetString()}/renew")).Status);

        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await SendAsync("POST", one + "/renew")).Status);
        Assert.True((await SendAsync("GET", one)).Body.GetProperty("expired").GetBoolean());
        Assert.Equal(1, (await SendAsync("GET", Shop + "/branches/sprint/passwords?status=expired")).Body.GetProperty("total_count").GetInt32());
        Assert.Null(_planetScale.LogIn(made.GetProperty("username").GetString()!, made.GetProperty("plain_text").GetString()!));
    }

    [Fact]
    public async Task A_password_is_deleted_once_on_its_own_branch()
    {
        _planetScale.AddBranchByHand("shop", "sprint");
        _planetScale.AddBranchByHand("shop", "other");
        var id = _planetScale.AddPasswordByHand("shop", "sprint", "ib-1");

        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync("DELETE", $"{Shop}/branches/other/passwords/{id}")).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync("DELETE", $"{Shop}/branches/sprint/passwords/{id}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync("DELETE", $"{Shop}/branches/sprint/passwords/{id}")).Status);
        Assert.Empty(_planetScale.Passwords("shop"));
    }

    [Fact]
    public async Task Deleting_a_branch_takes_its_passwords_with_it()
    {
        _planetScale.AddBranchByHand("shop", "sprint");
        _planetScale.AddPasswordByHand("shop", "sprint", "ib-1");

        await SendAsync("DELETE", Shop + "/branches/sprint");

        Assert.Empty(_planetScale.Passwords("shop"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await SendAsync("POST", Shop + "/branches/sprint/passwords", new { role = "admin" })).Status);
    }

    [Fact]
    public async Task Postgres_has_no_passwords_and_other_branch_fields()
    {
        AddToken("pg", [.. TokenPermissions.Development], "ledger");
        _planetScale.AddBranchByHand("ledger", "sprint");

        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync("GET", Ledger + "/branches/sprint/passwords", token: "pg:pg-secret")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync("POST", Ledger + "/branches/sprint/passwords", new { role = "admin" }, "pg:pg-secret")).Status);
        var (_, branch) = await SendAsync("GET", Ledger + "/branches/sprint", token: "pg:pg-secret");
        Assert.Equal("postgresql", branch.GetProperty("kind").GetString());
        Assert.Equal("PS-DEV", branch.GetProperty("cluster_display_name").GetString());
        Assert.False(branch.TryGetProperty("mysql_address", out _));
    }
}
