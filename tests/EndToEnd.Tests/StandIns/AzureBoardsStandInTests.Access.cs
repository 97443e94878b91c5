using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using IterationBranches.Sandbox.StandIns;
using IterationBranches.Testing.Faults;

namespace IterationBranches.EndToEnd.Tests.StandIns;

// Who is let in, with which version, and how what is too much is answered.
public sealed partial class AzureBoardsStandInTests
{
    [Theory]
    [InlineData("Basic", "OnBhdA==x")]
    [InlineData("Basic", "cGF0")] // No colon before the token.
    [InlineData("Basic", "OndhdA==")] // :wat
    [InlineData("Bearer", "pat")]
    [InlineData(null, null)]
    public async Task A_bad_credential_gets_a_sign_in_page_with_a_status_of_success(string? scheme, string? parameter)
    {
        var credential = scheme is null ? null : new AuthenticationHeaderValue(scheme, parameter);

        using var page = await SendAsync(Iterations, credential, suppress: false);
        Assert.Equal(HttpStatusCode.NonAuthoritativeInformation, page.StatusCode);
        Assert.True(page.IsSuccessStatusCode);
        Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);

        using var refusal = await SendAsync(Iterations, credential);
        Assert.Equal(HttpStatusCode.Unauthorized, refusal.StatusCode);
        Assert.Contains("%20", Assert.Single(refusal.Headers.GetValues("X-TFS-ServiceError")), StringComparison.Ordinal);
        var body = JsonElement.Parse(await refusal.Content.ReadAsStringAsync());
        Assert.StartsWith("TF400813", body.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("UnauthorizedRequestException", body.GetProperty("typeKey").GetString());
    }

    [Fact]
    public async Task An_expired_token_says_so_in_the_header()
    {
        _boards.AddPersonalAccessToken("old", ["vso.work"], _clock.GetUtcNow());

        using var refusal = await SendAsync(Iterations, Pat("old"));

        Assert.Equal("Access%20Denied%3A%20The%20Personal%20Access%20Token%20used%20has%20expired.", Assert.Single(refusal.Headers.GetValues("X-TFS-ServiceError")));
    }

    [Fact]
    public async Task A_token_reads_only_within_its_scopes()
    {
        _boards.AddPersonalAccessToken("code", ["vso.code"]);
        _boards.AddPersonalAccessToken("work", ["vso.work"]);

        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(Iterations, Pat("code"))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(Iterations, Pat("work"))).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync("/contoso/_apis/projects?api-version=7.1", Pat("work"))).StatusCode);
    }

    [Fact]
    public async Task An_Entra_token_opens_only_to_a_principal_that_was_added_and_only_for_Azure_DevOps()
    {
        var now = _clock.GetUtcNow();
        var token = new AuthenticationHeaderValue("Bearer", StandInTokens.Issue(Resource, "app", now, TimeSpan.FromHours(1)));
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(Iterations, token)).StatusCode);

        _boards.AddUser("app");
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(Iterations, token)).StatusCode);
        Assert.Equal("app", _boards.Calls.All[^1].Principal);

        var forTheVault = new AuthenticationHeaderValue("Bearer", StandInTokens.Issue("https://vault.azure.net", "app", now, TimeSpan.FromHours(1)));
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(Iterations, forTheVault)).StatusCode);

        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(Iterations, token)).StatusCode);
    }

    [Fact]
    public async Task Without_permission_a_project_is_missing_and_the_list_is_empty()
    {
        _boards.AddUser("guest", []);
        var token = new AuthenticationHeaderValue("Bearer", StandInTokens.Issue(Resource, "guest", _clock.GetUtcNow(), TimeSpan.FromHours(1)));

        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(Iterations, token)).StatusCode);
        using var list = await SendAsync("/contoso/_apis/projects?api-version=7.1", token);
        Assert.Equal("""{"count":0,"value":[]}""", await list.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("", "VssVersionNotSpecifiedException")]
    [InlineData("?api-version=8.0", "VssVersionOutOfRangeException")]
    [InlineData("?api-version=6.0", "VssVersionOutOfRangeException")]
    [InlineData("?api-version=latest", "VssVersionOutOfRangeException")]
    [InlineData("?api-version=7.2", "VssInvalidPreviewVersionException")]
    public async Task A_version_is_asked_for_and_checked(string query, string typeKey)
    {
        var (status, body) = await RefusedAsync(Tree + query);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(typeKey, body.GetProperty("typeKey").GetString());
    }

    [Theory]
    [InlineData("?api-version=7.0", "application/json")]
    [InlineData("?api-version=7.2-preview.1", "application/json")]
    [InlineData("", "application/json;api-version=7.1")]
    [InlineData("", "application/json; api-version=\"7.1\"")]
    public async Task A_version_may_stand_in_the_query_or_in_Accept(string query, string accept)
    {
        using var response = await SendAsync(Tree + query, accept: accept);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Answers_may_begin_with_a_byte_order_mark()
    {
        _boards.Faults.Otherwise = (_, _) => BoardsFaults.ByteOrderMark();

        using var response = await SendAsync(Iterations);

        Assert.Equal([0xEF, 0xBB, 0xBF, (byte)'{'], (await response.Content.ReadAsByteArrayAsync())[..4]);
    }

    [Fact]
    public async Task Who_uses_too_much_is_answered_200_and_told_when_to_come_again()
    {
        _boards.Faults.Otherwise = (_, _) => BoardsFaults.AskForPause(TimeSpan.Zero, TimeSpan.FromSeconds(27));

        using var response = await SendAsync(Iterations);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(27), response.Headers.RetryAfter?.Delta);
        Assert.Equal("0.000", Assert.Single(response.Headers.GetValues("X-RateLimit-Delay")));
        Assert.Equal(_clock.GetUtcNow().AddSeconds(27).ToUnixTimeSeconds().ToString(), Assert.Single(response.Headers.GetValues("X-RateLimit-Reset")));
    }

    [Fact]
    public async Task Another_organization_is_not_here_and_nothing_can_be_written()
    {
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync("/fabrikam/_apis/projects?api-version=7.1")).StatusCode);

        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_boards.Address, Iterations)) { Headers = { Authorization = Pat("pat") } };
        using var response = await _http.SendAsync(request);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Contains("\"Message\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
