using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using IterationBranches.Sandbox.StandIns.PlanetScale;
using IterationBranches.Testing.Faults;
using IterationBranches.Testing.Hands;

namespace IterationBranches.EndToEnd.Tests.StandIns;

public sealed partial class PlanetScaleStandInTests : IAsyncLifetime
{
    private const string Shop = "/v1/organizations/acme/databases/shop";
    private const string Ledger = "/v1/organizations/acme/databases/ledger";

    private readonly SettableTime _clock = new(new DateTimeOffset(2026, 8, 20, 8, 0, 0, TimeSpan.Zero));
    private readonly PlanetScaleStandIn _planetScale;
    private readonly PlanetScaleDatabase _shop;
    private readonly PlanetScaleDatabase _ledger;
    private readonly HttpClient _http = new();

    public PlanetScaleStandInTests()
    {
        _planetScale = new PlanetScaleStandIn(_clock).WithRoles();
        _shop = _planetScale.AddDatabase("acme", "shop");
        _ledger = _planetScale.AddDatabase("acme", "ledger", "postgresql");
        AddToken("ours", [.. TokenPermissions.Development]);
    }

    public async ValueTask InitializeAsync() => await _planetScale.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _planetScale.DisposeAsync();
    }

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
