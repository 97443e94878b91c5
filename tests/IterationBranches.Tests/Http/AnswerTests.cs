using System.Net;
using System.Net.Http.Headers;
using System.Text;
using IterationBranches.AzureBoards;
using IterationBranches.AzureBoards.Administration;
using IterationBranches.Branches;
using IterationBranches.Configuration;
using IterationBranches.Credentials;
using IterationBranches.Iterations;
using IterationBranches.PlanetScale;
using IterationBranches.Tests.AzureBoards;

namespace IterationBranches.Tests.Http;

/// <summary>What becomes of an answer, or of none, on its way through the generated clients.</summary>
public sealed class AnswerTests : IDisposable
{
    private const string Shop = "/v1/organizations/acme/databases/shop";
    private const string Passwords = Shop + "/branches/b1/passwords";
    private const string Roles = "/v1/organizations/acme/databases/books/branches/b1/roles";
    private const string Team = "GET /contoso/Meridian/Payments/_apis/work/teamsettings/iterations?api-version=7.1";

    private static readonly Branch s_branch = new("b1", "sprint-42", "main", Ready: true, Production: false, Protected: false, DateTimeOffset.UnixEpoch, "us");
    private static readonly CredentialRequest s_request = new("n", CredentialRole.Admin, TimeSpan.FromDays(1), []);

    private readonly HttpPeer _peer = new();
    private readonly Wiring _wiring;

    public AnswerTests() => _wiring = new Wiring(_peer, SomeSettings.Of(), services => services
        .AddPlanetScale(() => 0.5)
        .AddAzureBoards(() => 0.5)
        .AddHookAdministration(SomeSettings.Of().Boards, new FakeIdentity(), () => 0.5));

    private IBranchProvider Branches => _wiring.Get<IBranchProvider>();

    private ICredentialProvider Credentials => _wiring.Get<ICredentialProvider>();

    public void Dispose()
    {
        _wiring.Dispose();
        _peer.Dispose();
    }

    /// <summary>Those too whose answers say nothing.</summary>
    [Theory]
    [InlineData("branch", $"DELETE {Shop}/branches/b1", 3)]
    [InlineData("password", $"DELETE {Passwords}/c1", 3)]
    [InlineData("role", $"DELETE {Roles}/c1?successor=postgres", 3)]
    [InlineData("reassign", $"POST {Roles}/c1/reassign", 1)]
    [InlineData("hook", "DELETE /contoso/_apis/hooks/subscriptions/00000000-0000-0000-0000-000000000000?api-version=7.1", 3)]
    public async Task A_deletion_without_an_answer_is_a_failure_of_the_service(string what, string line, int tries)
    {
        for (var i = 0; i < tries; i++)
        {
            _peer.On(line, _ => Task.FromException<HttpResponseMessage>(new HttpRequestException("reset")));
        }

        var refusal = await Assert.ThrowsAnyAsync<ServiceException>(() => what switch
        {
            "branch" => Branches.DeleteBranchAsync("shop", s_branch, CancellationToken.None),
            "password" => Credentials.DeleteCredentialAsync(SomeDatabase.Shop, "b1", "c1", CancellationToken.None),
            "role" => Credentials.DeleteCredentialAsync(SomeDatabase.Books, "b1", "c1", CancellationToken.None),
            "reassign" => Credentials.ReassignOwnedAsync(SomeDatabase.Books, "b1", "c1", CancellationToken.None),
            _ => _wiring.Get<SubscriptionsClient>().DeleteAsync(new Subscription(), CancellationToken.None),
        });

        Assert.Equal((Failure.Transient, null), (refusal.Failure, refusal.Status));
        Assert.Contains("a network failure", refusal.Message, StringComparison.Ordinal);
        _peer.AssertAllAsked();
    }

    /// <summary>Refit makes null of an answer without a body: it must not be taken for "gone", "none" or "done".</summary>
    [Theory]
    [InlineData(204)]
    [InlineData(200)]
    public async Task An_answer_without_a_body_is_not_understood(int status)
    {
        _peer
            .On($"GET {Shop}", Reply.Empty(status))
            .On($"GET {Shop}/branches?page=1&per_page=100", Reply.Empty(status))
            .On($"GET {Shop}/branches/b1/schema", Reply.Empty(status))
            .On($"POST {Shop}/branches", Reply.Empty(status))
            .On($"POST {Passwords}", Reply.Empty(status))
            .On($"POST {Passwords}/c1/renew", Reply.Empty(status))
            .On($"DELETE {Passwords}/c1", Reply.Empty(404))
            .On($"GET {Passwords}/c1", Reply.Empty(status))
            .On(Team, Reply.Empty(status));

        await NotUnderstoodAsync(() => Branches.GetDatabaseAsync("shop", CancellationToken.None));
        await NotUnderstoodAsync(() => Branches.ListBranchesAsync("shop", CancellationToken.None));
        await NotUnderstoodAsync(() => Branches.CompareSchemaAsync("shop", s_branch, parent: null, CancellationToken.None));
        await NotUnderstoodAsync(() => Branches.CreateBranchAsync("shop", "sprint-42", "main", seed: null, CancellationToken.None));
        await NotUnderstoodAsync(() => Credentials.CreateCredentialAsync(SomeDatabase.Shop, "b1", s_request, CancellationToken.None));
        await NotUnderstoodAsync(() => Credentials.RenewCredentialAsync(SomeDatabase.Shop, "b1", "c1", CancellationToken.None));
        await NotUnderstoodAsync(() => Credentials.DeleteCredentialAsync(SomeDatabase.Shop, "b1", "c1", CancellationToken.None));
        await NotUnderstoodAsync(() => _wiring.Get<IIterationSource>().ListAsync(BoardsPayload.Track(), CancellationToken.None));
        _peer.AssertAllAsked();
    }

    [Fact]
    public async Task Behind_a_404_an_empty_list_of_organizations_blames_nobody()
    {
        _peer.On($"GET {Shop}", Reply.Empty(404)).On("GET /v1/organizations?page=1&per_page=100", Reply.Empty(204));

        await NotUnderstoodAsync(() => Branches.GetDatabaseAsync("shop", CancellationToken.None));
    }

    [Fact]
    public async Task An_answer_without_end_is_refused_and_not_asked_for_again()
    {
        _peer
            .On($"POST {Shop}/branches", new HttpResponseMessage(HttpStatusCode.Created) { Content = new LongContent() })
            .On(Team, new HttpResponseMessage { Content = new LongContent() });

        await TooLargeAsync(() => Branches.CreateBranchAsync("shop", "sprint-42", "main", seed: null, CancellationToken.None));
        await TooLargeAsync(() => _wiring.Get<IIterationSource>().ListAsync(BoardsPayload.Track(), CancellationToken.None));

        Assert.Equal(2, _peer.Received.Count);

        static async Task TooLargeAsync(Func<Task> ask)
        {
            var refusal = await Assert.ThrowsAnyAsync<ServiceException>(ask);
            Assert.Equal((Failure.PersonNeeded, false), (refusal.Failure, refusal.HadNoEffect));
            Assert.Contains("more than 33554432 bytes", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_entry_of_a_list_that_is_null_is_passed_over()
    {
        _peer
            .On($"GET {Passwords}?page=1&per_page=100", Reply.Json(200, """{"data":[null,{"id":"c1"}]}"""))
            .On($"GET {Roles}?page=1&per_page=100", Reply.Json(200, """{"data":[null,{"id":"c2"}]}"""))
            .On($"GET {Shop}/deploy-requests?state=open&page=1&per_page=100", Reply.Json(200, """{"data":[null]}"""))
            .On($"GET {Shop}/branches/b1/backups?state=success&page=1&per_page=100", Reply.Json(200, """{"data":[null]}"""))
            .On($"GET {Shop}/branches/b1/schema", Reply.Json(200, """{"data":[null]}"""));

        Assert.Equal("c1", Assert.Single(await Credentials.ListCredentialsAsync(SomeDatabase.Shop, "b1", CancellationToken.None)).Id);
        Assert.Equal("c2", Assert.Single(await Credentials.ListCredentialsAsync(SomeDatabase.Books, "b1", CancellationToken.None)).Id);
        Assert.Empty(await Branches.ListOpenDeployRequestsAsync("shop", s_branch, CancellationToken.None));
        Assert.Null(await Branches.FindLatestBackupAsync("shop", "b1", CancellationToken.None));
        Assert.Empty((await Branches.CompareSchemaAsync("shop", s_branch, parent: null, CancellationToken.None)).Tables);
    }

    /// <summary>How the bytes of an answer may come, and whether it is read.</summary>
    [Theory]
    [InlineData("application/json", true)]
    [InlineData("application/json; charset=utf-8; api-version=7.1", true)]
    [InlineData("application/json; charset=\"UTF-8\"", true)]
    [InlineData("application/json; charset=klingon", false)]
    public async Task A_byte_order_mark_and_a_charset_are_understood(string type, bool understood)
    {
        var content = new ByteArrayContent([.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes("""{"name":"größe","default_branch":"main"}""")]);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        _peer.On($"GET {Shop}", new HttpResponseMessage { Content = content });

        if (understood)
        {
            Assert.Equal("größe", (await Branches.GetDatabaseAsync("shop", CancellationToken.None)).Name);
        }
        else
        {
            await NotUnderstoodAsync(() => Branches.GetDatabaseAsync("shop", CancellationToken.None));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(".")]
    [InlineData("..")]
    public async Task An_id_that_would_lead_elsewhere_is_not_sent(string id)
    {
        var refusals = new[]
        {
            await Assert.ThrowsAnyAsync<ServiceException>(() => Branches.DeleteBranchAsync("shop", s_branch with { Id = id }, CancellationToken.None)),
            await Assert.ThrowsAnyAsync<ServiceException>(() => Credentials.DeleteCredentialAsync(SomeDatabase.Shop, "b1", id, CancellationToken.None)),
            await Assert.ThrowsAnyAsync<ServiceException>(() => Credentials.DeleteCredentialAsync(SomeDatabase.Books, id, "c1", CancellationToken.None)),
        };

        Assert.All(refusals, refusal => Assert.Equal((Failure.PersonNeeded, null), (refusal.Failure, refusal.Status)));
        Assert.Empty(_peer.Received);
    }

    [Fact]
    public async Task An_organization_that_would_lead_elsewhere_is_not_sent()
    {
        var settings = new BoardsSettings { BaseUrl = new Uri("https://dev.azure.com"), Organization = "..", PersonalAccessToken = "x" };
        using var wiring = new Wiring(_peer, SomeSettings.Of(), services => services.AddHookAdministration(settings, new FakeIdentity()));

        var refusal = await Assert.ThrowsAsync<AzureBoardsException>(() => wiring.Get<SubscriptionsClient>().ListAsync(CancellationToken.None));

        Assert.Contains("Boards__Organization", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(_peer.Received);
    }

    /// <summary>The first line of defence is the reading of the settings; this is the second.</summary>
    [Theory]
    [InlineData("\uFEFFpscale_tkn_0000")]
    [InlineData("pscale_tkn\u20130000")]
    [InlineData("tk1\npscale_tkn_0000")]
    public async Task A_token_that_cannot_be_in_a_header_needs_a_person_and_nobody_is_asked(string token)
    {
        using var wiring = new Wiring(_peer, SomeSettings.Of(serviceToken: token), services => services.AddPlanetScale(() => 0.5));

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(() => wiring.Get<IBranchProvider>().GetDatabaseAsync("shop", CancellationToken.None));

        Assert.Equal((Failure.PersonNeeded, null), (refusal.Failure, refusal.Status));
        Assert.StartsWith("PlanetScale was not asked: ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("PlanetScale__ServiceTokenId and PlanetScale__ServiceToken", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("0000", refusal.ToString(), StringComparison.Ordinal);
        Assert.Empty(_peer.Received);
        Assert.Empty(wiring.Time.Waits);
    }

    public static TheoryData<Exception> BeforeAByteIsSent => [new UriFormatException("no"), new FormatException("no"), new EncoderFallbackException("no"), new InvalidOperationException("no"), new NotSupportedException("no")];

    [Theory]
    [MemberData(nameof(BeforeAByteIsSent))]
    public async Task What_fails_before_a_byte_is_sent_is_no_failure_of_the_network(Exception failure)
    {
        _peer.On($"GET {Shop}", _ => Task.FromException<HttpResponseMessage>(failure)).On(Team, _ => Task.FromException<HttpResponseMessage>(failure));

        var planetScale = await Assert.ThrowsAsync<PlanetScaleException>(() => Branches.GetDatabaseAsync("shop", CancellationToken.None));
        var boards = await Assert.ThrowsAsync<AzureBoardsException>(() => _wiring.Get<IIterationSource>().ListAsync(BoardsPayload.Track(), CancellationToken.None));

        Assert.Equal((Failure.PersonNeeded, Failure.PersonNeeded), (planetScale.Failure, boards.Failure));
        Assert.Contains("PlanetScale__BaseUrl", planetScale.Message, StringComparison.Ordinal);
        Assert.Contains("Boards__BaseUrl", boards.Message, StringComparison.Ordinal);
        Assert.Equal(2, _peer.Received.Count);
    }

    [Theory]
    [InlineData(nameof(IPlanetScaleApi))]
    [InlineData(nameof(IAzureBoardsApi))]
    [InlineData(nameof(IServiceHooksApi))]
    public void No_default_header_holds_a_credential(string client)
    {
        using var http = _wiring.Get<IHttpClientFactory>().CreateClient(client);

        Assert.False(http.DefaultRequestHeaders.Contains("Authorization"));
    }

    [Fact]
    public void The_text_of_a_credentials_body_shows_no_secret()
    {
        var body = System.Text.Json.JsonSerializer.Deserialize("""{"id":"c1","plain_text":"hunter2","password":"hunter3"}""", PlanetScaleJson.Default.CredentialBody)!;

        Assert.Equal(("hunter2", "hunter3"), (body.PlainText, body.Password));
        Assert.DoesNotContain("hunter", $"{body}", StringComparison.Ordinal);
    }

    private static async Task NotUnderstoodAsync(Func<Task> ask)
    {
        var refusal = await Assert.ThrowsAnyAsync<ServiceException>(ask);
        Assert.Equal(Failure.Transient, refusal.Failure);
        Assert.Contains("not understood", refusal.Message, StringComparison.Ordinal);
    }

    private sealed class LongContent : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var chunk = new byte[1024 * 1024];
            for (var written = 0; written < 40; written++)
            {
                await stream.WriteAsync(chunk);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
