using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using IterationBranches.Sandbox.StandIns.AzureBoards;
using IterationBranches.Testing.Hands;

namespace IterationBranches.EndToEnd.Tests.StandIns;

public sealed partial class AzureBoardsStandInTests : IAsyncLifetime
{
    private const string Resource = "499b84ac-1321-427f-aa17-267ca6975798";
    private const string Iterations = "/contoso/Meridian/Payments/_apis/work/teamsettings/iterations?api-version=7.1";
    private const string Tree = "/contoso/Meridian/_apis/wit/classificationnodes/Iterations";

    private readonly SettableTime _clock = new(new DateTimeOffset(2026, 8, 26, 14, 0, 0, TimeSpan.Zero));
    private readonly AzureBoardsStandIn _boards;
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false });
    private readonly Guid _project;
    private readonly Guid _team;
    private readonly Guid _sprint41;
    private readonly Guid _sprint42;
    private readonly Guid _sprint44;

    public AzureBoardsStandInTests()
    {
        _boards = new AzureBoardsStandIn(_clock);
        _project = _boards.AddProject("Meridian");
        _team = _boards.AddTeam("Meridian", "Payments");
        _boards.AddIteration("Meridian", null, "Release 5", new(2026, 7, 13), new(2026, 10, 2));
        _sprint44 = _boards.AddIteration("Meridian", "Meridian\\Release 5", "Sprint 44 – Zahlungen (SEPA)");
        _sprint42 = _boards.AddIteration("Meridian", "Meridian\\Release 5", "Sprint 42", new(2026, 8, 24), new(2026, 9, 4));
        _sprint41 = _boards.AddIteration("Meridian", "Meridian\\Release 5", "Sprint 41", new(2026, 8, 10), new(2026, 8, 21));
        Select(_sprint44, _sprint42, _sprint41);
        _boards.AddPersonalAccessToken("pat", ["vso.work", "vso.project"]);
    }

    public async ValueTask InitializeAsync() => await _boards.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _boards.DisposeAsync();
    }

    [Fact]
    public async Task A_teams_iterations_have_ids_paths_dates_and_time_frames()
    {
        var list = await GetAsync(Iterations);

        Assert.Equal(3, list.GetProperty("count").GetInt32());
        Assert.Equal(
            $$"""
            {"id":"{{_sprint42}}","name":"Sprint 42","path":"Meridian\\Release 5\\Sprint 42","attributes":{"startDate":"2026-08-24T00:00:00Z","finishDate":"2026-09-04T00:00:00Z","timeFrame":"current"},"url":"{{_boards.Address}}contoso/{{_project}}/{{_team}}/_apis/work/teamsettings/iterations/{{_sprint42}}"}
            """,
            list.GetProperty("value")[1].GetRawText());
        Assert.Equal(
            [("Sprint 41", "past"), ("Sprint 42", "current"), ("Sprint 44 – Zahlungen (SEPA)", "future")],
            list.GetProperty("value").EnumerateArray().Select(NameAndTimeFrame));
        Assert.Equal(JsonValueKind.Null, list.GetProperty("value")[2].GetProperty("attributes").GetProperty("startDate").ValueKind);
    }

    [Theory]
    [InlineData("2026-09-04T23:59:59Z", "current")] // The finish day belongs to the sprint.
    [InlineData("2026-09-05T00:00:00Z", "past")]
    [InlineData("2026-08-24T00:00:00Z", "current")]
    [InlineData("2026-08-23T23:59:59Z", "future")]
    public async Task The_finish_day_is_inclusive_and_days_are_UTCs(string now, string expected)
    {
        _clock.Advance(DateTimeOffset.Parse(now) - _clock.GetUtcNow());

        var list = await GetAsync(Iterations);

        Assert.Contains(("Sprint 42", expected), list.GetProperty("value").EnumerateArray().Select(NameAndTimeFrame));
    }

    [Fact]
    public async Task Where_nothing_has_dates_the_first_is_said_to_be_current()
    {
        _boards.AddTeam("Meridian", "Fresh");
        foreach (var name in new[] { "Sprint 1", "Sprint 2" })
        {
            _boards.SelectForTeam("Meridian", "Fresh", _boards.AddIteration("Meridian", null, name));
        }

        var list = await GetAsync("/contoso/Meridian/Fresh/_apis/work/teamsettings/iterations?api-version=7.1");

        Assert.Equal([("Sprint 1", "current"), ("Sprint 2", "future")], list.GetProperty("value").EnumerateArray().Select(NameAndTimeFrame));
    }

    [Fact]
    public async Task The_time_frame_current_is_one_iteration_or_an_error_and_others_are_refused()
    {
        Assert.Equal("Sprint 42", (await GetAsync(Iterations + "&$timeframe=Current")).GetProperty("value")[0].GetProperty("name").GetString());

        var (status, body) = await RefusedAsync(Iterations + "&$timeframe=future");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(
            """{"$id":"1","innerException":null,"message":"Specified argument was out of the range of valid values.\r\nParameter name: timeframe","typeName":"System.ArgumentOutOfRangeException, mscorlib","typeKey":"ArgumentOutOfRangeException","errorCode":0,"eventId":0}""",
            body.GetRawText());

        _boards.DeselectForTeam("Meridian", "Payments", _sprint42);
        (status, body) = await RefusedAsync(Iterations + "&$timeframe=current");
        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Equal("CurrentIterationDoesNotExistException", body.GetProperty("typeKey").GetString());
    }

    [Fact]
    public async Task Projects_and_teams_are_found_by_id_or_name_in_any_case_and_the_first_team_is_the_default()
    {
        _boards.AddTeam("Meridian", "Empty");
        foreach (var path in new[] { $"{_project}/{_team}", "MERIDIAN/payments", "Meridian", $"{_project}" })
        {
            Assert.Equal(3, (await GetAsync($"/contoso/{path}/_apis/work/teamsettings/iterations?api-version=7.1")).GetProperty("count").GetInt32());
        }

        Assert.Equal(0, (await GetAsync("/contoso/Meridian/Empty/_apis/work/teamsettings/iterations?api-version=7.1")).GetProperty("count").GetInt32());
    }

    [Theory]
    [InlineData("Meridiam/Payments", "TF200016: The following project does not exist: Meridiam. ", "ProjectDoesNotExistWithNameException")]
    [InlineData("be9b3917-87e6-42a4-a549-2bc06a7a878f/Payments", "VS800075: ", "ProjectDoesNotExistException")]
    [InlineData("Meridian/Invoices", "The team with id 'Invoices' does not exist, or you do not have permission to access it.", "TeamNotFoundException")]
    public async Task What_is_missing_is_404_in_the_words_of_Azure_DevOps(string path, string message, string typeKey)
    {
        var (status, body) = await RefusedAsync($"/contoso/{path}/_apis/work/teamsettings/iterations?api-version=7.1");

        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.StartsWith(message, body.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(typeKey, body.GetProperty("typeKey").GetString());
        Assert.Equal("1", body.GetProperty("$id").GetString());
    }

    [Fact]
    public async Task The_tree_shows_children_only_to_the_depth_that_was_asked_for()
    {
        var bare = await GetAsync(Tree + "?api-version=7.1");
        Assert.True(bare.GetProperty("hasChildren").GetBoolean());
        Assert.False(bare.TryGetProperty("children", out _));
        Assert.Equal("\\Meridian\\Iteration", bare.GetProperty("path").GetString());

        var release = (await GetAsync(Tree + "?$depth=1&api-version=7.1")).GetProperty("children")[0];
        Assert.True(release.GetProperty("hasChildren").GetBoolean());
        Assert.False(release.TryGetProperty("children", out _));
        Assert.False(release.TryGetProperty("_links", out _));

        var sprints = (await GetAsync(Tree + "?$depth=14&api-version=7.1")).GetProperty("children")[0].GetProperty("children");
        Assert.False(sprints[0].TryGetProperty("attributes", out _));
        Assert.Equal(_sprint44, sprints[0].GetProperty("identifier").GetGuid());
        Assert.Equal("\\Meridian\\Iteration\\Release 5\\Sprint 44 – Zahlungen (SEPA)", sprints[0].GetProperty("path").GetString());
        Assert.EndsWith("/_apis/wit/classificationNodes/Iterations/Release%205/Sprint%2044%20%E2%80%93%20Zahlungen%20%28SEPA%29", sprints[0].GetProperty("url").GetString(), StringComparison.Ordinal);
        Assert.Equal("""{"startDate":"2026-08-24T00:00:00Z","finishDate":"2026-09-04T00:00:00Z"}""", sprints[1].GetProperty("attributes").GetRawText());
    }

    [Fact]
    public async Task A_subtree_is_found_by_its_path_and_an_unknown_one_is_404()
    {
        var sprint = await GetAsync(Tree + "/Release%205/sprint%2042?api-version=7.1");
        Assert.Equal(_sprint42, sprint.GetProperty("identifier").GetGuid());
        Assert.EndsWith("/Iterations/Release%205", sprint.GetProperty("_links").GetProperty("parent").GetProperty("href").GetString(), StringComparison.Ordinal);

        var (status, body) = await RefusedAsync(Tree + "/Release%206?api-version=7.1");
        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.StartsWith("VS402485: The Area/Iteration name is not recognized: Release 6", body.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Projects_come_in_hundreds_with_a_token()
    {
        for (var i = 1; i <= 100; i++)
        {
            _boards.AddProject($"Project {i}");
        }

        using var first = await SendAsync("/contoso/_apis/projects?api-version=7.1");
        var token = Assert.Single(first.Headers.GetValues("x-ms-continuationtoken"));
        using var second = await SendAsync($"/contoso/_apis/projects?api-version=7.1&continuationToken={token}");
        Assert.False(second.Headers.Contains("x-ms-continuationtoken"));
        Assert.Equal("Project 100", JsonElement.Parse(await second.Content.ReadAsStringAsync()).GetProperty("value")[0].GetProperty("name").GetString());
    }

    [Fact]
    public async Task Renaming_and_moving_change_the_path_and_keep_the_ids()
    {
        _boards.AddIteration("Meridian", null, "Archive");
        _boards.Rename("Meridian", _sprint41, "Sprint 41 (done)");
        _boards.Move("Meridian", _sprint41, "Meridian\\Archive");

        var moved = (await GetAsync(Iterations)).GetProperty("value")[0];
        Assert.Equal(_sprint41, moved.GetProperty("id").GetGuid());
        Assert.Equal("Meridian\\Archive\\Sprint 41 (done)", moved.GetProperty("path").GetString());

        _boards.RemoveIteration("Meridian", _sprint41);
        Assert.Equal(2, (await GetAsync(Iterations)).GetProperty("count").GetInt32());
        Assert.NotEqual(_sprint41, _boards.AddIteration("Meridian", "Meridian\\Archive", "Sprint 41 (done)"));
    }

    [Theory]
    [InlineData("Sprint 1/2")]
    [InlineData("What?")]
    [InlineData("..")]
    [InlineData("com1")]
    [InlineData("")]
    [InlineData("release 5")] // Taken, in another case.
    public void An_iteration_cannot_be_named_as_Boards_forbids(string name) =>
        Assert.Throws<ArgumentException>(() => _boards.AddIteration("Meridian", null, name));

    [Fact]
    public void An_iteration_has_both_dates_or_none()
    {
        Assert.Throws<ArgumentException>(() => _boards.SetDates("Meridian", _sprint42, new(2026, 1, 1), null));
        Assert.Throws<ArgumentException>(() => _boards.SetDates("Meridian", _sprint42, new(2026, 1, 2), new(2026, 1, 1)));
    }

    [Fact]
    public async Task Calls_are_counted_by_operation_with_and_without_a_team()
    {
        await GetAsync(Iterations);
        await GetAsync("/contoso/Meridian/_apis/work/teamsettings/iterations?api-version=7.1");

        Assert.Equal(["list_team_iterations", "list_default_team_iterations"], _boards.Calls.All.Select(call => call.Operation));
    }

    private void Select(params Guid[] iterations)
    {
        foreach (var iteration in iterations)
        {
            _boards.SelectForTeam("Meridian", "Payments", iteration);
        }
    }

    private static (string?, string?) NameAndTimeFrame(JsonElement iteration) =>
        (iteration.GetProperty("name").GetString(), iteration.GetProperty("attributes").GetProperty("timeFrame").GetString());

    private static AuthenticationHeaderValue Pat(string token) => new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($":{token}")));

    private async Task<JsonElement> GetAsync(string path)
    {
        using var response = await SendAsync(path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return JsonElement.Parse(await response.Content.ReadAsStringAsync());
    }

    private async Task<(HttpStatusCode Status, JsonElement Body)> RefusedAsync(string path)
    {
        using var response = await SendAsync(path);
        return (response.StatusCode, JsonElement.Parse(await response.Content.ReadAsStringAsync()));
    }

    private Task<HttpResponseMessage> SendAsync(string path, string accept) => SendAsync(path, Pat("pat"), accept: accept);

    private Task<HttpResponseMessage> SendAsync(string path) => SendAsync(path, Pat("pat"));

    private async Task<HttpResponseMessage> SendAsync(string path, AuthenticationHeaderValue? credential, bool suppress = true, string accept = "application/json")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_boards.Address, path));
        request.Headers.Authorization = credential;
        request.Headers.TryAddWithoutValidation("Accept", accept);
        if (suppress)
        {
            request.Headers.Add("X-TFS-FedAuthRedirect", "Suppress");
        }

        return await _http.SendAsync(request);
    }
}
