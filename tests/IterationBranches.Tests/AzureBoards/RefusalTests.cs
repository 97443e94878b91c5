using Azure;
using Azure.Identity;
using IterationBranches.AzureBoards;
using IterationBranches.Iterations;
using IterationBranches.Tests.Http;

namespace IterationBranches.Tests.AzureBoards;

public sealed class RefusalTests : IDisposable
{
    private const string Team = "GET /contoso/Meridian/Payments/_apis/work/teamsettings/iterations?api-version=7.1";
    private const string SignIn = "<!DOCTYPE html><html><title>Azure DevOps Services | Sign In</title></html>";

    private readonly HttpPeer _peer = new();
    private Wiring? _wiring;

    public void Dispose()
    {
        _wiring?.Dispose();
        _peer.Dispose();
    }

    /// <summary>Status, type, body, what follows, and what the message must name.</summary>
    [Theory]
    [InlineData(203, "text/html", SignIn, Failure.PersonNeeded, "Boards__PersonalAccessToken")]
    [InlineData(203, "application/json", """{"value":[]}""", Failure.PersonNeeded, "Boards__PersonalAccessToken")]
    [InlineData(200, "text/html", SignIn, Failure.PersonNeeded, "Boards__PersonalAccessToken")]
    [InlineData(302, "text/html", SignIn, Failure.PersonNeeded, "Boards__PersonalAccessToken")]
    [InlineData(401, "application/json", """{"$id":"1","message":"TF400813: not authorized","typeKey":"UnauthorizedRequestException"}""", Failure.PersonNeeded, "TF400813: not authorized")]
    [InlineData(401, "text/html", "", Failure.PersonNeeded, "\"Work Items (Read)\"")]
    [InlineData(403, "application/json", """{"message":"VS403463: The conditional access policy defined by your administrator has failed.","typeKey":"AccessCheckException"}""", Failure.PersonNeeded, "(status 403 AccessCheckException; VS403463: The conditional access policy defined by your administrator has failed.). A conditional access policy of the tenant")]
    [InlineData(403, "application/json", """{"message":"TF999999: Something new.","typeKey":"NewException"}""", Failure.PersonNeeded, "\"orders\" (status 403 NewException; TF999999: Something new.). As a rule, the personal access token needs")]
    [InlineData(403, "text/plain", "no", Failure.PersonNeeded, "\"Work Items (Read)\"")]
    [InlineData(404, "application/json", """{"message":"The team with id 'Payments' does not exist, or you do not have permission to access it."}""", Failure.PersonNeeded, "Tracks__orders__Project, Tracks__orders__Team")]
    [InlineData(404, "application/json", """{"count":1,"value":{"Message":"VS402485: The Area/Iteration name is not recognized"}}""", Failure.PersonNeeded, "VS402485")]
    [InlineData(400, "application/json", """{"message":"VS800075: The project with id does not exist","typeKey":"ProjectDoesNotExistException"}""", Failure.PersonNeeded, "Readers")]
    [InlineData(400, "application/json", """{"message":"TF400733: The request has been canceled"}""", Failure.ToldToWait, "TF400733")]
    [InlineData(429, "text/plain", "", Failure.ToldToWait, "throttles")]
    [InlineData(400, "text/plain", "bad api-version", Failure.PersonNeeded, "bad api-version")]
    [InlineData(500, "text/html", "<html>oops</html>", Failure.Transient, "oops")]
    [InlineData(503, "application/json", """{"message":"VS403: maintenance"}""", Failure.Transient, "maintenance")]
    public async Task A_refusal_says_what_happens_next(int status, string type, string body, Failure failure, string says)
    {
        for (var tries = 0; tries < (status >= 500 ? 3 : 1); tries++)
        {
            _peer.On(Team, Reply.Text(status, body, type));
        }

        var refusal = await RefusedAsync();

        Assert.Equal((failure, status), (refusal.Failure, refusal.Status));
        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
        _peer.AssertAllAsked();
    }

    [Fact]
    public async Task An_error_is_read_behind_a_byte_order_mark()
    {
        _peer.On(Team, Reply.Json(404, "\uFEFF" + await BoardsPayload.ReadAsync("error-404")));

        var refusal = await RefusedAsync();

        Assert.Equal("ProjectDoesNotExistWithNameException", refusal.Code);
        Assert.Contains("does not exist: Meridiam", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_documented_bad_request_is_understood()
    {
        _peer.On(Team, Reply.Json(400, await BoardsPayload.ReadAsync("error-400.timeframe")));

        Assert.Equal("ArgumentOutOfRangeException", (await RefusedAsync()).Code);
    }

    [Fact]
    public async Task The_reason_of_a_401_is_in_a_header()
    {
        _peer.On(Team, Reply.Empty(
            401, ("X-TFS-ServiceError", "Access%20Denied%3A%20The%20Personal%20Access%20Token%20used%20has%20expired."), ("ActivityId", "a-1-2")));

        var message = (await RefusedAsync()).Message;

        Assert.Contains("Access Denied: The Personal Access Token used has expired.", message, StringComparison.Ordinal);
        Assert.Contains("activity a-1-2", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_identity_is_told_where_to_be_added()
    {
        _peer.On(Team, Reply.Empty(401));

        var refusal = await RefusedAsync(personalAccessToken: null);

        Assert.Contains("Boards__Organization", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("managed identity", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_iteration_root_is_named_where_it_is_what_is_asked_for()
    {
        _peer.On("GET /contoso/Meridian/_apis/wit/classificationnodes/Iterations/Nowhere?$depth=14&api-version=7.1", Reply.Empty(404));

        Assert.Contains("Tracks__orders__IterationRoot", (await RefusedAsync(root: "Nowhere")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_text_of_a_refusal_shows_the_token()
    {
        var basic = Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes($":{SomeSettings.PersonalAccessToken}"));
        _peer.On(Team, Reply.Text(400, $"you sent Authorization: Basic {basic} which is {SomeSettings.PersonalAccessToken}", "text/plain"));

        var refusal = await RefusedAsync();

        Assert.Contains("you sent", refusal.Message, StringComparison.Ordinal);
        Assert.All([refusal.ToString(), _wiring!.Log.Text], text =>
        {
            Assert.DoesNotContain(SomeSettings.PersonalAccessToken, text, StringComparison.Ordinal);
            Assert.DoesNotContain(basic, text, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task A_network_failure_names_the_address_that_was_asked()
    {
        for (var tries = 0; tries < 3; tries++)
        {
            _peer.On(Team, _ => Task.FromException<HttpResponseMessage>(new HttpRequestException(HttpRequestError.NameResolutionError)));
        }

        var refusal = await RefusedAsync();

        Assert.Equal((Failure.Transient, null), (refusal.Failure, refusal.Status));
        Assert.Contains("an unknown host name (Boards__BaseUrl is https://dev.azure.com/)", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>Why the identity gave no token, and what follows.</summary>
    public static TheoryData<AuthenticationFailedException, Failure> WithoutToken => new()
    {
        { new CredentialUnavailableException("no endpoint"), Failure.Transient },
        { new AuthenticationFailedException("busy", new RequestFailedException(503, "busy")), Failure.Transient },
        { new AuthenticationFailedException("slow", new InvalidOperationException("x", new RequestFailedException(429, "slow"))), Failure.Transient },
        { new AuthenticationFailedException("net", new HttpRequestException("net")), Failure.Transient },
        { new AuthenticationFailedException("late", new TaskCanceledException("late")), Failure.Transient },
        { new AuthenticationFailedException("identity not found", new RequestFailedException(400, "identity not found")), Failure.PersonNeeded },
        { new AuthenticationFailedException("AADSTS700016"), Failure.PersonNeeded },
    };

    [Theory]
    [MemberData(nameof(WithoutToken))]
    public async Task An_identity_without_a_token_is_a_refusal(AuthenticationFailedException reason, Failure failure)
    {
        var refusal = await RefusedAsync(personalAccessToken: null, identity: new FakeIdentity(reason));

        Assert.Equal((failure, null), (refusal.Failure, refusal.Status));
        Assert.Contains(reason.Message, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Boards__PersonalAccessToken", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(_peer.Received);
    }

    private Task<AzureBoardsException> RefusedAsync(
        string? personalAccessToken = SomeSettings.PersonalAccessToken, string? root = null, FakeIdentity? identity = null)
    {
        _wiring = new Wiring(_peer, SomeSettings.Of(personalAccessToken), services => services.AddAzureBoards(() => 0.5), identity);
        return Assert.ThrowsAsync<AzureBoardsException>(() =>
            _wiring.Get<IIterationSource>().ListAsync(BoardsPayload.Track(root: root), CancellationToken.None));
    }
}
