using IterationBranches.Credentials;
using IterationBranches.PlanetScale;
using IterationBranches.Tests.Http;

namespace IterationBranches.Tests.PlanetScale;

public sealed class CredentialTests : PlanetScalePeer
{
    private const string Issued = $$"""
        {"id":"p9o8i7u6y5t4","name":"ib-2a6f9d84-0badcafe","role":"readwriter","cidrs":["198.51.100.0/24"],"created_at":"2026-08-20T08:00:35.000Z",
         "deleted_at":null,"expires_at":"2026-09-10T08:00:35.000Z","ttl_seconds":1814400,"renewable":true,"access_host_url":"aws.connect.psdb.cloud",
         "actor":{"id":"s1t2u3v4w5x6","display_name":"sprint-branches"},"username":"u1u2u3u4u5u6u7u8u9u0","plain_text":"{{Secret}}",
         "database_branch":{"name":"sprint-42","id":"b7q3w9e5r1ty","production":false} }
        """;

    private static readonly CredentialRequest s_request = new("ib-2a6f9d84-0badcafe", CredentialRole.ReadWriter, TimeSpan.FromDays(21), ["198.51.100.0/24"]);

    [Fact]
    public async Task A_credential_is_created_with_its_role_lifetime_and_addresses()
    {
        Peer.On($"POST {Passwords}", Reply.Json(201, Issued));

        var issued = await CreateAsync();

        Assert.Equal(
            new IssuedCredential(
                new Credential(
                    "p9o8i7u6y5t4", "ib-2a6f9d84-0badcafe", "b7q3w9e5r1ty", new DateTimeOffset(2026, 8, 20, 8, 0, 35, TimeSpan.Zero),
                    new DateTimeOffset(2026, 9, 10, 8, 0, 35, TimeSpan.Zero), "s1t2u3v4w5x6")
                {
                    Lifetime = TimeSpan.FromDays(21),
                    Renewable = true,
                },
                "sprint-42", "aws.connect.psdb.cloud", 3306, "shop", "u1u2u3u4u5u6u7u8u9u0", Secret, CredentialRole.ReadWriter),
            issued);
        Assert.Equal(
            """{"name":"ib-2a6f9d84-0badcafe","role":"readwriter","ttl":1814400,"cidrs":["198.51.100.0/24"]}""", Peer.Received.Single().Body);
    }

    [Theory]
    [InlineData(CredentialRole.Admin, "admin")]
    [InlineData(CredentialRole.Reader, "reader")]
    [InlineData(CredentialRole.Writer, "writer")]
    [InlineData(CredentialRole.ReadWriter, "readwriter")]
    public async Task The_role_is_always_named_and_empty_addresses_never(CredentialRole role, string name)
    {
        Peer.On($"POST {Passwords}", Reply.Json(201, Issued));

        await Credentials.CreateCredentialAsync(SomeDatabase.Shop, "b7q3w9e5r1ty", new("n", role, TimeSpan.FromSeconds(90), []), CancellationToken.None);

        Assert.Equal($$"""{"name":"n","role":"{{name}}","ttl":90}""", Peer.Received.Single().Body);
    }

    [Theory]
    [InlineData("\"superuser\"", CredentialRole.ReadWriter)]
    [InlineData("null", CredentialRole.ReadWriter)]
    [InlineData("\"7\"", CredentialRole.ReadWriter)]
    [InlineData("\"admin\"", CredentialRole.Admin)]
    public async Task A_role_that_is_not_known_is_the_one_that_was_asked_for(string role, CredentialRole expected)
    {
        Peer.On($"POST {Passwords}", Reply.Json(201, Issued.Replace("\"readwriter\"", role, StringComparison.Ordinal)));

        Assert.Equal(expected, (await CreateAsync()).Role);
    }

    [Fact]
    public async Task A_credential_without_a_branch_is_not_taken_to_be_the_right_ones()
    {
        Peer.On($"POST {Passwords}", Reply.Json(201, Issued.Replace("database_branch", "something_else", StringComparison.Ordinal)));

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(CreateAsync);

        Assert.Equal((Failure.PersonNeeded, false), (refusal.Failure, refusal.HadNoEffect));
        Assert.Contains("does not say on which branch it made the credential p9o8i7u6y5t4: it has no \"database_branch\"", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("PlanetScale__Organization", refusal.Message, StringComparison.Ordinal);
        AssertNowhere(refusal);
    }

    [Theory]
    [InlineData("plain_text")]
    [InlineData("username")]
    [InlineData("access_host_url")]
    public async Task A_credential_of_no_use_is_refused_by_its_id(string field)
    {
        Peer.On($"POST {Passwords}", Reply.Json(201, Issued.Replace($"\"{field}\"", "\"gone\"", StringComparison.Ordinal)));

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(CreateAsync);

        Assert.Equal(Failure.PersonNeeded, refusal.Failure);
        Assert.Contains("did not show the secret", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("p9o8i7u6y5t4", refusal.Message, StringComparison.Ordinal);
        Assert.False(refusal.HadNoEffect);
        AssertNowhere(refusal);
    }

    /// <summary>Answers that are broken in the middle of the secret, or around it.</summary>
    [Theory]
    [InlineData("""{"id":"p1","plain_text":"SECRET""")]
    [InlineData("""{"id":"p1","plain_text":SECRET}""")]
    [InlineData("""{"plain_text":"SECRET"}""")]
    [InlineData("""{"id":"p1","plain_text":["SECRET"]}""")]
    [InlineData("""{"id":"p1","plain_text":"SECRET","created_at":"SECRET"}""")]
    [InlineData("<html>SECRET</html>")]
    public async Task An_answer_that_is_not_understood_is_not_shown(string body)
    {
        Peer.On($"POST {Passwords}", Reply.Json(201, body.Replace("SECRET", Secret, StringComparison.Ordinal)));

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(CreateAsync);

        Assert.Equal(Failure.Transient, refusal.Failure);
        Assert.False(refusal.HadNoEffect);
        AssertNowhere(refusal);
    }

    [Fact]
    public async Task The_secret_is_in_no_text_and_no_log()
    {
        Peer.On($"POST {Passwords}", Reply.Json(201, Issued));

        var issued = await CreateAsync();

        Assert.DoesNotContain(Secret, issued.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("u1u2u3u4u5u6u7u8u9u0", issued.ToString(), StringComparison.Ordinal);
        Assert.Contains("POST /v1/organizations/acme/databases/shop/branches/b7q3w9e5r1ty/passwords was answered 201", Wiring.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, Wiring.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(SomeSettings.ServiceToken, Wiring.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_branch_that_is_not_ready_is_waited_for()
    {
        Peer.On($"POST {Passwords}", Reply.Json(422, """{"code":"unprocessable","message":"Database branch is not ready yet"}"""));

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(CreateAsync);

        Assert.Equal((Failure.ToldToWait, TimeSpan.FromSeconds(10)), (refusal.Failure, refusal.RetryAfter));
    }

    [Fact]
    public async Task All_pages_of_credentials_are_listed_without_those_that_were_deleted()
    {
        Peer
            .On($"GET {Passwords}?page=1&per_page=100", Reply.Json(
                200, $$"""{"next_page":2,"data":[{{Issued}},{"id":"p2","name":"gone","deleted_at":"2026-08-21T00:00:00Z"}]}"""))
            .On($"GET {Passwords}?page=2&per_page=100", Reply.Json(200, """{"next_page":null,"data":[{"id":"p3","name":null,"actor":{}}]}"""));

        Assert.Equal(
        [
            new(
                "p9o8i7u6y5t4", "ib-2a6f9d84-0badcafe", "b7q3w9e5r1ty", new DateTimeOffset(2026, 8, 20, 8, 0, 35, TimeSpan.Zero),
                new DateTimeOffset(2026, 9, 10, 8, 0, 35, TimeSpan.Zero), "s1t2u3v4w5x6")
            {
                Lifetime = TimeSpan.FromDays(21),
                Renewable = true,
            },
            // Without a time it is too young to be an orphan.
            new("p3", "", "b7q3w9e5r1ty", Wiring.Time.GetUtcNow(), null, null),
        ], await Credentials.ListCredentialsAsync(SomeDatabase.Shop, "b7q3w9e5r1ty", CancellationToken.None));
        Peer.AssertAllAsked();
    }

    [Fact]
    public async Task A_credential_is_deleted()
    {
        Peer.On($"DELETE {Passwords}/p1", Reply.Empty(204));

        await DeleteAsync();

        Assert.Single(Peer.Received);
    }

    [Fact]
    public async Task A_credential_that_cannot_be_found_by_a_good_token_is_gone()
    {
        Peer.On($"DELETE {Passwords}/p1", Reply.Json(404, NotFound)).On($"GET {Passwords}/p1", Reply.Json(404, NotFound));
        TokenIsGood();

        await DeleteAsync();

        Peer.AssertAllAsked();
    }

    [Fact]
    public async Task A_credential_that_was_deleted_before_is_gone()
    {
        Peer
            .On($"DELETE {Passwords}/p1", Reply.Json(404, NotFound))
            .On($"GET {Passwords}/p1", Reply.Json(200, """{"id":"p1","deleted_at":"2026-08-21T00:00:00Z"}"""));

        await DeleteAsync();

        Peer.AssertAllAsked();
    }

    [Fact]
    public async Task A_credential_that_can_still_be_read_needs_a_permission()
    {
        Peer.On($"DELETE {Passwords}/p1", Reply.Json(404, NotFound)).On($"GET {Passwords}/p1", Reply.Json(200, """{"id":"p1","deleted_at":null}"""));

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(DeleteAsync);

        Assert.Equal((Failure.PersonNeeded, 404), (refusal.Failure, refusal.Status));
        Assert.Contains("lacks the permission delete_branch_password (delete_production_branch_password on a production branch) on the branch b7q3w9e5r1ty", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_is_no_longer_known_does_not_make_a_credential_gone()
    {
        Peer
            .On($"DELETE {Passwords}/p1", Reply.Json(404, NotFound))
            .On($"GET {Passwords}/p1", Reply.Json(404, NotFound))
            .On("GET /v1/organizations?page=1&per_page=100", Reply.Json(401, """{"code":"unauthorized","message":"Unauthorized"}"""));

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(DeleteAsync);

        Assert.Equal(Failure.PersonNeeded, refusal.Failure);
        Assert.Contains("PlanetScale__ServiceToken", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deletion_that_cannot_be_checked_has_failed()
    {
        Peer.On($"DELETE {Passwords}/p1", Reply.Json(404, NotFound)).On($"GET {Passwords}/p1", Reply.Empty(429, ("Retry-After", "9")));

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(DeleteAsync);

        Assert.Equal((Failure.ToldToWait, TimeSpan.FromSeconds(9)), (refusal.Failure, refusal.RetryAfter));
    }

    [Theory]
    [InlineData(403, Failure.PersonNeeded)]
    [InlineData(422, Failure.PersonNeeded)]
    [InlineData(423, Failure.Transient)]
    public async Task A_deletion_that_was_refused_has_failed(int status, Failure failure)
    {
        Peer.On($"DELETE {Passwords}/p1", Reply.Json(status, """{"code":"x","message":"No."}"""));

        Assert.Equal(failure, (await Assert.ThrowsAsync<PlanetScaleException>(DeleteAsync)).Failure);
    }

    private Task<IssuedCredential> CreateAsync() => Credentials.CreateCredentialAsync(SomeDatabase.Shop, "b7q3w9e5r1ty", s_request, CancellationToken.None);

    private Task DeleteAsync() => Credentials.DeleteCredentialAsync(SomeDatabase.Shop, "b7q3w9e5r1ty", "p1", CancellationToken.None);

    private void AssertNowhere(PlanetScaleException refusal) => Assert.All([refusal.ToString(), Wiring.Log.Text], text =>
    {
        Assert.DoesNotContain(Secret, text, StringComparison.Ordinal);
        Assert.DoesNotContain("FAKEFAKE", text, StringComparison.Ordinal);
    });
}
