using IterationBranches.PlanetScale;
using IterationBranches.Tests.Http;

namespace IterationBranches.Tests.PlanetScale;

/// <summary>What is asked before a branch is deleted, and the deletion.</summary>
public sealed class RetirementTests : PlanetScalePeer
{
    private const string List = $"GET {Database}/branches?page=1&per_page=100";
    private const string Branch = $"GET {Database}/branches/b1";
    private const string Requests = $"GET {Database}/deploy-requests?state=open&page=1&per_page=100";

    private static readonly Branches.Branch s_main = new("m1", "main", null, Ready: true, Production: true, Protected: true, DateTimeOffset.UnixEpoch, "somebody");
    private static readonly Branches.Branch s_sprint = new("b1", "sprint-42", "main", Ready: true, Production: false, Protected: false, DateTimeOffset.UnixEpoch, "us");

    [Fact]
    public async Task A_branch_is_deleted_by_its_id_and_never_with_its_descendants()
    {
        Peer.On($"DELETE {Database}/branches/b1", Reply.Empty(204));

        await DeleteAsync();

        Assert.Single(Peer.Received);
    }

    [Fact]
    public async Task A_branch_that_cannot_be_read_either_is_gone()
    {
        Peer.On($"DELETE {Database}/branches/b1", Reply.Json(404, NotFound)).On(Branch, Reply.Json(404, NotFound));
        TokenIsGood();

        await DeleteAsync();

        Peer.AssertAllAsked();
    }

    [Theory]
    [InlineData(false, "lacks the permission delete_branch on")]
    [InlineData(true, "lacks the permission delete_production_branch on")]
    public async Task A_branch_that_can_still_be_read_needs_a_permission(bool production, string says)
    {
        Peer.On($"DELETE {Database}/branches/b1", Reply.Json(404, NotFound)).On(Branch, Reply.Json(200, """{"id":"b1","name":"sprint-42"}"""));

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(() =>
            Branches.DeleteBranchAsync("shop", s_sprint with { Production = production }, CancellationToken.None));

        Assert.Equal((Failure.PersonNeeded, 404), (refusal.Failure, refusal.Status));
        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_is_not_known_any_more_does_not_make_a_branch_gone()
    {
        Peer
            .On($"DELETE {Database}/branches/b1", Reply.Json(404, NotFound))
            .On(Branch, Reply.Json(404, NotFound))
            .On("GET /v1/organizations?page=1&per_page=100", Reply.Json(401, """{"code":"unauthorized","message":"Unauthorized"}"""));

        Assert.Contains("PlanetScale__ServiceToken", (await Assert.ThrowsAsync<PlanetScaleException>(DeleteAsync)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(422, Failure.PersonNeeded)]
    [InlineData(403, Failure.PersonNeeded)]
    [InlineData(423, Failure.Transient)]
    [InlineData(429, Failure.ToldToWait)]
    public async Task A_deletion_that_was_refused_has_failed(int status, Failure failure)
    {
        Peer.On($"DELETE {Database}/branches/b1", Reply.Json(status, """{"code":"x","message":"The default branch cannot be deleted"}"""));

        Assert.Equal(failure, (await Assert.ThrowsAsync<PlanetScaleException>(DeleteAsync)).Failure);
    }

    [Fact]
    public async Task A_branch_on_its_way_out_says_so()
    {
        Peer.On(List, Reply.Json(200, """{"data":[{"id":"b1","name":"x","deleted_at":"2026-08-20T08:00:00Z"},{"id":"b2","name":"y","deleted_at":null}]}"""));

        Assert.Equal([true, false], (await Branches.ListBranchesAsync("shop", CancellationToken.None)).Select(branch => branch.Deleting));
    }

    [Fact]
    public async Task The_open_deploy_requests_are_those_from_the_branch_and_into_it_whatever_it_was_called()
    {
        Peer.On(Requests, Reply.Json(200, """
            {"next_page":null,"data":[
              {"number":1,"branch":"sprint-42","branch_id":"b1","into_branch":"main","state":"open"},
              {"number":2,"branch":"its-former-name","branch_id":"b1","into_branch":"main","state":"open"},
              {"number":3,"branch":"other","branch_id":"b2","into_branch":"sprint-42","state":"open"},
              {"number":4,"branch":"other","branch_id":"b2","into_branch":"main","state":"open"},
              {"number":5,"branch":"sprint-42","branch_id":"b1","into_branch":"main","state":"closed"},
              {"number":6,"branch":"sprint-42"}]}
            """));

        Assert.Equal(
            [new(1, "sprint-42", "main"), new(2, "its-former-name", "main"), new(3, "other", "sprint-42"), new(6, "sprint-42", "")],
            await Branches.ListOpenDeployRequestsAsync("shop", s_sprint, CancellationToken.None));
    }

    [Fact]
    public async Task Deploy_requests_that_may_not_be_read_are_not_none()
    {
        Peer.On(Requests, Reply.Json(404, NotFound));
        TokenIsGood();

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(() => Branches.ListOpenDeployRequestsAsync("shop", s_sprint, CancellationToken.None));

        Assert.Contains("read_deploy_request", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>The branch's tables, the parent's, and the names of those that differ. Both are JSON arrays of name and definition.</summary>
    [Theory]
    [InlineData("orders:a", "orders:a", "")]
    [InlineData("", "", "")]
    [InlineData("orders:a items:b", "items:b orders:a", "")]
    [InlineData("orders:a items:b", "orders:a", "items")]
    [InlineData("orders:a", "orders:a items:b", "")] // What the parent got later is not lost with the branch.
    [InlineData("orders:a", "orders:b", "orders")]
    [InlineData("orders:a orders:a", "orders:a", "orders")] // The same table in two keyspaces.
    [InlineData("orders:a", "orders:a orders:a", "")]
    [InlineData("orders:a_AUTO_INCREMENT=57", "orders:a", "")] // How far it has counted.
    [InlineData("orders:a_COMMENT='57'", "orders:a", "orders")]
    public async Task What_the_branch_alone_has_is_a_difference(string mine, string theirs, string differ)
    {
        SchemaIs("b1", mine);
        SchemaIs("m1", theirs);

        var difference = await Branches.CompareSchemaAsync("shop", s_sprint, s_main, CancellationToken.None);

        Assert.Equal(differ, string.Join(' ', difference.Tables));
        Assert.Equal(differ.Length == 0, difference.IsEqual);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Schemas_that_are_stale_are_not_known_to_be_equal(bool mine, bool theirs)
    {
        SchemaIs("b1", "orders:a");
        SchemaIs("m1", "orders:a");

        var difference = await Branches.CompareSchemaAsync("shop", s_sprint with { StaleSchema = mine }, s_main with { StaleSchema = theirs }, CancellationToken.None);

        Assert.True(difference.IsStale);
        Assert.False(difference.IsEqual);
    }

    [Fact]
    public async Task Without_a_parent_every_table_differs()
    {
        SchemaIs("b1", "orders:a items:b");

        Assert.Equal(["items", "orders"], (await Branches.CompareSchemaAsync("shop", s_sprint, parent: null, CancellationToken.None)).Tables);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"data":[{"name":"orders"}]}""")]
    [InlineData("""{"data":[{"raw":"x"}]}""")]
    public async Task A_schema_that_is_not_understood_is_equal_to_none(string body)
    {
        Peer.On($"GET {Database}/branches/b1/schema", Reply.Json(200, body));

        Assert.Equal(Failure.Transient, (await Assert.ThrowsAsync<PlanetScaleException>(() =>
            Branches.CompareSchemaAsync("shop", s_sprint, s_main, CancellationToken.None))).Failure);
    }

    private void SchemaIs(string branchId, string tables) => Peer.On($"GET {Database}/branches/{branchId}/schema", Reply.Json(200, $$"""
        {"data":[{{string.Join(',', tables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(table => table.Split(':')).Select(table =>
            $$"""{"name":"{{table[0]}}","html":"","raw":"CREATE TABLE {{table[1].Replace('_', ' ').Replace("AUTO INCREMENT", "AUTO_INCREMENT", StringComparison.Ordinal)}}"}"""))}}]}
        """));

    private Task DeleteAsync() => Branches.DeleteBranchAsync("shop", s_sprint, CancellationToken.None);
}
