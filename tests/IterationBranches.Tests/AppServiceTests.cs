using Azure.Core;
using IterationBranches.AppService;
using IterationBranches.Configuration;
using IterationBranches.Provisioning;
using IterationBranches.Sandbox.StandIns;
using IterationBranches.Sandbox.StandIns.AppService;
using IterationBranches.Testing;
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
