using IterationBranches.Branches;
using IterationBranches.Credentials;
using IterationBranches.PlanetScale;
using IterationBranches.Sandbox.StandIns.PlanetScale;
using IterationBranches.Testing.Faults;
using IterationBranches.Testing.Hands;
using IterationBranches.Tests.Http;

namespace IterationBranches.Tests.PlanetScale;

/// <summary>The composed client over a real connection, to the server that stands in for PlanetScale.</summary>
public sealed class StandInTests : IAsyncLifetime
{
    private const string TokenId = "tk1tk2tk3tk4";

    private readonly InstantTime _clock = new();
    private readonly PlanetScaleStandIn _planetScale;
    private Wiring? _wiring;

    public StandInTests() => _planetScale = new PlanetScaleStandIn(_clock);

    private IBranchProvider Branches => _wiring!.Get<IBranchProvider>();

    private ICredentialProvider Credentials => _wiring!.Get<ICredentialProvider>();

    public async ValueTask InitializeAsync()
    {
        await _planetScale.StartAsync();
        _planetScale.AddDatabase("acme", "shop");
        Allow(TokenPermissions.Development);
        _wiring = new Wiring(null, SomeSettings.Of(planetScale: new Uri(_planetScale.Address, "/v1")), services => services.AddPlanetScale());
    }

    public async ValueTask DisposeAsync()
    {
        _wiring?.Dispose();
        await _planetScale.DisposeAsync();
    }

    [Fact]
    public async Task A_branch_and_its_credential_come_and_go()
    {
        _clock.Pass(TimeSpan.FromHours(5));
        var database = await Branches.GetDatabaseAsync("shop", CancellationToken.None);
        Assert.Equal(new Database("shop", DatabaseKind.MySql, "main", Ready: true, AtBranchLimit: false, _clock.GetUtcNow()) { DevelopmentBranches = 0 }, database);

        var branch = await Branches.CreateBranchAsync("shop", "sprint-42", "main", seed: null, CancellationToken.None);
        Assert.Equal(("sprint-42", "main", false, "actor-of-ours"), (branch!.Name, branch.Parent, branch.Ready, branch.ActorId));
        Assert.Null(await Branches.CreateBranchAsync("shop", "sprint-42", "main", seed: null, CancellationToken.None));

        var tooEarly = await Assert.ThrowsAsync<PlanetScaleException>(() => CreateCredentialAsync(branch.Id));
        Assert.Equal(Failure.ToldToWait, tooEarly.Failure);

        _planetScale.SetReady(branch.Id);
        Assert.Equal(["main", "sprint-42"], (await Branches.ListBranchesAsync("shop", CancellationToken.None)).Select(listed => listed.Name).Order());
        var issued = await CreateCredentialAsync(branch.Id);
        Assert.Equal(branch.Id, issued.Credential.BranchId);
        Assert.Equal(issued.Credential.Id, _planetScale.LogIn(issued.Username, issued.Password)?.Id);
        Assert.Equal([issued.Credential], await Credentials.ListCredentialsAsync(SomeDatabase.Shop, branch.Id, CancellationToken.None));

        await Credentials.DeleteCredentialAsync(SomeDatabase.Shop, branch.Id, issued.Credential.Id, CancellationToken.None);
        await Credentials.DeleteCredentialAsync(SomeDatabase.Shop, branch.Id, issued.Credential.Id, CancellationToken.None);
        Assert.Empty(_planetScale.Passwords("shop"));
        Assert.DoesNotContain(issued.Password, _wiring!.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_branches_than_fit_on_a_page_are_all_listed()
    {
        for (var i = 0; i < 205; i++)
        {
            _planetScale.AddBranchByHand("shop", $"branch-{i}");
        }

        Assert.Equal(206, (await Branches.ListBranchesAsync("shop", CancellationToken.None)).Count);
    }

    [Fact]
    public async Task A_lost_answer_to_a_creation_is_not_asked_for_again()
    {
        _planetScale.Faults.Add("create_branch", Fault.LoseResponse());

        var lost = await Assert.ThrowsAsync<PlanetScaleException>(() => Branches.CreateBranchAsync("shop", "sprint-42", "main", seed: null, CancellationToken.None));

        Assert.Equal((Failure.Transient, null), (lost.Failure, lost.Status));
        Assert.DoesNotContain("Try 1", _wiring!.Log.Text, StringComparison.Ordinal);
        Assert.Null(await Branches.CreateBranchAsync("shop", "sprint-42", "main", seed: null, CancellationToken.None));
    }

    [Fact]
    public async Task A_lost_answer_to_a_deletion_is_found_out()
    {
        var id = _planetScale.AddPasswordByHand("shop", "main", "ib-2a6f9d84-0badcafe");
        Allow([.. TokenPermissions.Development, .. TokenPermissions.DataBranching]);
        _planetScale.Faults.Add("delete_password", Fault.LoseResponse());

        await Credentials.DeleteCredentialAsync(SomeDatabase.Shop, "main", id, CancellationToken.None);

        Assert.Contains("Try 1 ended with a network failure", _wiring!.Log.Text, StringComparison.Ordinal);
        Assert.Empty(_planetScale.Passwords("shop"));
    }

    [Fact]
    public async Task A_missing_permission_is_told_from_a_missing_credential()
    {
        _planetScale.AddBranchByHand("shop", "sprint-42");
        var id = _planetScale.AddPasswordByHand("shop", "sprint-42", "ib-2a6f9d84-0badcafe");
        Allow(["read_database", "read_branch"]);

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(() => Credentials.DeleteCredentialAsync(SomeDatabase.Shop, "sprint-42", id, CancellationToken.None));

        Assert.Equal(Failure.PersonNeeded, refusal.Failure);
        Assert.Contains("delete_branch_password", refusal.Message, StringComparison.Ordinal);
        Assert.Single(_planetScale.Passwords("shop"));
    }

    [Fact]
    public async Task A_revoked_token_is_told_from_a_missing_database()
    {
        var missing = await Assert.ThrowsAsync<PlanetScaleException>(() => Branches.GetDatabaseAsync("shoop", CancellationToken.None));
        _planetScale.RevokeServiceToken(TokenId);
        var revoked = await Assert.ThrowsAsync<PlanetScaleException>(() => Branches.GetDatabaseAsync("shop", CancellationToken.None));

        Assert.Contains("\"shoop\" (setting Tracks__…__Database)", missing.Message, StringComparison.Ordinal);
        Assert.Contains("PlanetScale does not know the service token", revoked.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redirect_is_a_refusal()
    {
        _planetScale.Faults.Add("get_database", Fault.Refuse(302));

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(() => Branches.GetDatabaseAsync("shop", CancellationToken.None));

        Assert.Equal((Failure.PersonNeeded, 302), (refusal.Failure, refusal.Status));
    }

    private void Allow(IReadOnlyList<string> permissions) => _planetScale.AddServiceToken(
        TokenId, SomeSettings.ServiceToken, "actor-of-ours", new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal) { ["shop"] = permissions });

    private Task<IssuedCredential> CreateCredentialAsync(string branchId) => Credentials.CreateCredentialAsync(
        SomeDatabase.Shop, branchId, new CredentialRequest("ib-2a6f9d84-0badcafe", CredentialRole.Admin, TimeSpan.FromDays(21), []), CancellationToken.None);
}
