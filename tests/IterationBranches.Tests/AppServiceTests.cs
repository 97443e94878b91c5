using Azure.Core;
using IterationBranches.AppService;
using IterationBranches.Configuration;
using IterationBranches.Provisioning;
using IterationBranches.Sandbox.StandIns;
using IterationBranches.Sandbox.StandIns.AppService;
using IterationBranches.Testing;
using IterationBranches.Testing.Faults;
using IterationBranches.Tests.Http;
using Microsoft.Extensions.DependencyInjection;

namespace IterationBranches.Tests;

/// <summary>Sites are asked to fetch their Key Vault references again, through the real wiring.</summary>
public sealed class AppServiceTests : IAsyncLifetime
{
    private const string Site = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/shop-web";

    private readonly AppServiceStandIn _azure = new(TimeProvider.System);

    public async ValueTask InitializeAsync() => await _azure.StartAsync();

    public ValueTask DisposeAsync() => _azure.DisposeAsync();

    [Fact]
    public async Task A_site_is_asked_to_fetch_its_references_again()
    {
        _azure.AddSite(Site, "the-app");

        await Refresher("the-app").RefreshAsync(Site, CancellationToken.None);

        Assert.Equal(1, _azure.RefreshesOf(Site));
    }

    [Fact]
    public async Task Without_the_role_the_refusal_names_it()
    {
        _azure.AddSite(Site, "somebody-else");

        var refusal = await Assert.ThrowsAsync<AppServiceException>(() => Refresher("the-app").RefreshAsync(Site, CancellationToken.None));

        Assert.Equal(403, refusal.Status);
        Assert.Contains("Website Contributor", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(0, _azure.RefreshesOf(Site));
    }

    [Fact]
    public async Task An_answer_that_never_comes_is_transient()
    {
        _azure.AddSite(Site, "the-app");
        _azure.Faults.Add("refresh_references", Fault.LoseResponse());

        var refusal = await Assert.ThrowsAsync<AppServiceException>(() => Refresher("the-app").RefreshAsync(Site, CancellationToken.None));

        Assert.Equal(Failure.Transient, refusal.Failure);
    }

    /// <summary>What Azure Resource Manager answers, and what follows.</summary>
    [Theory]
    [InlineData(429, Failure.ToldToWait)]
    [InlineData(500, Failure.Transient)]
    [InlineData(302, Failure.PersonNeeded)]
    [InlineData(404, Failure.PersonNeeded)]
    public async Task A_refusal_says_what_happens_next_and_a_refresh_is_asked_for_once(int status, Failure failure)
    {
        using var peer = new HttpPeer().On($"POST {Site}/config/configreferences/appsettings/refresh?api-version=2022-03-01", Reply.Empty(status, ("Retry-After", "7")));
        using var wiring = Wired(peer);

        var refusal = await Assert.ThrowsAsync<AppServiceException>(() => wiring.Get<ISiteRefresher>().RefreshAsync(Site, CancellationToken.None));

        Assert.Equal((failure, status, TimeSpan.FromSeconds(7)), (refusal.Failure, refusal.Status, refusal.RetryAfter));
        Assert.StartsWith("Bearer ", Assert.Single(peer.Received).Headers["Authorization"], StringComparison.Ordinal);
    }

    /// <summary>The code of a refusal, and what mends it; of one that is not known nothing is guessed.</summary>
    [Theory]
    [InlineData(403, "AuthorizationFailed", ": give the app's identity a role such as Website Contributor on the site")]
    [InlineData(409, "ScopeLocked", ": a lock on the site or its group forbids changes")]
    [InlineData(403, "RequestDisallowedByPolicy", ": an Azure Policy forbids it")]
    [InlineData(404, "ResourceNotFound", ": correct RefreshSites of the track")]
    [InlineData(403, "ForbiddenByTheMoon", "")]
    public async Task What_Azure_Resource_Manager_says_comes_first_and_the_mend_follows_its_code(int status, string code, string mend)
    {
        using var peer = new HttpPeer().On(
            $"POST {Site}/config/configreferences/appsettings/refresh?api-version=2022-03-01", Reply.Json(status, $$"""{ "error": { "code": "{{code}}", "message": "No." } }"""));
        using var wiring = Wired(peer);

        var refusal = await Assert.ThrowsAsync<AppServiceException>(() => wiring.Get<ISiteRefresher>().RefreshAsync(Site, CancellationToken.None));

        Assert.Equal((Failure.PersonNeeded, code), (refusal.Failure, refusal.Code));
        Assert.StartsWith($"Azure Resource Manager refused (status {status} {code}: No.){mend}", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(code == "AuthorizationFailed", refusal.Message.Contains("Website Contributor", StringComparison.Ordinal));
    }

    /// <summary>What is read of a site's references.</summary>
    [Theory]
    [InlineData("""{"value":[null,{"name":"Shop","properties":{"status":"Resolved"}},{"name":"Books"}]}""", "Shop Resolved, Books Unknown")]
    [InlineData("""{"value":null}""", "")]
    [InlineData("<html>", null)]
    [InlineData("null", null)]
    [InlineData("", null)]
    public async Task References_are_read_or_not_understood(string body, string? expected)
    {
        using var peer = new HttpPeer().On($"GET {Site}/config/configreferences/appsettings?api-version=2022-03-01", Reply.Json(200, body));
        using var wiring = Wired(peer);
        var asked = wiring.Get<SiteReader>().ListReferencesAsync(Site, CancellationToken.None);

        if (expected is null)
        {
            Assert.Equal(Failure.Transient, (await Assert.ThrowsAsync<AppServiceException>(() => asked)).Failure);
        }
        else
        {
            Assert.Equal(expected, string.Join(", ", (await asked).Select(reference => $"{reference.Setting} {reference.Status}")));
        }
    }

    [Theory]
    [InlineData("/subscriptions/s/../sites/x")]
    [InlineData("/subscriptions//sites/x")]
    public async Task An_id_that_would_lead_elsewhere_is_not_sent(string site)
    {
        using var peer = new HttpPeer();
        using var wiring = Wired(peer);

        var refusal = await Assert.ThrowsAsync<AppServiceException>(() => wiring.Get<ISiteRefresher>().RefreshAsync(site, CancellationToken.None));

        Assert.Equal(Failure.PersonNeeded, refusal.Failure);
        Assert.Empty(peer.Received);
    }

    [Fact]
    public void A_redirect_is_never_followed()
    {
        using var wiring = Wired(peer: null);

        Assert.False(Assert.IsType<SocketsHttpHandler>(wiring.Innermost(nameof(IAppServiceApi))).AllowAutoRedirect);
    }

    private static Wiring Wired(HttpPeer? peer) =>
        new(peer, SettingsLoader.Load(SettingValues.Working().ToConfiguration()), services => services.AddAppService(() => 0.5), new IssuedToken("the-app"));

    private ISiteRefresher Refresher(string principal)
    {
        var values = SettingValues.Working();
        values["ResourceManager__BaseUrl"] = _azure.Address.AbsoluteUri;
        return new ServiceCollection()
            .AddSingleton(SettingsLoader.Load(values.ToConfiguration()))
            .AddSingleton<TokenCredential>(new IssuedToken(principal))
            .AddSingleton(TimeProvider.System)
            .AddLogging()
            .AddAppService()
            .BuildServiceProvider()
            .GetRequiredService<ISiteRefresher>();
    }

    private sealed class IssuedToken(string principal) : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            var now = TimeProvider.System.GetUtcNow();
            return new(StandInTokens.Issue(requestContext.Scopes[0][..^"/.default".Length], principal, now, TimeSpan.FromHours(1)), now.AddHours(1));
        }

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            ValueTask.FromResult(GetToken(requestContext, cancellationToken));
    }
}
