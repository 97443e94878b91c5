using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using IterationBranches.Sandbox.StandIns;
using IterationBranches.Sandbox.StandIns.PlanetScale;

namespace IterationBranches.EndToEnd.Tests.StandIns;

public sealed class PlanetScaleStandInTests : IAsyncLifetime
{
    private const string Shop = "/v1/organizations/acme/databases/shop";
    private const string Ledger = "/v1/organizations/acme/databases/ledger";

    private readonly SettableTime _clock = new(new DateTimeOffset(2026, 8, 20, 8, 0, 0, TimeSpan.Zero));
    private readonly PlanetScaleStandIn _planetScale;
    private readonly PlanetScaleDatabase _shop;
    private readonly HttpClient _http = new();

    public PlanetScaleStandInTests()
    {
        _planetScale = new PlanetScaleStandIn(_clock);
        _shop = _planetScale.AddDatabase("acme", "shop");
        _planetScale.AddDatabase("acme", "ledger", "postgresql");
        AddToken("ours", [.. TokenPermissions.Development]);
    }

    public async ValueTask InitializeAsync() => await _planetScale.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _planetScale.DisposeAsync();
    }

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
    [InlineData("PATCH", Shop + "/branches/dev", "create_branch")]
    [InlineData("DELETE", Shop + "/branches/dev", "create_branch")]
    [InlineData("GET", Shop + "/branches/dev/passwords", "delete_branch_password")]
    [InlineData("POST", Shop + "/branches/dev/passwords", "create_branch")]
    [InlineData("POST", Shop + "/branches/main/passwords", "connect_branch")] // Production needs its own permission.
    [InlineData("DELETE", Shop + "/branches/main", "delete_branch")]
    [InlineData("GET", "/v1/organizations/acme", "read_branch")]
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
    public async Task A_database_tells_its_kind_its_default_branch_and_its_limit()
    {
        var (status, body) = await SendAsync("GET", Shop);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("mysql", body.GetProperty("kind").GetString());
        Assert.Equal("main", body.GetProperty("default_branch").GetString());
        Assert.True(body.GetProperty("ready").GetBoolean());
        Assert.False(body.GetProperty("at_development_branch_usage_limit").GetBoolean());

        _shop.DevelopmentBranchLimit = 1;
        _planetScale.AddBranchByHand("shop", "dev");
        (_, body) = await SendAsync("GET", Shop);
        Assert.True(body.GetProperty("at_development_branch_usage_limit").GetBoolean());
        Assert.Equal(2, body.GetProperty("branches_count").GetInt32());

        (status, body) = await SendAsync("POST", Shop + "/branches", new { name = "one-more" });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Equal("unprocessable", body.GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_new_branch_is_pending_until_its_time_has_passed()
    {
        var (status, body) = await SendAsync("POST", Shop + "/branches", new { name = "sprint-42", parent_branch = "main" });
        Assert.Equal(HttpStatusCode.Created, status);
        Assert.Matches("^[a-z0-9]{12}$", body.GetProperty("id").GetString());
        Assert.Equal("2026-08-20T08:00:00.000Z", body.GetProperty("created_at").GetString());
        Assert.Equal("pending", body.GetProperty("state").GetString());
        Assert.Equal("main", body.GetProperty("parent_branch").GetString());
        Assert.Equal(JsonValueKind.Null, body.GetProperty("restored_from_branch").ValueKind);
        Assert.False(body.GetProperty("production").GetBoolean());
        Assert.Equal("actor-ours", body.GetProperty("actor").GetProperty("id").GetString());
        Assert.Equal("ServiceToken", body.GetProperty("actor").GetProperty("type").GetString());

        _clock.Advance(_planetScale.BranchReadyAfter - TimeSpan.FromMilliseconds(1));
        Assert.False((await SendAsync("GET", Shop + "/branches/sprint-42")).Body.GetProperty("ready").GetBoolean());

        _clock.Advance(TimeSpan.FromMilliseconds(1));
        body = (await SendAsync("GET", $"{Shop}/branches/{body.GetProperty("id").GetString()}")).Body;
        Assert.True(body.GetProperty("ready").GetBoolean());
        Assert.Equal("ready", body.GetProperty("state").GetString());
        Assert.Equal("2026-08-20T08:00:03.000Z", body.GetProperty("updated_at").GetString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Sprint-42")]
    [InlineData("-sprint")]
    [InlineData("sprint-")]
    [InlineData("sprint 42")]
    [InlineData("märz")]
    [InlineData("sprint-42\n")]
    [InlineData("a123456789012345678901234567890123456789012345678901234567890123")] // 64
    public async Task A_name_that_is_not_a_branch_name_is_422(string? name)
    {
        var (status, body) = await SendAsync("POST", Shop + "/branches", new { name });

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Equal("unprocessable", body.GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_name_that_is_taken_is_422_and_a_missing_parent_404()
    {
        var (status, body) = await SendAsync("POST", Shop + "/branches", new { name = "main" });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Equal("Name has already been taken", body.GetProperty("message").GetString());

        (status, _) = await SendAsync("POST", Shop + "/branches", new { name = "sprint", parent_branch = "develop" });
        Assert.Equal(HttpStatusCode.NotFound, status);
    }

    [Fact]
    public async Task Bodies_are_JSON_objects_with_fields_of_the_right_types()
    {
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await SendAsync("POST", Shop + "/branches", new StringContent("""{"name":"x"}""", Encoding.UTF8, "text/plain"))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync("POST", Shop + "/branches", new StringContent("name=x", Encoding.UTF8, "application/json"))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync("POST", Shop + "/branches", Array.Empty<string>())).Status);

        var (status, body) = await SendAsync("POST", Shop + "/branches", new { name = 42 });
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("invalid_params", body.GetProperty("code").GetString());
        Assert.Single(_planetScale.Branches("shop"));
    }

    [Fact]
    public async Task A_database_that_is_still_initializing_makes_no_branches()
    {
        _shop.Ready = false;

        var (status, body) = await SendAsync("POST", Shop + "/branches", new { name = "sprint" });

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("Database is still initializing and cannot create branches.", body.GetProperty("message").GetString());
    }

    [Fact]
    public async Task Data_branching_makes_a_production_branch_where_it_is_allowed()
    {
        AddToken("seeder", [.. TokenPermissions.Development, .. TokenPermissions.DataBranching]);
        var seeded = new { name = "sprint", seed_data = "last_successful_backup" };
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync("POST", Shop + "/branches", seeded)).Status);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await SendAsync("POST", Shop + "/branches", seeded, "seeder:seeder-secret")).Status);

        _shop.AllowDataBranching = true;
        var (status, body) = await SendAsync("POST", Shop + "/branches", seeded, "seeder:seeder-secret");

        Assert.Equal(HttpStatusCode.Created, status);
        Assert.True(body.GetProperty("production").GetBoolean());
        Assert.Equal("main", body.GetProperty("restored_from_branch").GetProperty("name").GetString());
    }

    [Fact]
    public async Task Lists_come_in_pages_of_25_and_of_at_most_100()
    {
        for (var i = 0; i < 119; i++)
        {
            _planetScale.AddBranchByHand("shop", $"dev-{i}");
        }

        var (_, first) = await SendAsync("GET", Shop + "/branches");
        Assert.Equal(25, first.GetProperty("data").GetArrayLength());
        Assert.Equal(2, first.GetProperty("next_page").GetInt32());
        Assert.Equal(JsonValueKind.Null, first.GetProperty("prev_page").ValueKind);
        Assert.Equal(120, first.GetProperty("total_count").GetInt32());

        var (_, large) = await SendAsync("GET", Shop + "/branches?per_page=1000&production=false");
        Assert.Equal(100, large.GetProperty("data").GetArrayLength());

        var next = new Uri(large.GetProperty("next_page_url").GetString()!);
        var (_, last) = await SendAsync("GET", next.PathAndQuery);
        Assert.Equal(19, last.GetProperty("data").GetArrayLength());
        Assert.Equal(JsonValueKind.Null, last.GetProperty("next_page").ValueKind);
        Assert.Equal(1, last.GetProperty("prev_page").GetInt32());

        var (_, found) = await SendAsync("GET", Shop + "/branches?q=dev-11");
        Assert.Equal(10, found.GetProperty("data").GetArrayLength()); // dev-11, and dev-110 to dev-118.
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync("GET", Shop + "/branches?page=0")).Status);
    }

    [Fact]
    public async Task A_branch_keeps_its_id_over_a_rename_which_needs_write_database()
    {
        var id = _planetScale.AddBranchByHand("shop", "sprint-1");
        AddToken("owner", ["write_database"]);

        var (status, body) = await SendAsync("PATCH", Shop + "/branches/sprint-1", new { new_name = "sprint-2", deletion_protected = true }, "owner:owner-secret");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("sprint-2", body.GetProperty("name").GetString());
        var renamed = Assert.Single(_planetScale.Branches("shop"), branch => branch.Id == id);
        Assert.True(renamed is { Name: "sprint-2", DeletionProtected: true });
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync("GET", Shop + "/branches/sprint-1")).Status);
    }

    [Fact]
    public async Task A_deleted_branch_can_be_seen_and_keeps_its_name_until_it_is_gone()
    {
        _planetScale.DeletionTakes = TimeSpan.FromMinutes(1);
        var id = _planetScale.AddBranchByHand("shop", "sprint");

        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync("DELETE", $"{Shop}/branches/{id}")).Status);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync("GET", $"{Shop}/branches/{id}")).Status);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await SendAsync("POST", Shop + "/branches", new { name = "sprint" })).Status);
        Assert.True(_planetScale.Branches("shop").Single(branch => branch.Id == id).Deleting);

        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync("GET", $"{Shop}/branches/{id}")).Status);
        Assert.Equal(HttpStatusCode.Created, (await SendAsync("POST", Shop + "/branches", new { name = "sprint" })).Status);
    }

    [Fact]
    public async Task The_default_branch_protected_branches_and_parents_are_not_deleted()
    {
        AddToken("bold", [.. TokenPermissions.Development, "delete_production_branch"]);
        _planetScale.AddBranchByHand("shop", "kept", deletionProtected: true);
        _planetScale.AddBranchByHand("shop", "parent");
        _planetScale.AddBranchByHand("shop", "child", parent: "parent");
        foreach (var branch in new[] { "main", "kept", "parent" })
        {
            Assert.Equal(HttpStatusCode.UnprocessableEntity, (await SendAsync("DELETE", $"{Shop}/branches/{branch}", token: "bold:bold-secret")).Status);
        }

        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync("DELETE", $"{Shop}/branches/parent?delete_descendants=true")).Status);
        Assert.Equal(["parent", "child"], _planetScale.Branches("shop").Where(branch => branch.Deleting).Select(branch => branch.Name));
    }

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
        foreach (var (_, again) in new[] { await SendAsync("GET", one), await SendAsync("PATCH", one, new { name = "ib-2" }), await SendAsync("POST", one + "/renew") })
        {
            Assert.Equal(JsonValueKind.Null, again.GetProperty("plain_text").ValueKind);
        }

        var listed = (await SendAsync("GET", passwords + "?q=ib-2")).Body.GetProperty("data");
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
    public async Task Every_answer_has_the_time_of_the_stand_in_and_JSON()
    {
        foreach (var path in new[] { Shop, Shop + "/branches/none", "/v1/nothing-here" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_planetScale.Address, path));
            request.Headers.TryAddWithoutValidation("Authorization", "ours:ours-secret");
            using var response = await _http.SendAsync(request);
            Assert.Equal(_clock.GetUtcNow(), response.Headers.Date);
            Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        }
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

    [Fact]
    public async Task Calls_are_counted_by_operation_with_the_actor_and_never_the_secret()
    {
        await SendAsync("POST", Shop + "/branches", new { name = "sprint" });

        var call = Assert.Single(_planetScale.Calls.All);
        Assert.Equal(("create_branch", "actor-ours", 201), (call.Operation, call.Principal, call.Status));
        Assert.DoesNotContain("ours-secret", call.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lost_answer_has_taken_effect()
    {
        _planetScale.Faults.Add("create_branch", Fault.LoseResponse());

        await Assert.ThrowsAsync<HttpRequestException>(() => SendAsync("POST", Shop + "/branches", new { name = "sprint" }));

        Assert.Contains(_planetScale.Branches("shop"), branch => branch is { Name: "sprint", ActorId: "actor-ours" });
    }

    private void AddToken(string id, IReadOnlyList<string> permissions, string database = "shop") => _planetScale.AddServiceToken(
        id, $"{id}-secret", $"actor-{id}", new Dictionary<string, IReadOnlyList<string>> { [database] = permissions });

    private async Task<(HttpStatusCode Status, JsonElement Body)> SendAsync(string method, string path, object? body = null, string? token = "ours:ours-secret")
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(_planetScale.Address, path));
        if (token is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", token);
        }

        if (method is "POST" or "PATCH")
        {
            request.Content = body as HttpContent ?? (body is null ? null : JsonContent.Create(body));
        }

        using var response = await _http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, text.Length == 0 ? default : JsonElement.Parse(text));
    }
}
