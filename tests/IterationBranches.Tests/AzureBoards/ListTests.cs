using System.Text;
using IterationBranches.AzureBoards;
using IterationBranches.Configuration;
using IterationBranches.Iterations;
using IterationBranches.Tests.Http;

namespace IterationBranches.Tests.AzureBoards;

public sealed class ListTests : IDisposable
{
    private const string Team = "GET /contoso/Meridian/Payments/_apis/work/teamsettings/iterations?api-version=7.1";
    private const string Tree = "GET /contoso/Meridian/_apis/wit/classificationnodes/Iterations?$depth=14&api-version=7.1";

    private readonly HttpPeer _peer = new();
    private Wiring? _wiring;

    public void Dispose()
    {
        _wiring?.Dispose();
        _peer.Dispose();
    }

    [Fact]
    public async Task A_team_has_its_dated_and_its_undated_iterations()
    {
        _peer.On(Team, Reply.Json(200, await BoardsPayload.ReadAsync("teamiterations")));

        Assert.Equal(
        [
            new(new("9c3e7b50-4a12-4f8d-a6e9-1b7d5c0f2e38"), "Sprint 41", @"Meridian\Release 5\Sprint 41", new(2026, 8, 10), new(2026, 8, 21)),
            new(new("2a6f9d84-c05b-4e71-93fa-7e1c8b4d6029"), "Sprint 42", @"Meridian\Release 5\Sprint 42", new(2026, 8, 24), new(2026, 9, 4)),
            new(new("b7410e9f-3d6c-4825-8f1e-5a9c2d7b0e64"), "Sprint 43", @"Meridian\Release 5\Sprint 43", new(2026, 9, 7), new(2026, 9, 18)),
            new(
                new("f18c5a3e-92d7-4b60-a4c3-6e0b8d1f7529"), "Sprint 44 – Zahlungen (SEPA)",
                @"Meridian\Release 5\Sprint 44 – Zahlungen (SEPA)", null, null),
        ], await ListAsync(BoardsPayload.Track()));
    }

    [Fact]
    public async Task A_tree_has_everything_below_its_root_in_the_teams_dialect()
    {
        _peer.On(Tree, Reply.Json(200, await BoardsPayload.ReadAsync("classificationnodes")));

        var iterations = await ListAsync(BoardsPayload.Track(root: ""));

        Assert.Equal(
        [
            @"Meridian\Release 5 2026-07-13 2026-10-02",
            @"Meridian\Release 5\Sprint 41 2026-08-10 2026-08-21",
            @"Meridian\Release 5\Sprint 42 2026-08-24 2026-09-04",
            @"Meridian\Release 5\Sprint 43 2026-09-07 2026-09-18",
            @"Meridian\Release 5\Sprint 44 – Zahlungen (SEPA)  ",
            @"Meridian\Release 6  ",
            @"Meridian\Release 6\Hardening  ",
            @"Meridian\Backlog  ",
        ], iterations.Select(iteration => $"{iteration.Path} {iteration.Start:yyyy-MM-dd} {iteration.Finish:yyyy-MM-dd}"));
        Assert.Equal(new Guid("2a6f9d84-c05b-4e71-93fa-7e1c8b4d6029"), iterations[2].Id);
    }

    /// <summary>The track's words, and the path that is asked for. A separator separates; everything else is escaped.</summary>
    [Theory]
    [InlineData("Meridian", null, null, "Meridian/_apis/work/teamsettings/iterations?api-version=7.1")]
    [InlineData("Web Shop", "Ä/B?c#d%e", null, "Web%20Shop/%C3%84%2FB%3Fc%23d%25e/_apis/work/teamsettings/iterations?api-version=7.1")]
    [InlineData("Web", null, @"Release 5\Sprint – 1", "Web/_apis/wit/classificationnodes/Iterations/Release%205/Sprint%20%E2%80%93%201?$depth=14&api-version=7.1")]
    [InlineData("Web", "ignored", @"\a/b\", "Web/_apis/wit/classificationnodes/Iterations/a/b?$depth=14&api-version=7.1")]
    public async Task Every_part_of_a_path_is_escaped(string project, string? team, string? root, string path)
    {
        _peer.On($"GET /contoso/{path}", Reply.Json(200, root is null
            ? """{"count":0,"value":[]}"""
            : """{"identifier":"5d8f2a1c-7e94-4036-b1d8-0c6a9e3f7b25","name":"a","hasChildren":false,"path":"\\Web\\Iteration\\a"}"""));

        Assert.Empty(await ListAsync(BoardsPayload.Track(project, team, root)));

        _peer.AssertAllAsked();
    }

    [Theory]
    [InlineData("..", null)]
    [InlineData(" ", null)]
    [InlineData("Web", "..")]
    public async Task A_name_that_would_lead_elsewhere_is_not_sent(string project, string? team)
    {
        var refusal = await Assert.ThrowsAsync<AzureBoardsException>(() => ListAsync(BoardsPayload.Track(project, team)));

        Assert.Equal(Failure.PersonNeeded, refusal.Failure);
        Assert.Contains("Tracks__orders__Project", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(_peer.Received);
    }

    [Fact]
    public async Task A_request_carries_the_token_and_asks_for_no_sign_in_page()
    {
        _peer.On(Team, Reply.Json(200, """{"value":[]}"""));

        await ListAsync(BoardsPayload.Track());

        var headers = _peer.Received.Single().Headers;
        Assert.Equal($"Basic {Convert.ToBase64String(Encoding.ASCII.GetBytes($":{SomeSettings.PersonalAccessToken}"))}", headers["Authorization"]);
        Assert.Equal("Suppress", headers["X-TFS-FedAuthRedirect"]);
        Assert.Equal("application/json", headers["Accept"]);
        Assert.Matches(@"^IterationBranches/\d+\.\d+\.\d+$", headers["User-Agent"]);
    }

    [Fact]
    public async Task Without_a_personal_access_token_the_identity_is_asked()
    {
        _peer.On(Team, Reply.Json(200, """{"value":[]}"""));

        await ListAsync(BoardsPayload.Track(), personalAccessToken: null);

        Assert.Equal($"Bearer {FakeIdentity.Token}", _peer.Received.Single().Headers["Authorization"]);
    }

    [Fact]
    public void A_redirect_is_never_followed()
    {
        _wiring = new Wiring(null, SomeSettings.Of(), services => services.AddAzureBoards());

        Assert.False(Assert.IsType<SocketsHttpHandler>(_wiring.Innermost(nameof(IAzureBoardsApi))).AllowAutoRedirect);
    }

    /// <summary>What is odd, in a team's list, and what comes of it.</summary>
    [Theory]
    [InlineData("""null,ONE,null""", "Sprint 1 | P\\Sprint 1 |  | ")] // As errorPolicy=omit leaves them.
    [InlineData("""ONE,{"id":"11111111-0000-0000-0000-000000000000","name":"Again","path":"P\\Again"}""", "Sprint 1 | P\\Sprint 1 |  | ")]
    [InlineData("""{"id":"21111111-0000-0000-0000-000000000000","name":"S","path":"P\\Iteration\\S"}""", "S | P\\Iteration\\S |  | ")] // A release of that name.
    [InlineData("""{"id":"21111111-0000-0000-0000-000000000000","name":"S","path":"\\P\\S"}""", "S | P\\S |  | ")]
    [InlineData("""{"ID":"21111111-0000-0000-0000-000000000000","Name":"S","Path":"P\\S"}""", "S | P\\S |  | ")]
    [InlineData("""DATED("2026-08-24T00:00:00Z",null)""", "S | P\\S | 2026-08-24 | ")]
    [InlineData("""DATED(null,"2026-08-24T00:00:00Z")""", "S | P\\S |  | 2026-08-24")]
    [InlineData("""DATED("2026-08-24T00:00:00+00:00","2026-09-04T23:59:59Z")""", "S | P\\S | 2026-08-24 | 2026-09-04")]
    [InlineData("""DATED("2026-08-24T00:00:00","2026-09-04")""", "S | P\\S | 2026-08-24 | 2026-09-04")]
    [InlineData("""DATED("0001-01-01T00:00:00","0001-01-01T00:00:00Z")""", "S | P\\S |  | ")]
    public async Task Odd_entries_are_understood(string entries, string expected)
    {
        _peer.On(Team, Reply.Json(200, Expand(entries)));

        var iteration = Assert.Single(await ListAsync(BoardsPayload.Track()));

        Assert.Equal(expected, $"{iteration.Name} | {iteration.Path} | {iteration.Start:yyyy-MM-dd} | {iteration.Finish:yyyy-MM-dd}");
    }

    /// <summary>An answer that is not understood is never an empty list.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"count":0,"value":null}""")]
    [InlineData("""{"count":0,"values":[]}""")] // As the documentation's sample has it.
    [InlineData("""{"value":[{"name":"S","path":"P\\S"}]}""")]
    [InlineData("""{"value":[{"id":"21111111-0000-0000-0000-000000000000","path":"P\\S"}]}""")]
    [InlineData("""{"value":[{"id":"21111111-0000-0000-0000-000000000000","name":"S"}]}""")]
    [InlineData("""{"value":[{"id":"x","name":"S","path":"P\\S"}]}""")]
    [InlineData("""{"value":[{"id":"21111111-0000-0000-0000-000000000000","name":"S","path":"P\\S","attributes":{"startDate":"soon"}}]}""")]
    public async Task An_answer_that_is_not_understood_is_a_failure(string body)
    {
        _peer.On(Team, Reply.Json(200, body));

        var refusal = await Assert.ThrowsAsync<AzureBoardsException>(() => ListAsync(BoardsPayload.Track()));

        Assert.Equal(Failure.Transient, refusal.Failure);
    }

    [Theory]
    [InlineData("""{"name":"P","hasChildren":false}""")]
    [InlineData("""{"identifier":"5d8f2a1c-7e94-4036-b1d8-0c6a9e3f7b25","name":"P","hasChildren":true}""")] // As without $depth.
    public async Task A_tree_without_its_branches_is_a_failure(string body)
    {
        _peer.On(Tree, Reply.Json(200, body));

        Assert.Equal(Failure.Transient, (await Assert.ThrowsAsync<AzureBoardsException>(() => ListAsync(BoardsPayload.Track(root: "")))).Failure);
    }

    [Fact]
    public async Task In_a_tree_the_second_part_of_a_path_goes_whatever_it_says()
    {
        _peer.On(Tree, Reply.Json(200, """
            {"identifier":"5d8f2a1c-7e94-4036-b1d8-0c6a9e3f7b25","name":"P","hasChildren":true,"path":"\\P\\Iteration","children":[null,
              {"identifier":"11111111-0000-0000-0000-000000000000","name":"Iteration","hasChildren":false,"path":"\\P\\Iteration\\Iteration"},
              {"identifier":"21111111-0000-0000-0000-000000000000","name":"S","hasChildren":false,"path":"\\P\\Wiederholung\\Iteration\\S"}]}
            """));

        Assert.Equal([@"P\Iteration", @"P\Iteration\S"], (await ListAsync(BoardsPayload.Track(root: ""))).Select(iteration => iteration.Path));
    }

    [Fact]
    public async Task A_byte_order_mark_is_skipped()
    {
        _peer.On(Team, Reply.Json(200, "\uFEFF" + Expand("ONE")));

        Assert.Single(await ListAsync(BoardsPayload.Track()));
    }

    private static string Expand(string entries)
    {
        const string Id = "\"id\":\"21111111-0000-0000-0000-000000000000\",\"name\":\"S\",\"path\":\"P\\\\S\"";
        var text = entries.Replace("ONE", """{"id":"11111111-0000-0000-0000-000000000000","name":"Sprint 1","path":"P\\Sprint 1"}""", StringComparison.Ordinal);
        if (text.StartsWith("DATED(", StringComparison.Ordinal))
        {
            var dates = text["DATED(".Length..^1].Split(',');
            text = $$"""{{{Id}},"attributes":{"startDate":{{dates[0]}},"finishDate":{{dates[1]}},"timeFrame":"current","other":[1]} }""";
        }

        return $$"""{"count":1,"value":[{{text}}]}""";
    }

    private Task<IReadOnlyList<Iteration>> ListAsync(Track track, string? personalAccessToken = SomeSettings.PersonalAccessToken)
    {
        _wiring = new Wiring(_peer, SomeSettings.Of(personalAccessToken), services => services.AddAzureBoards(() => 0.5));
        return _wiring.Get<IIterationSource>().ListAsync(track, CancellationToken.None);
    }
}

internal static class BoardsPayload
{
    public static Task<string> ReadAsync(string name) =>
        File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Payloads", "azure-devops", $"{name}.json"));

    public static Track Track(string project = "Meridian", string? team = "Payments", string? root = null) => new()
    {
        Name = "orders",
        Project = project,
        Team = team,
        IterationRoot = root,
        Database = "shop",
        Alias = "ConnectionStrings--orders",
        Retire = Retirement.Keep,
    };
}
