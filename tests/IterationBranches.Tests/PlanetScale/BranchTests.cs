using System.Globalization;
using IterationBranches.Branches;
using IterationBranches.PlanetScale;
using IterationBranches.Tests.Http;

namespace IterationBranches.Tests.PlanetScale;

public sealed class BranchTests : PlanetScalePeer
{
    private const string Pending = """
        {"id":"b7q3w9e5r1ty","type":"Branch","name":"sprint-42","created_at":"2026-08-20T08:00:00.000Z","kind":"mysql","state":"pending",
         "ready":false,"production":false,"deletion_protected":false,"parent_branch":"main","stale_schema":false,"restored_from_branch":null,"deleted_at":null,"vtgate_options":{},
         "actor":{"id":"s1t2u3v4w5x6","type":"ServiceToken","display_name":"sprint-branches"}}
        """;

    [Fact]
    public async Task A_request_carries_the_token_without_a_scheme()
    {
        Peer.On($"GET {Database}", Reply.Json(200, """{"id":"d1","name":"shop","default_branch":"main"}"""));

        await Branches.GetDatabaseAsync("shop", CancellationToken.None);

        var headers = Peer.Received.Single().Headers;
        Assert.Equal($"tk1tk2tk3tk4:{SomeSettings.ServiceToken}", headers["Authorization"]);
        Assert.Equal("application/json", headers["Accept"]);
        Assert.Matches(@"^IterationBranches/\d+\.\d+\.\d+$", headers["User-Agent"]);
    }

    [Fact]
    public async Task A_token_that_ends_with_a_line_break_is_sent_without_it()
    {
        using var wiring = new Wiring(Peer, SomeSettings.Of(serviceToken: SomeSettings.ServiceToken + "\n"), services => services.AddPlanetScale());
        Peer.On($"GET {Database}", Reply.Json(200, """{"id":"d1","name":"shop","default_branch":"main"}"""));

        await wiring.Get<IBranchProvider>().GetDatabaseAsync("shop", CancellationToken.None);

        Assert.Equal($"tk1tk2tk3tk4:{SomeSettings.ServiceToken}", Peer.Received.Single().Headers["Authorization"]);
    }

    [Fact]
    public void A_redirect_is_never_followed()
    {
        using var wiring = new Wiring(null, SomeSettings.Of(), services => services.AddPlanetScale());

        Assert.False(Assert.IsType<SocketsHttpHandler>(wiring.Innermost(nameof(IPlanetScaleApi))).AllowAutoRedirect);
    }

    /// <summary>What is sent for a database, and what it means. Only the name and the default branch are needed.</summary>
    [Theory]
    [InlineData("""{"kind":"mysql","ready":true,"at_development_branch_usage_limit":false,"plan":"new","region":{"x":[1]}}""", DatabaseKind.MySql, true, false)]
    [InlineData("""{"kind":"postgresql","ready":false,"at_development_branch_usage_limit":true}""", DatabaseKind.Postgres, false, true)]
    [InlineData("""{"kind":"horizondb","state":"dreaming"}""", DatabaseKind.Unknown, false, false)]
    [InlineData("""{"state":"ready"}""", DatabaseKind.Unknown, true, false)]
    [InlineData("""{"kind":null,"ready":null,"at_development_branch_usage_limit":null}""", DatabaseKind.Unknown, false, false)]
    public async Task A_database_is_read_from_what_is_there(string fields, DatabaseKind kind, bool ready, bool atLimit)
    {
        Peer.On($"GET {Database}", Reply.Json(
            200, """{"id":"d1","name":"shop","default_branch":"main",""" + fields[1..], ("Date", "Thu, 20 Aug 2026 08:00:00 GMT")));

        Assert.Equal(
            new Database("shop", kind, "main", ready, atLimit, new DateTimeOffset(2026, 8, 20, 8, 0, 0, TimeSpan.Zero)),
            await Branches.GetDatabaseAsync("shop", CancellationToken.None));
    }

    [Fact]
    public async Task Without_a_date_header_our_own_clock_is_taken()
    {
        Peer.On($"GET {Database}", Reply.Json(200, """{"id":"d1","name":"shop","default_branch":"main"}"""));

        Assert.Equal(Wiring.Time.GetUtcNow(), (await Branches.GetDatabaseAsync("shop", CancellationToken.None)).AsOf);
    }

    [Fact]
    public async Task A_database_without_its_default_branch_is_not_understood()
    {
        Peer.On($"GET {Database}", Reply.Json(200, """{"id":"d1","name":"shop"}"""));

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(() => Branches.GetDatabaseAsync("shop", CancellationToken.None));

        Assert.Equal(Failure.Transient, refusal.Failure);
        Assert.Contains("default_branch", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("my shop/prod?", "my%20shop%2Fprod%3F")]
    [InlineData("größe", "gr%C3%B6%C3%9Fe")]
    [InlineData(@"a\b", "a%5Cb")]
    public async Task Every_part_of_a_path_is_escaped(string database, string escaped)
    {
        Peer.On($"GET /v1/organizations/acme/databases/{escaped}", Reply.Json(200, """{"id":"d1","name":"x","default_branch":"main"}"""));

        await Branches.GetDatabaseAsync(database, CancellationToken.None);

        Peer.AssertAllAsked();
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    public async Task A_name_that_would_lead_elsewhere_is_not_sent(string database)
    {
        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(() => Branches.GetDatabaseAsync(database, CancellationToken.None));

        Assert.Equal(Failure.PersonNeeded, refusal.Failure);
        Assert.Empty(Peer.Received);
    }

    [Fact]
    public async Task All_pages_are_read()
    {
        Peer
            .On($"GET {Database}/branches?page=1&per_page=100", Reply.Json(
                200, """{"current_page":1,"next_page":2,"data":[{"id":"m1","name":"main","production":true,"ready":true,"deletion_protected":true,"created_at":"2026-01-05T09:00:00Z"},null]}"""))
            .On($"GET {Database}/branches?page=2&per_page=100", Reply.Json(
                200, $$"""{"type":"list","next_page":null,"data":[{"id":"m1","name":"main"},{{Pending}}]}"""));

        Assert.Equal(
        [
            new("m1", "main", null, true, true, true, new DateTimeOffset(2026, 1, 5, 9, 0, 0, TimeSpan.Zero), null) { StaleSchema = true },
            new("b7q3w9e5r1ty", "sprint-42", "main", false, false, false, new DateTimeOffset(2026, 8, 20, 8, 0, 0, TimeSpan.Zero), "s1t2u3v4w5x6"),
        ], await Branches.ListBranchesAsync("shop", CancellationToken.None));
        Peer.AssertAllAsked();
    }

    [Fact]
    public async Task What_a_branch_does_not_say_forbids_more()
    {
        Peer.On($"GET {Database}/branches?page=1&per_page=100", Reply.Json(
            200, """{"data":[{"id":"b1","name":"x","state":"ready"},{"id":"b2","name":"y","state":"brand_new","parent_branch":"","actor":null}]}"""));

        Assert.Equal(
        [
            new("b1", "x", null, true, true, true, DateTimeOffset.UnixEpoch, null) { StaleSchema = true },
            new("b2", "y", null, false, true, true, DateTimeOffset.UnixEpoch, null) { StaleSchema = true },
        ], await Branches.ListBranchesAsync("shop", CancellationToken.None));
    }

    /// <summary>A half list is never returned: what is missing from a list is taken to be gone.</summary>
    [Theory]
    [InlineData("""{"next_page":null}""")]
    [InlineData("""{"next_page":1,"data":[]}""")]
    [InlineData("""{"next_page":0,"data":[]}""")]
    [InlineData("""{"data":[{"name":"x"}]}""")]
    [InlineData("""{"data":[{"id":"b1"}]}""")]
    [InlineData("""[]""")]
    [InlineData("")]
    [InlineData("<html>")]
    public async Task A_list_that_is_not_understood_is_a_failure(string body)
    {
        Peer.On($"GET {Database}/branches?page=1&per_page=100", Reply.Json(200, body));

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(() => Branches.ListBranchesAsync("shop", CancellationToken.None));

        Assert.Equal(Failure.Transient, refusal.Failure);
    }

    [Fact]
    public async Task A_list_without_end_ends()
    {
        for (var page = 1; page <= 200; page++)
        {
            var next = (page + 1).ToString(CultureInfo.InvariantCulture);
            Peer.On($"GET {Database}/branches?page={page}&per_page=100", Reply.Json(200, $$"""{"next_page":{{next}},"data":[]}"""));
        }

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(() => Branches.ListBranchesAsync("shop", CancellationToken.None));

        Assert.Equal(Failure.PersonNeeded, refusal.Failure);
    }

    [Fact]
    public async Task A_failure_on_a_later_page_is_a_failure_of_the_list()
    {
        Peer
            .On($"GET {Database}/branches?page=1&per_page=100", Reply.Json(200, $$"""{"next_page":2,"data":[{{Pending}}]}"""))
            .On($"GET {Database}/branches?page=2&per_page=100", Reply.Empty(429));

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(() => Branches.ListBranchesAsync("shop", CancellationToken.None));

        Assert.Equal(Failure.ToldToWait, refusal.Failure);
    }

    [Fact]
    public async Task A_branch_is_created_with_its_name_and_parent_and_nothing_else()
    {
        Peer.On($"POST {Database}/branches", Reply.Json(201, Pending));

        var branch = await Branches.CreateBranchAsync("shop", "sprint-42", "main", seed: null, CancellationToken.None);

        Assert.Equal(("b7q3w9e5r1ty", false, "s1t2u3v4w5x6"), (branch?.Id, branch?.Ready, branch?.ActorId));
        Assert.Equal("""{"name":"sprint-42","parent_branch":"main"}""", Peer.Received.Single().Body);
        Assert.StartsWith("application/json", Peer.Received.Single().Headers["Content-Type"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(422, """{"code":"unprocessable","message":"Name has already been taken"}""")]
    [InlineData(409, """{"code":"conflict","message":"A branch with this name ALREADY EXISTS."}""")]
    [InlineData(400, """{"code":"bad_request","message":"Branch already exists"}""")]
    [InlineData(422, """{"errors":[{"name":"name","errors":["has already been taken"]}]}""")]
    public async Task A_name_that_is_taken_is_no_branch(int status, string body)
    {
        Peer.On($"POST {Database}/branches", Reply.Json(status, body));

        Assert.Null(await Branches.CreateBranchAsync("shop", "sprint-42", "main", seed: null, CancellationToken.None));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(403)]
    public async Task The_same_words_with_another_status_are_a_failure(int status)
    {
        Peer.On($"POST {Database}/branches", Reply.Json(status, """{"message":"Name has already been taken"}"""));

        await Assert.ThrowsAsync<PlanetScaleException>(() => Branches.CreateBranchAsync("shop", "sprint-42", "main", seed: null, CancellationToken.None));
    }

    [Fact]
    public async Task A_database_that_is_initializing_is_waited_for()
    {
        Peer.On($"POST {Database}/branches", Reply.Json(
            400, """{"code":"bad_request","message":"Database is still initializing and cannot create branches."}"""));

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(() => Branches.CreateBranchAsync("shop", "sprint-42", "main", seed: null, CancellationToken.None));

        Assert.Equal((Failure.ToldToWait, TimeSpan.FromSeconds(60)), (refusal.Failure, refusal.RetryAfter));
    }
}
