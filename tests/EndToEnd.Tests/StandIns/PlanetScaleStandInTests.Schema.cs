using System.Net;
using IterationBranches.Sandbox.StandIns.PlanetScale;
using IterationBranches.Testing.Hands;

namespace IterationBranches.EndToEnd.Tests.StandIns;

// Schemas and deploy requests, backups and what is made from them.
public sealed partial class PlanetScaleStandInTests
{
    private const string Seeder = "seeder:seeder-secret";

    [Fact]
    public async Task A_branch_begins_with_its_parents_schema_and_goes_its_own_way()
    {
        await SendAsync("POST", Shop + "/branches", new { name = "sprint" });
        Assert.Equal(await SchemaAsync("main"), await SchemaAsync("sprint"));

        _planetScale.ChangeSchema("shop", "sprint");
        Assert.Equal(["added_by_a_person", "orders"], (await SchemaAsync("sprint")).Select(table => table.Name));
        Assert.Equal(["orders"], (await SchemaAsync("main")).Select(table => table.Name));
        Assert.Equal((false, "PS_DEV"), Made("sprint"));

        _planetScale.ChangeSchema("shop", "sprint", "orders", definition: null);
        Assert.Equal(["added_by_a_person"], (await SchemaAsync("sprint")).Select(table => table.Name));
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync("GET", Shop + "/branches/none/schema")).Status);
    }

    [Fact]
    public async Task A_stale_schema_is_said_of_the_branch()
    {
        _planetScale.AddBranchByHand("shop", "sprint");
        _planetScale.SetStaleSchema("shop", "sprint");

        Assert.True((await SendAsync("GET", Shop + "/branches/sprint")).Body.GetProperty("stale_schema").GetBoolean());
    }

    [Fact]
    public async Task Deploy_requests_are_listed_by_state_and_branch()
    {
        var sprint = _planetScale.AddBranchByHand("shop", "sprint");
        _planetScale.AddBranchByHand("shop", "other");
        var first = _planetScale.OpenDeployRequest("shop", "sprint");
        _planetScale.OpenDeployRequest("shop", "other", into: "sprint");
        _planetScale.CloseDeployRequest("shop", first);
        _planetScale.OpenDeployRequest("shop", "sprint");

        Assert.Equal([2, 3], await NumbersAsync("?state=open"));
        Assert.Equal([1, 3], await NumbersAsync("?branch=sprint"));
        Assert.Equal([2], await NumbersAsync("?into_branch=sprint"));
        Assert.Equal([1], await NumbersAsync("?state=closed"));
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync("GET", Shop + "/deploy-requests?state=ajar")).Status);
        var last = (await SendAsync("GET", Shop + "/deploy-requests?state=open")).Body.GetProperty("data")[1];
        Assert.Equal((sprint, "sprint", "main", "open"), (Text("branch_id"), Text("branch"), Text("into_branch"), Text("state")));

        string? Text(string name) => last.GetProperty(name).GetString();

        async Task<IEnumerable<int>> NumbersAsync(string query) =>
            (await SendAsync("GET", Shop + "/deploy-requests" + query)).Body.GetProperty("data").EnumerateArray().Select(request => request.GetProperty("number").GetInt32());
    }

    [Fact]
    public async Task Backups_are_listed_by_state()
    {
        AddSeeder("shop");
        _planetScale.AddBackup("shop", "main", "failed");
        _planetScale.AddBackup("shop", "main", expiresAt: _clock.GetUtcNow().AddDays(2));
        Assert.Equal(3, await CountAsync(""));
        Assert.Equal(2, await CountAsync("?state=success"));

        _clock.Advance(TimeSpan.FromDays(2));
        Assert.Equal(1, await CountAsync("?state=success"));
        Assert.Equal(2, await CountAsync("?state=success&all=true"));
        _planetScale.DeleteBackups("shop", "main");
        Assert.Equal(0, await CountAsync(""));

        async Task<int> CountAsync(string query) => (await SendAsync("GET", Shop + "/branches/main/backups" + query, token: Seeder)).Body.GetProperty("total_count").GetInt32();
    }

    [Fact]
    public async Task A_seeded_branch_has_the_backups_schema_and_data_takes_longer_and_needs_a_backup()
    {
        AddSeeder("shop");
        _shop.AllowDataBranching = true;
        _planetScale.ChangeSchema("shop", "main", "after_the_backup");
        (_planetScale.BranchReadyAfter, _planetScale.RestoreTakes) = (TimeSpan.FromSeconds(3), TimeSpan.FromHours(2));

        var made = await SendAsync("POST", Shop + "/branches", new { name = "seeded", seed_data = "last_successful_backup" }, Seeder);

        Assert.Equal("PS_80", made.Body.GetProperty("cluster_name").GetString());
        var seeded = _planetScale.Branches("shop").Single(branch => branch.Name == "seeded");
        Assert.Equal((true, true, "main", false), (seeded.HasData, seeded.Production, seeded.RestoredFrom, seeded.Ready));
        Assert.Equal("orders", seeded.Tables);
        _clock.Advance(TimeSpan.FromHours(2));
        Assert.False((await SendAsync("GET", Shop + "/branches/seeded")).Body.GetProperty("ready").GetBoolean());
        _clock.Advance(TimeSpan.FromSeconds(3));
        Assert.True((await SendAsync("GET", Shop + "/branches/seeded")).Body.GetProperty("ready").GetBoolean());

        _planetScale.DeleteBackups("shop", "main");
        var (status, refused) = await SendAsync("POST", Shop + "/branches", new { name = "again", seed_data = "last_successful_backup" }, Seeder);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains("no successful backup", refused.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_branch_that_is_seeded_from_a_development_branch_is_one()
    {
        AddToken("seeder", [.. TokenPermissions.Development, "restore_backup"]);
        _shop.AllowDataBranching = true;
        _planetScale.AddBranchByHand("shop", "dev");
        _planetScale.AddBackup("shop", "dev");

        var (status, body) = await SendAsync("POST", Shop + "/branches", new { name = "seeded", parent_branch = "dev", seed_data = "last_successful_backup" }, Seeder);

        Assert.Equal(HttpStatusCode.Created, status);
        Assert.False(body.GetProperty("production").GetBoolean());
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync("POST", Shop + "/branches", new { name = "more", seed_data = "last_successful_backup" }, Seeder)).Status);
    }

    [Fact]
    public async Task A_plain_branch_of_postgres_is_empty_and_a_restored_one_is_what_its_size_makes_it()
    {
        AddSeeder("ledger");
        var backup = _planetScale.AddBackup("ledger", "main");

        Assert.Equal(HttpStatusCode.Created, (await SendAsync("POST", Ledger + "/branches", new { name = "plain" }, Seeder)).Status);
        var small = await SendAsync("POST", Ledger + "/branches", new { name = "small", backup_id = backup, cluster_size = "PS_DEV" }, Seeder);
        var large = await SendAsync("POST", Ledger + "/branches", new { name = "large", backup_id = backup, cluster_size = "PS_10" }, Seeder);

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (small.Status, large.Status));
        Assert.False(small.Body.GetProperty("production").GetBoolean());
        Assert.True(large.Body.GetProperty("production").GetBoolean());
        var branches = _planetScale.Branches("ledger").ToDictionary(branch => branch.Name);
        Assert.Empty(branches["plain"].Tables);
        Assert.False(branches["plain"].HasData);
        Assert.Equal("orders", branches["small"].Tables);
        Assert.True(branches["small"] is { HasData: true, RestoredFrom: "main" });
    }

    [Fact]
    public async Task A_restore_needs_a_size_a_usable_backup_and_room()
    {
        AddSeeder("ledger");
        var good = _planetScale.AddBackup("ledger", "main");
        var failed = _planetScale.AddBackup("ledger", "main", "failed");

        Assert.Equal(HttpStatusCode.UnprocessableEntity, await RestoreAsync(good, null));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await RestoreAsync(good, "HUGE"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await RestoreAsync(failed, "PS_DEV"));
        Assert.Equal(HttpStatusCode.NotFound, await RestoreAsync("example", "PS_DEV"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await SendAsync("POST", Ledger + "/branches", new { name = "seeded", seed_data = "last_successful_backup" }, Seeder)).Status);

        _ledger.RestoredBranchLimit = 1;
        Assert.Equal(HttpStatusCode.Created, await RestoreAsync(good, "PS_DEV"));
        Assert.True((await SendAsync("GET", Ledger, token: Seeder)).Body.GetProperty("at_backup_restore_branches_limit").GetBoolean());
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await RestoreAsync(good, "PS_DEV", "another"));

        async Task<HttpStatusCode> RestoreAsync(string backup, string? size, string name = "restored") =>
            (await SendAsync("POST", Ledger + "/branches", new { name, backup_id = backup, cluster_size = size }, Seeder)).Status;
    }

    [Theory]
    [InlineData(Shop + "/branches/dev/schema", "read_backups")]
    [InlineData(Shop + "/branches/dev/backups", "read_branch")]
    [InlineData(Shop + "/deploy-requests", "read_branch")]
    public async Task What_may_not_be_read_looks_as_if_it_were_missing(string path, string permission)
    {
        _planetScale.AddBranchByHand("shop", "dev");
        AddToken("small", [permission]);
        AddToken("whole", [.. TokenPermissions.Database]);

        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync("GET", path, token: "small:small-secret")).Status);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync("GET", path, token: "whole:whole-secret")).Status);
    }

    private void AddSeeder(string database) => AddToken("seeder", [.. TokenPermissions.Development, .. TokenPermissions.DataBranching], database);

    private (bool HasData, string ClusterSize) Made(string name) =>
        _planetScale.Branches("shop").Where(branch => branch.Name == name).Select(branch => (branch.HasData, branch.ClusterSize)).Single();

    private async Task<IReadOnlyList<(string? Name, string? Raw)>> SchemaAsync(string branch) =>
    [
        .. (await SendAsync("GET", $"{Shop}/branches/{branch}/schema")).Body.GetProperty("data").EnumerateArray()
            .Select(table => (table.GetProperty("name").GetString(), table.GetProperty("raw").GetString())),
    ];
}
