using IterationBranches.Branches;
using IterationBranches.Credentials;
using IterationBranches.PlanetScale;
using IterationBranches.Tests.Http;

namespace IterationBranches.Tests.PlanetScale;

public sealed class RenewalTests : PlanetScalePeer
{
    private const string Roles = "/v1/organizations/acme/databases/books/branches/b7q3w9e5r1ty/roles";

    [Fact]
    public async Task A_renewed_password_answers_its_new_expiry()
    {
        Peer.On($"POST {Passwords}/p1/renew", Reply.Json(
            200, """{"id":"p1","name":"ib-1","expires_at":"2026-10-01T08:00:00Z","created_at":"2026-08-20T08:00:00Z","ttl_seconds":3600,"renewable":true,"plain_text":null}"""));

        var renewed = await RenewAsync(SomeDatabase.Shop);

        Assert.Equal((new DateTimeOffset(2026, 10, 1, 8, 0, 0, TimeSpan.Zero), TimeSpan.FromHours(1), true), (renewed!.ExpiresAt, renewed.Lifetime, renewed.Renewable));
        Assert.Equal("", Peer.Received.Single().Body);
    }

    [Fact]
    public async Task A_renewed_role_answers_its_new_expiry()
    {
        Peer.On($"POST {Roles}/p1/renew", Reply.Json(200, """{"id":"p1","expires_at":"2026-10-01T08:00:00Z","ttl":3600,"expired":false}"""));

        Assert.Equal(new DateTimeOffset(2026, 10, 1, 8, 0, 0, TimeSpan.Zero), (await RenewAsync(SomeDatabase.Books))?.ExpiresAt);
    }

    [Fact]
    public async Task What_cannot_be_renewed_is_null()
    {
        Peer.On($"POST {Passwords}/p1/renew", Reply.Json(422, """{"code":"unprocessable","message":"Password is not renewable"}"""));

        Assert.Null(await RenewAsync(SomeDatabase.Shop));
    }

    [Fact]
    public async Task What_is_gone_is_null()
    {
        Peer.On($"POST {Passwords}/p1/renew", Reply.Json(404, NotFound)).On($"GET {Passwords}/p1", Reply.Json(404, NotFound));
        TokenIsGood();

        Assert.Null(await RenewAsync(SomeDatabase.Shop));
    }

    [Fact]
    public async Task What_can_still_be_read_needs_a_permission()
    {
        Peer.On($"POST {Passwords}/p1/renew", Reply.Json(404, NotFound)).On($"GET {Passwords}/p1", Reply.Json(200, """{"id":"p1"}"""));

        Assert.Contains("connect_branch", (await Assert.ThrowsAsync<PlanetScaleException>(() => RenewAsync(SomeDatabase.Shop))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_renewal_is_sent_once()
    {
        Peer.On($"POST {Passwords}/p1/renew", Reply.Empty(503));

        Assert.Equal(Failure.Transient, (await Assert.ThrowsAsync<PlanetScaleException>(() => RenewAsync(SomeDatabase.Shop))).Failure);
        Assert.Single(Peer.Received);
    }

    /// <summary>What is said of a credential, and whether it can be renewed.</summary>
    [Theory]
    [InlineData("mysql", """{"ttl_seconds":3600,"renewable":true}""", true, 3600)]
    [InlineData("mysql", """{"ttl_seconds":3600,"renewable":false}""", false, 3600)]
    [InlineData("mysql", """{"ttl_seconds":null}""", false, null)]
    [InlineData("mysql", """{"ttl_seconds":0}""", false, null)]
    [InlineData("mysql", """{"ttl_seconds":99999999999999,"renewable":true}""", true, null)]
    [InlineData("postgres", """{"ttl":3600,"expired":false,"default":false}""", true, 3600)]
    [InlineData("postgres", """{"ttl":3600,"expired":true}""", false, 3600)]
    [InlineData("postgres", """{"ttl":0}""", false, null)]
    [InlineData("postgres", """{"ttl":3600,"default":true}""", false, 3600)]
    public async Task What_can_be_renewed_is_said_in_the_list(string kind, string fields, bool renewable, int? seconds)
    {
        var database = kind == "mysql" ? SomeDatabase.Shop : SomeDatabase.Books;
        Peer.On($"GET {(kind == "mysql" ? Passwords : Roles)}?page=1&per_page=100", Reply.Json(200, $$"""{"data":[{"id":"p1",{{fields[1..]}}]}"""));

        var credential = Assert.Single(await Credentials.ListCredentialsAsync(database, "b7q3w9e5r1ty", CancellationToken.None));

        Assert.Equal((renewable, seconds), (credential.Renewable, (int?)credential.Lifetime?.TotalSeconds));
    }

    private Task<Credential?> RenewAsync(Database database) => Credentials.RenewCredentialAsync(database, "b7q3w9e5r1ty", "p1", CancellationToken.None);
}
