using IterationBranches.Credentials;
using IterationBranches.PlanetScale;
using IterationBranches.Tests.Http;

namespace IterationBranches.Tests.PlanetScale;

public sealed class RefusalTests : PlanetScalePeer
{
    /// <summary>Status, type, body, what follows, the code, and what the message must say.</summary>
    [Theory]
    [InlineData(401, "application/json", """{"code":"unauthorized","message":"Unauthorized"}""", Failure.PersonNeeded, "unauthorized", "PlanetScale__ServiceTokenId and PlanetScale__ServiceToken")]
    [InlineData(401, "application/json", """{"error":"invalid_token","error_description":"The access token is invalid","state":"unauthorized"}""", Failure.PersonNeeded, "invalid_token", "The access token is invalid")]
    [InlineData(403, "application/json", "{}", Failure.PersonNeeded, null, "create_branch")]
    [InlineData(403, "text/html", "<html>blocked</html>", Failure.PersonNeeded, null, "(status 403: <html>blocked</html>). That is no answer of PlanetScale's API")]
    [InlineData(403, "application/json", """{"code":"sso_required","message":"SSO is required"}""", Failure.PersonNeeded, "sso_required", "(status 403 sso_required: SSO is required). As a rule")]
    [InlineData(403, "application/json", """{"code":"forbidden"}""", Failure.PersonNeeded, "forbidden", "(status 403 forbidden). As a rule")]
    [InlineData(422, "application/json", """{"code":"unprocessable","message":"Name is reserved"}""", Failure.PersonNeeded, "unprocessable", "Name is reserved")]
    [InlineData(422, "application/json", """{"errors":[{"namespace":"pgconf","name":"max_connections","errors":["must be at most 1000"]}]}""", Failure.PersonNeeded, null, "max_connections must be at most 1000")]
    [InlineData(422, "application/json", """{"errors":["one","two",3]}""", Failure.PersonNeeded, null, "one; two; 3")]
    [InlineData(400, "application/json", """{"code":"invalid_params","message":"Bad name"}""", Failure.PersonNeeded, "invalid_params", "Bad name")]
    [InlineData(400, "application/json", "[1]", Failure.Transient, null, "[1]")]
    [InlineData(400, "text/plain", "", Failure.PersonNeeded, null, "status 400")]
    [InlineData(400, "text/html", "<html>proxy</html>", Failure.Transient, null, "proxy")]
    [InlineData(409, "application/json", """{"message":"busy"}""", Failure.PersonNeeded, null, "busy")]
    [InlineData(423, "application/json", """{"message":"locked"}""", Failure.Transient, null, "locked")]
    [InlineData(429, "application/json", """{"code":"rate_limited","message":"Too many"}""", Failure.ToldToWait, "rate_limited", "Too many")]
    [InlineData(429, "text/plain", "", Failure.ToldToWait, null, "status 429")]
    [InlineData(301, "text/html", "<html>moved</html>", Failure.PersonNeeded, null, "PlanetScale__BaseUrl")]
    [InlineData(307, "text/plain", "", Failure.PersonNeeded, null, "PlanetScale__BaseUrl")]
    [InlineData(500, "text/html", "<html>\r\n  oops </html>", Failure.Transient, null, "<html> oops </html>")]
    [InlineData(502, "text/plain", "", Failure.Transient, null, "status 502")]
    public async Task A_refusal_says_what_happens_next(int status, string type, string body, Failure failure, string? code, string says)
    {
        Peer.On($"POST {Database}/branches", Reply.Text(status, body, type));

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(() => Branches.CreateBranchAsync("shop", "sprint-42", "main", seed: null, CancellationToken.None));

        Assert.Equal((failure, status, code), (refusal.Failure, refusal.Status, refusal.Code));
        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>Each operation behind a 404 of a good token: what must exist, and the permission that may be missing.</summary>
    [Theory]
    [InlineData("database", $"GET {Database}", "read_database")]
    [InlineData("branches", $"GET {Database}/branches?page=1&per_page=100", "read_branch")]
    [InlineData("create", $"POST {Database}/branches", "create_branch")]
    [InlineData("credentials", $"GET {Passwords}?page=1&per_page=100", "read_branch")]
    [InlineData("credential", $"POST {Passwords}", "connect_branch")]
    public async Task Behind_a_404_the_setting_and_the_permission_are_named(string operation, string line, string permission)
    {
        Peer.On(line, Reply.Json(404, NotFound));
        TokenIsGood("ACME");

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(() => RunAsync(operation));

        Assert.Equal((Failure.PersonNeeded, 404, "not_found"), (refusal.Failure, refusal.Status, refusal.Code));
        Assert.Contains("the database \"shop\" (setting Tracks__…__Database)", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(permission, refusal.Message, StringComparison.Ordinal);
        Peer.AssertAllAsked();
    }

    [Fact]
    public async Task Behind_a_404_of_a_creation_the_parent_may_be_missing()
    {
        Peer.On($"POST {Database}/branches", Reply.Json(404, NotFound));
        TokenIsGood();

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(() => RunAsync("create"));

        Assert.Contains("its branch \"main\" (setting Tracks__…__ParentBranch)", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    public async Task Behind_a_404_there_may_be_a_bad_token(int status)
    {
        Peer
            .On($"GET {Database}", Reply.Json(404, NotFound))
            .On("GET /v1/organizations?page=1&per_page=100", Reply.Json(status, NotFound));

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(() => RunAsync("database"));

        Assert.Equal(Failure.PersonNeeded, refusal.Failure);
        Assert.StartsWith($"PlanetScale does not know the service token (status {status} not_found: Not Found), so it did not ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("PlanetScale__ServiceTokenId and PlanetScale__ServiceToken", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("read_database", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Behind_a_404_there_may_be_another_organizations_token()
    {
        Peer.On($"GET {Database}", Reply.Json(404, NotFound));
        TokenIsGood("umbrella");

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(() => RunAsync("database"));

        Assert.StartsWith("PlanetScale refused to ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("(status 404 not_found: Not Found). The organization \"acme\" (setting PlanetScale__Organization)", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>A 404 that cannot be explained blames nobody.</summary>
    [Theory]
    [InlineData(500, Failure.Transient)]
    [InlineData(429, Failure.ToldToWait)]
    public async Task A_404_is_blamed_on_nobody_while_the_token_cannot_be_checked(int status, Failure failure)
    {
        Peer.On($"GET {Database}", Reply.Json(404, NotFound));
        for (var tries = 0; tries < (status == 429 ? 1 : 3); tries++)
        {
            Peer.On("GET /v1/organizations?page=1&per_page=100", Reply.Empty(status));
        }

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(() => RunAsync("database"));

        Assert.Equal((failure, status), (refusal.Failure, refusal.Status));
    }

    /// <summary>What a service or a proxy may echo, and what must not be seen of it.</summary>
    [Theory]
    [InlineData("token TOKEN was refused", "TOKEN")]
    [InlineData("Authorization: tk1tk2tk3tk4:TOKEN", "TOKEN")]
    [InlineData("Authorization: Bearer abcdefghijklmnopqrstuvwxyz", "abcdefghij")]
    [InlineData("header \"authorization\": \"Basic OnBhdHBhdHBhdHBhdA==\"", "OnBhdHBhdHBhdHBhdA")]
    [InlineData("sent Basic OnBhdHBhdHBhdHBhdA== there", "OnBhdHBhdHBhdHBhdA")]
    [InlineData("pscale_pw_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.b-=", "AAAA")]
    [InlineData("mysql://u:pscale_pw_AAAA%3DBBBB@host", "BBBB")]
    [InlineData("PSCALE_OAUTH_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "AAAA")]
    [InlineData("{\"plain_text\":\"hunter2\"", "hunter2")]
    public async Task Nothing_that_is_secret_is_shown(string echoed, string secret)
    {
        Peer.On($"POST {Database}/branches", Reply.Text(
            500, $"<p>the beginning</p> {echoed.Replace("TOKEN", SomeSettings.ServiceToken, StringComparison.Ordinal)}", "text/html"));

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(() => RunAsync("create"));

        Assert.Contains("the beginning", refusal.Message, StringComparison.Ordinal);
        Assert.All([refusal.ToString(), Wiring.Log.Text], text =>
        {
            Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
            Assert.DoesNotContain(SomeSettings.ServiceToken, text, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task A_token_without_a_known_shape_is_hidden_too()
    {
        const string Plain = "an old token+/of no known shape";
        using var wiring = new Wiring(Peer, SomeSettings.Of(serviceToken: Plain), services => services.AddPlanetScale());
        Peer.On($"POST {Database}/branches", Reply.Text(500, $"{Plain} or {Uri.EscapeDataString(Plain)}", "text/plain"));

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(() =>
            wiring.Get<Branches.IBranchProvider>().CreateBranchAsync("shop", "sprint-42", "main", seed: null, CancellationToken.None));

        Assert.Contains("*** or ***", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_page_is_cut_after_its_secrets_are_hidden()
    {
        Peer.On($"POST {Database}/branches", Reply.Text(500, new string('x', 290) + Secret + new string('y', 1_000_000), "text/html"));

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(() => RunAsync("create"));

        Assert.InRange(refusal.Message.Length, 300, 420);
        Assert.DoesNotContain("pscale", refusal.Message, StringComparison.Ordinal);
    }

    private Task RunAsync(string operation) => operation switch
    {
        "database" => Branches.GetDatabaseAsync("shop", CancellationToken.None),
        "branches" => Branches.ListBranchesAsync("shop", CancellationToken.None),
        "create" => Branches.CreateBranchAsync("shop", "sprint-42", "main", seed: null, CancellationToken.None),
        "credentials" => Credentials.ListCredentialsAsync(SomeDatabase.Shop, "b7q3w9e5r1ty", CancellationToken.None),
        _ => Credentials.CreateCredentialAsync(
            SomeDatabase.Shop, "b7q3w9e5r1ty", new CredentialRequest("n", CredentialRole.Admin, TimeSpan.FromDays(1), []), CancellationToken.None),
    };
}
