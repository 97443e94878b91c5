using IterationBranches.Branches;
using IterationBranches.PlanetScale;
using IterationBranches.Tests.Http;

namespace IterationBranches.Tests.PlanetScale;

/// <summary>Branches that begin with data, and the backups that it comes from.</summary>
public sealed class SeedTests : PlanetScalePeer
{
    private const string Backups = Database + "/branches/main/backups?state=success&page=1&per_page=100";

    private const string Seeded = """
        {"id":"b7q3w9e5r1ty","name":"sprint-42","ready":false,"production":true,"deletion_protected":false,"parent_branch":"main","stale_schema":false,
         "created_at":"2026-08-20T08:00:00.000Z","restored_from_branch":{"id":"m1m2m3m4m5m6","name":"main"},"actor":{"id":"s1"} }
        """;

    [Fact]
    public async Task Data_branching_takes_the_last_successful_backup_and_names_no_size()
    {
        Peer.On($"POST {Database}/branches", Reply.Json(201, Seeded));

        var branch = await CreateAsync(new BranchSeed.DataBranching());

        Assert.Equal("""{"name":"sprint-42","parent_branch":"main","seed_data":"last_successful_backup"}""", Peer.Received.Single().Body);
        Assert.Equal((true, "m1m2m3m4m5m6"), (branch?.Production, branch?.RestoredFrom));
    }

    [Fact]
    public async Task A_restore_names_its_backup_and_the_development_size()
    {
        Peer.On($"POST {Database}/branches", Reply.Json(201, Seeded), Reply.Json(201, Seeded));

        await CreateAsync(new BranchSeed.Restore("k1"));
        await CreateAsync(new BranchSeed.Restore("k1", "PS_10"));

        Assert.Equal(
            [
                """{"name":"sprint-42","parent_branch":"main","backup_id":"k1","cluster_size":"PS_DEV"}""",
                """{"name":"sprint-42","parent_branch":"main","backup_id":"k1","cluster_size":"PS_10"}""",
            ],
            Peer.Received.Select(request => request.Body));
    }

    [Theory]
    [InlineData(404, NotFound)]
    [InlineData(422, """{"code":"unprocessable","message":"Data branching is not enabled for this database"}""")]
    public async Task A_seed_that_is_refused_names_the_permission_that_it_needs(int status, string body)
    {
        Peer.On($"POST {Database}/branches", Reply.Json(status, body));
        TokenIsGood();

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(() => CreateAsync(new BranchSeed.DataBranching()));

        Assert.Equal((Failure.PersonNeeded, true), (refusal.Failure, refusal.HadNoEffect));
        Assert.Contains("restore_production_branch_backup", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_latest_backup_is_the_one_that_was_completed_last_and_is_still_there()
    {
        Peer.On($"GET {Backups}", Reply.Json(200, """
            {"next_page":null,"data":[
              {"id":"k1","name":"monday","state":"success","completed_at":"2026-08-17T00:05:00Z","expires_at":null},
              {"id":"k2","name":"tuesday","state":"success","completed_at":"2026-08-18T00:05:00Z","expires_at":"9999-08-22T00:00:00Z"},
              {"id":"k3","name":"expired","state":"success","completed_at":"2026-08-19T00:05:00Z","expires_at":"2000-01-01T00:00:00Z"},
              {"id":"k4","name":"deleted","state":"success","completed_at":"2026-08-19T00:05:00Z","deleted_at":"2026-08-19T10:00:00Z"},
              {"id":"k5","name":"running","state":"running","created_at":"2026-08-19T00:05:00Z"},
              null]}
            """));

        Assert.Equal(
            new Backup("k2", "tuesday", new DateTimeOffset(2026, 8, 18, 0, 5, 0, TimeSpan.Zero), new DateTimeOffset(9999, 8, 22, 0, 0, 0, TimeSpan.Zero)),
            await Branches.FindLatestBackupAsync("shop", "main", CancellationToken.None));
    }

    [Fact]
    public async Task Without_a_backup_there_is_none()
    {
        Peer.On($"GET {Backups}", Reply.Json(200, """{"next_page":null,"data":[]}"""));

        Assert.Null(await Branches.FindLatestBackupAsync("shop", "main", CancellationToken.None));
    }

    [Fact]
    public async Task Backups_that_may_not_be_read_are_not_none()
    {
        Peer.On($"GET {Backups}", Reply.Json(404, NotFound));
        TokenIsGood();

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(() => Branches.FindLatestBackupAsync("shop", "main", CancellationToken.None));

        Assert.Contains("read_backups", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"allow_data_branching":true,"at_backup_restore_branches_limit":true,"development_branches_count":7}""", true, true, 7)]
    [InlineData("""{"allow_data_branching":null}""", false, false, null)]
    public async Task A_database_says_what_it_allows(string fields, bool allows, bool atLimit, int? branches)
    {
        Peer.On($"GET {Database}", Reply.Json(200, """{"name":"shop","default_branch":"main",""" + fields[1..]));

        var database = await Branches.GetDatabaseAsync("shop", CancellationToken.None);

        Assert.Equal((allows, atLimit, branches), (database.AllowsDataBranching, database.AtRestoreLimit, database.DevelopmentBranches));
    }

    private Task<Branch?> CreateAsync(BranchSeed seed) => Branches.CreateBranchAsync("shop", "sprint-42", "main", seed, CancellationToken.None);
}
