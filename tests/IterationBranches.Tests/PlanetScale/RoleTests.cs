using IterationBranches.Branches;
using IterationBranches.Credentials;
using IterationBranches.PlanetScale;
using IterationBranches.Tests.Http;

namespace IterationBranches.Tests.PlanetScale;

/// <summary>The credentials of Postgres.</summary>
public sealed class RoleTests : PlanetScalePeer
{
    private const string Roles = "/v1/organizations/acme/databases/books/branches/b7q3w9e5r1ty/roles";

    private const string Issued = $$"""
        {"id":"q1w2e3r4t5y6","name":"ib-2a6f9d84-0badcafe","access_host_url":"abcdefghij-useast1-1.horizon.psdb.cloud",
         "username":"pscale_api_sprint42.b7q3w9e5r1ty","base_username":"pscale_api_sprint42","password":"{{Secret}}","database_name":"postgres",
         "created_at":"2026-08-20T08:03:00.000Z","deleted_at":null,"expires_at":"2026-09-10T08:03:00.000Z","dropped_at":null,"expired":false,"default":false,
         "ttl":1814400,"inherited_roles":["postgres"],"branch":{"id":"b7q3w9e5r1ty","name":"sprint-42"},"actor":{"id":"s1t2u3v4w5x6"} }
        """;

    private static readonly CredentialRequest s_request = new("ib-2a6f9d84-0badcafe", CredentialRole.Admin, TimeSpan.FromDays(21), []);

    [Fact]
    public async Task A_role_leads_to_the_database_postgres_by_both_ports()
    {
        // 200, where a password's creation is 201.
        Peer.On($"POST {Roles}", Reply.Json(200, Issued));

        var issued = await CreateAsync();

        Assert.Equal(
            new IssuedCredential(
                new Credential(
                    "q1w2e3r4t5y6", "ib-2a6f9d84-0badcafe", "b7q3w9e5r1ty", new DateTimeOffset(2026, 8, 20, 8, 3, 0, TimeSpan.Zero),
                    new DateTimeOffset(2026, 9, 10, 8, 3, 0, TimeSpan.Zero), "s1t2u3v4w5x6")
                {
                    Lifetime = TimeSpan.FromDays(21),
                    Renewable = true,
                },
                "sprint-42", "abcdefghij-useast1-1.horizon.psdb.cloud", 5432, "postgres", "pscale_api_sprint42.b7q3w9e5r1ty", Secret, CredentialRole.Admin)
            {
                Kind = DatabaseKind.Postgres,
                PooledPort = 6432,
            },
            issued);
        Assert.DoesNotContain(Secret, issued.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, Wiring.Log.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CredentialRole.Admin, """["postgres"]""")]
    [InlineData(CredentialRole.Reader, """["pg_read_all_data"]""")]
    [InlineData(CredentialRole.Writer, """["pg_write_all_data"]""")]
    [InlineData(CredentialRole.ReadWriter, """["pg_read_all_data","pg_write_all_data"]""")]
    public async Task What_a_role_may_do_is_what_it_inherits(CredentialRole role, string inherited)
    {
        Peer.On($"POST {Roles}", Reply.Json(200, Issued));

        var issued = await Credentials.CreateCredentialAsync(SomeDatabase.Books, "b7q3w9e5r1ty", new("n", role, TimeSpan.FromSeconds(90), []), CancellationToken.None);

        Assert.Equal($$"""{"name":"n","ttl":90,"inherited_roles":{{inherited}}}""", Peer.Received.Single().Body);
        Assert.Equal(role, issued.Role);
    }

    [Fact]
    public async Task Address_ranges_are_not_left_out_in_silence()
    {
        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(() => Credentials.CreateCredentialAsync(
            SomeDatabase.Books, "b7q3w9e5r1ty", s_request with { AllowedCidrs = ["198.51.100.0/24"] }, CancellationToken.None));

        Assert.Equal(Failure.PersonNeeded, refusal.Failure);
        Assert.Contains("Tracks__…__AllowedCidrs", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(Peer.Received);
    }

    [Fact]
    public async Task A_database_of_an_unknown_kind_gets_no_credential()
    {
        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(() => Credentials.CreateCredentialAsync(
            SomeDatabase.Shop with { Kind = DatabaseKind.Unknown }, "b1", s_request, CancellationToken.None));

        Assert.Equal(Failure.PersonNeeded, refusal.Failure);
        Assert.Empty(Peer.Received);
    }

    [Theory]
    [InlineData("\"password\":\"SECRET\",", "")]
    [InlineData("\"database_name\":\"postgres\",", "")]
    [InlineData("\"access_host_url\":\"abcdefghij-useast1-1.horizon.psdb.cloud\",", "\"access_host_url\":null,")]
    public async Task A_role_that_does_not_show_everything_is_of_no_use(string field, string instead)
    {
        Peer.On($"POST {Roles}", Reply.Json(200, Issued.Replace(field.Replace("SECRET", Secret, StringComparison.Ordinal), instead, StringComparison.Ordinal)));

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(CreateAsync);

        Assert.Equal((Failure.PersonNeeded, false), (refusal.Failure, refusal.HadNoEffect));
        Assert.Contains("q1w2e3r4t5y6", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, refusal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Roles_are_listed_from_all_pages_without_those_that_were_dropped()
    {
        Peer
            .On($"GET {Roles}?page=1&per_page=100", Reply.Json(200, $$"""
                {"next_page":2,"data":[{{Issued}},{"id":"r2","name":"gone","deleted_at":"2026-08-21T00:00:00Z"},{"id":"r3","name":"dropped","dropped_at":"2026-08-21T00:00:00Z"}]}
                """))
            .On($"GET {Roles}?page=2&per_page=100", Reply.Json(200, """{"next_page":null,"data":[{"id":"r4","name":"postgres","default":true,"actor":null}]}"""));

        var listed = await Credentials.ListCredentialsAsync(SomeDatabase.Books, "b7q3w9e5r1ty", CancellationToken.None);

        Assert.Equal([("q1w2e3r4t5y6", "s1t2u3v4w5x6"), ("r4", null)], listed.Select(role => (role.Id, role.ActorId)));
    }

    [Fact]
    public async Task What_a_deleted_role_owns_goes_to_the_role_postgres()
    {
        Peer.On($"DELETE {Roles}/r1?successor=postgres", Reply.Empty(204));

        await DeleteAsync();

        Assert.Single(Peer.Received);
    }

    [Fact]
    public async Task A_role_that_is_dropped_is_gone()
    {
        Peer
            .On($"DELETE {Roles}/r1?successor=postgres", Reply.Json(404, NotFound))
            .On($"GET {Roles}/r1", Reply.Json(200, """{"id":"r1","dropped_at":"2026-08-21T00:00:00Z"}"""));

        await DeleteAsync();

        Peer.AssertAllAsked();
    }

    [Fact]
    public async Task A_role_that_is_still_referenced_is_a_refusal()
    {
        Peer.On($"DELETE {Roles}/r1?successor=postgres", Reply.Json(422, """{"code":"unprocessable","message":"Role is still referenced and cannot be dropped."}"""));

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(DeleteAsync);

        Assert.Equal(Failure.PersonNeeded, refusal.Failure);
        Assert.Contains("still referenced", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_role_owns_can_be_given_away_while_it_stays()
    {
        Peer.On($"POST {Roles}/r1/reassign", Reply.Empty(204));

        await ReassignAsync(SomeDatabase.Books);
        await ReassignAsync(SomeDatabase.Shop);

        Assert.Equal("""{"successor":"postgres"}""", Peer.Received.Single().Body);
    }

    [Fact]
    public async Task What_is_gone_owns_nothing()
    {
        Peer.On($"POST {Roles}/r1/reassign", Reply.Json(404, NotFound)).On($"GET {Roles}/r1", Reply.Json(404, NotFound));
        TokenIsGood();

        await ReassignAsync(SomeDatabase.Books);

        Peer.AssertAllAsked();
    }

    [Fact]
    public async Task To_give_away_needs_the_permission_to_delete()
    {
        Peer.On($"POST {Roles}/r1/reassign", Reply.Json(404, NotFound)).On($"GET {Roles}/r1", Reply.Json(200, """{"id":"r1"}"""));

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(() => ReassignAsync(SomeDatabase.Books));

        Assert.Contains("lacks the permission delete_branch_password", refusal.Message, StringComparison.Ordinal);
    }

    private Task<IssuedCredential> CreateAsync() => Credentials.CreateCredentialAsync(SomeDatabase.Books, "b7q3w9e5r1ty", s_request, CancellationToken.None);

    private Task ReassignAsync(Database database) => Credentials.ReassignOwnedAsync(database, "b7q3w9e5r1ty", "r1", CancellationToken.None);

    private Task DeleteAsync() => Credentials.DeleteCredentialAsync(SomeDatabase.Books, "b7q3w9e5r1ty", "r1", CancellationToken.None);
}
