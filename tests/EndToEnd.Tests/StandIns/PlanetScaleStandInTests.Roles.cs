using System.Net;
using System.Text;
using System.Text.Json;
using IterationBranches.Sandbox.StandIns.PlanetScale;
using IterationBranches.Testing.Hands;

namespace IterationBranches.EndToEnd.Tests.StandIns;

// The roles of Postgres: shown once, reset in place, and not dropped while they own something.
public sealed partial class PlanetScaleStandInTests
{
    private const string Roles = Ledger + "/branches/sprint/roles";
    private const string Postgres = "pg:pg-secret";

    [Fact]
    public async Task A_role_shows_its_password_once_and_leads_to_its_branch()
    {
        var branch = AddLedgerBranch();

        var (status, body) = await SendAsync("POST", Roles, new { name = "ib-1", ttl = 3600, inherited_roles = new[] { "postgres" } }, Postgres);

        Assert.Equal(HttpStatusCode.OK, status);
        var password = body.GetProperty("password").GetString()!;
        Assert.Equal(password, Assert.Single(_planetScale.IssuedSecrets));
        Assert.Equal($"{body.GetProperty("base_username").GetString()}.{branch}", body.GetProperty("username").GetString());
        Assert.Equal("postgres", body.GetProperty("database_name").GetString());
        Assert.Equal("2026-08-20T09:00:00.000Z", body.GetProperty("expires_at").GetString());
        Assert.Equal(branch, body.GetProperty("branch").GetProperty("id").GetString());
        Assert.EndsWith("-useast1-1.horizon.psdb.cloud", body.GetProperty("access_host_url").GetString(), StringComparison.Ordinal);
        Assert.Equal(("ib-1", "postgres", "actor-pg"), Shown(_planetScale.LogIn(body.GetProperty("username").GetString()!, password)));

        var one = $"{Roles}/{body.GetProperty("id").GetString()}";
        foreach (var (again, answer) in new[] { await SendAsync("GET", one, token: Postgres), await SendAsync("POST", one + "/renew", token: Postgres) })
        {
            Assert.Equal(HttpStatusCode.OK, again);
            Assert.Equal(JsonValueKind.Null, answer.GetProperty("password").ValueKind);
        }

        var listed = (await SendAsync("GET", Roles + "?q=ib-", token: Postgres)).Body;
        Assert.Equal(1, listed.GetProperty("total_count").GetInt32());
        Assert.DoesNotContain(password, listed.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reset_makes_a_new_password_under_the_same_name()
    {
        AddLedgerBranch();
        var made = (await SendAsync("POST", Roles, new { name = "ib-1" }, Postgres)).Body;

        var (status, reset) = await SendAsync("POST", $"{Roles}/{made.GetProperty("id").GetString()}/reset", token: Postgres);

        Assert.Equal(HttpStatusCode.OK, status);
        var username = made.GetProperty("username").GetString()!;
        Assert.Equal(username, reset.GetProperty("username").GetString());
        Assert.Null(_planetScale.LogIn(username, made.GetProperty("password").GetString()!));
        Assert.NotNull(_planetScale.LogIn(username, reset.GetProperty("password").GetString()!));
    }

    [Fact]
    public async Task A_role_is_renewed_while_it_runs_and_listed_as_expired_afterwards()
    {
        AddLedgerBranch();
        var made = (await SendAsync("POST", Roles, new { name = "ib-1", ttl = 3600 }, Postgres)).Body;
        var one = $"{Roles}/{made.GetProperty("id").GetString()}";

        _clock.Advance(TimeSpan.FromMinutes(45));
        Assert.Equal("2026-08-20T09:45:00.000Z", (await SendAsync("POST", one + "/renew", token: Postgres)).Body.GetProperty("expires_at").GetString());

        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await SendAsync("POST", one + "/renew", token: Postgres)).Status);
        Assert.True((await SendAsync("GET", one, token: Postgres)).Body.GetProperty("expired").GetBoolean());
        Assert.Null(_planetScale.LogIn(made.GetProperty("username").GetString()!, made.GetProperty("password").GetString()!));

        _planetScale.ForgetsExpired = true;
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync("GET", one, token: Postgres)).Status);
    }

    [Fact]
    public async Task A_role_that_owns_something_is_dropped_only_with_a_successor()
    {
        AddLedgerBranch();
        var id = _planetScale.AddPasswordByHand("ledger", "sprint", "ib-1");
        _planetScale.CreateTableAs(id);

        var (status, body) = await SendAsync("DELETE", $"{Roles}/{id}", token: Postgres);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Equal("Role is still referenced and cannot be dropped.", body.GetProperty("message").GetString());
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await SendAsync("DELETE", $"{Roles}/{id}?successor=nobody", token: Postgres)).Status);

        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync("DELETE", $"{Roles}/{id}?successor=postgres", token: Postgres)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync("DELETE", $"{Roles}/{id}?successor=postgres", token: Postgres)).Status);
        Assert.Empty(_planetScale.Passwords("ledger"));
        Assert.Equal("made_by_a_role", _planetScale.Branches("ledger").Single(branch => branch.Name == "sprint").Tables);
    }

    [Fact]
    public async Task What_a_role_owns_can_be_given_away_before()
    {
        AddLedgerBranch();
        var id = _planetScale.AddPasswordByHand("ledger", "sprint", "ib-1");
        _planetScale.CreateTableAs(id);

        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync("POST", $"{Roles}/{id}/reassign", new { successor = "postgres" }, Postgres)).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync("DELETE", $"{Roles}/{id}", token: Postgres)).Status);
    }

    [Theory]
    [InlineData("""{"inherited_roles":["superuser"]}""", 422)]
    [InlineData("""{"inherited_roles":"postgres"}""", 400)]
    [InlineData("""{"ttl":0}""", 422)]
    public async Task A_role_with_a_wrong_field_is_refused(string json, int expected)
    {
        AddLedgerBranch();

        Assert.Equal(expected, (int)(await SendAsync("POST", Roles, new StringContent(json, Encoding.UTF8, "application/json"), Postgres)).Status);
        Assert.Empty(_planetScale.IssuedSecrets);
    }

    [Fact]
    public async Task A_branch_that_is_not_ready_gets_no_role_and_mysql_never_does()
    {
        AddToken("pg", [.. TokenPermissions.Development], "ledger");
        _planetScale.AddBranchByHand("ledger", "sprint", ready: false);
        _planetScale.AddBranchByHand("shop", "sprint");

        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await SendAsync("POST", Roles, new { name = "ib-1" }, Postgres)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync("POST", Shop + "/branches/sprint/roles", new { name = "ib-1" })).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync("GET", Shop + "/branches/sprint/roles")).Status);
    }

    [Fact]
    public async Task Deleting_a_branch_takes_its_roles_with_it()
    {
        AddLedgerBranch();
        _planetScale.CreateTableAs(_planetScale.AddPasswordByHand("ledger", "sprint", "ib-1"));

        await SendAsync("DELETE", Ledger + "/branches/sprint", token: Postgres);

        Assert.Empty(_planetScale.Passwords("ledger"));
    }

    private string AddLedgerBranch()
    {
        AddToken("pg", [.. TokenPermissions.Development], "ledger");
        return _planetScale.AddBranchByHand("ledger", "sprint");
    }

    private static (string?, string?, string?) Shown(PasswordState? state) => (state?.Name, state?.Role, state?.ActorId);
}
