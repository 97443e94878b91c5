using IterationBranches.Branches;
using IterationBranches.Credentials;
using IterationBranches.PlanetScale;
using IterationBranches.Sandbox.StandIns.PlanetScale;
using IterationBranches.Testing.Faults;
using IterationBranches.Testing.Hands;
using IterationBranches.Tests.Http;

namespace IterationBranches.Tests.PlanetScale;

/// <summary>The composed client and the stand-in: what comes after a branch's first credential, and Postgres.</summary>
public sealed class StandInLifeTests : IAsyncLifetime
{
    private readonly InstantTime _clock = new();
    private readonly PlanetScaleStandIn _planetScale;
    private readonly PlanetScaleDatabase _shop;
    private Wiring? _wiring;

    public StandInLifeTests()
    {
        _planetScale = new PlanetScaleStandIn(_clock).WithRoles();
        _shop = _planetScale.AddDatabase("acme", "shop");
        _planetScale.AddDatabase("acme", "books", "postgresql");
        Allow([.. TokenPermissions.Development, .. TokenPermissions.DataBranching]);
    }

    private IBranchProvider Branches => _wiring!.Get<IBranchProvider>();

    private ICredentialProvider Credentials => _wiring!.Get<ICredentialProvider>();

    public async ValueTask InitializeAsync()
    {
        await _planetScale.StartAsync();
        _wiring = new Wiring(null, SomeSettings.Of(planetScale: new Uri(_planetScale.Address, "/v1")), services => services.AddPlanetScale());
    }

    public async ValueTask DisposeAsync()
    {
        _wiring?.Dispose();
        await _planetScale.DisposeAsync();
    }

    [Fact]
    public async Task A_deleted_branch_is_listed_until_it_is_gone()
    {
        _planetScale.DeletionTakes = TimeSpan.FromMinutes(1);
        _planetScale.AddBranchByHand("shop", "sprint-42");
        var branch = await FindAsync("shop", "sprint-42");

        await Branches.DeleteBranchAsync("shop", branch!, CancellationToken.None);
        Assert.NotNull(await FindAsync("shop", "sprint-42"));
        Assert.Null(await Branches.CreateBranchAsync("shop", "sprint-42", "main", seed: null, CancellationToken.None));

        _clock.Pass(TimeSpan.FromMinutes(1));
        Assert.Null(await FindAsync("shop", "sprint-42"));
        await Branches.DeleteBranchAsync("shop", branch!, CancellationToken.None);
    }

    [Theory]
    [InlineData("main")]
    [InlineData("protected")]
    [InlineData("parent")]
    public async Task What_must_stay_stays(string name)
    {
        _planetScale.AddBranchByHand("shop", "protected", deletionProtected: true);
        _planetScale.AddBranchByHand("shop", "parent");
        _planetScale.AddBranchByHand("shop", "child", parent: "parent");
        var branch = (await FindAsync("shop", name))!;

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(() => Branches.DeleteBranchAsync("shop", branch, CancellationToken.None));

        Assert.Equal((Failure.PersonNeeded, 422), (refusal.Failure, refusal.Status));
        Assert.DoesNotContain(_planetScale.Branches("shop"), state => state.Deleting);
        Assert.Equal((name == "protected", name != "protected"), (branch.Protected, (await ListAsync("shop")).Any(other => other.Parent == branch.Name)));
    }

    [Fact]
    public async Task A_deletion_without_the_permission_is_told_from_a_branch_that_is_gone()
    {
        _planetScale.AddBranchByHand("shop", "sprint-42");
        var branch = await FindAsync("shop", "sprint-42");
        Allow(["read_database", "read_branch"]);

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(() => Branches.DeleteBranchAsync("shop", branch!, CancellationToken.None));

        Assert.Contains("lacks the permission delete_branch", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_deploy_requests_and_schema_changes_are_seen()
    {
        _planetScale.AddBranchByHand("shop", "sprint-42");
        var (main, branch) = (await FindAsync("shop", "main"), await FindAsync("shop", "sprint-42"));
        Assert.True((await Branches.CompareSchemaAsync("shop", branch!, main, CancellationToken.None)).IsEqual);
        Assert.Empty(await Branches.ListOpenDeployRequestsAsync("shop", branch!, CancellationToken.None));

        _planetScale.ChangeSchema("shop", "sprint-42", "invoices", "CREATE TABLE invoices (id bigint)");
        var number = _planetScale.OpenDeployRequest("shop", "sprint-42");

        Assert.Equal(["invoices"], (await Branches.CompareSchemaAsync("shop", branch!, main, CancellationToken.None)).Tables);
        Assert.Equal([new DeployRequest(number, "sprint-42", "main")], await Branches.ListOpenDeployRequestsAsync("shop", branch!, CancellationToken.None));

        _planetScale.CloseDeployRequest("shop", number);
        _planetScale.ChangeSchema("shop", "sprint-42", "invoices", definition: null);
        _planetScale.SetStaleSchema("shop", "sprint-42");
        Assert.Empty(await Branches.ListOpenDeployRequestsAsync("shop", branch!, CancellationToken.None));
        Assert.True((await Branches.CompareSchemaAsync("shop", (await FindAsync("shop", "sprint-42"))!, main, CancellationToken.None)).IsStale);
    }

    [Fact]
    public async Task A_seeded_branch_is_a_production_branch_with_data()
    {
        Assert.False((await Branches.GetDatabaseAsync("shop", CancellationToken.None)).AllowsDataBranching);
        _shop.AllowDataBranching = true;
        Assert.True((await Branches.GetDatabaseAsync("shop", CancellationToken.None)).AllowsDataBranching);
        Assert.NotNull(await Branches.FindLatestBackupAsync("shop", "main", CancellationToken.None));

        var branch = await Branches.CreateBranchAsync("shop", "sprint-42", "main", new BranchSeed.DataBranching(), CancellationToken.None);

        Assert.Equal((true, (await FindAsync("shop", "main"))!.Id), (branch!.Production, branch.RestoredFrom));
        Assert.True(_planetScale.Branches("shop").Single(state => state.Id == branch.Id).HasData);
        _clock.Pass(TimeSpan.FromHours(1));
        var issued = await IssueAsync(SomeDatabase.Shop, branch.Id);
        Assert.NotNull(await Credentials.RenewCredentialAsync(SomeDatabase.Shop, branch.Id, issued.Credential.Id, CancellationToken.None));
        await Credentials.DeleteCredentialAsync(SomeDatabase.Shop, branch.Id, issued.Credential.Id, CancellationToken.None);
        await Branches.DeleteBranchAsync("shop", branch, CancellationToken.None);
        Assert.True(_planetScale.Branches("shop").Single(state => state.Id == branch.Id).Deleting);
    }

    [Fact]
    public async Task A_credential_is_renewed_while_it_runs_and_null_afterwards()
    {
        _planetScale.AddBranchByHand("shop", "sprint-42");
        var issued = await IssueAsync(SomeDatabase.Shop, "sprint-42");

        _clock.Pass(TimeSpan.FromDays(15));
        var renewed = await Credentials.RenewCredentialAsync(SomeDatabase.Shop, "sprint-42", issued.Credential.Id, CancellationToken.None);
        Assert.Equal(_clock.GetUtcNow() + TimeSpan.FromDays(21), renewed!.ExpiresAt);
        Assert.Equal(issued.Credential.Id, _planetScale.LogIn(issued.Username, issued.Password)?.Id);

        _clock.Pass(TimeSpan.FromDays(22));
        Assert.Null(await Credentials.RenewCredentialAsync(SomeDatabase.Shop, "sprint-42", issued.Credential.Id, CancellationToken.None));
        Assert.False(Assert.Single(await Credentials.ListCredentialsAsync(SomeDatabase.Shop, "sprint-42", CancellationToken.None)).Renewable);
        _planetScale.ForgetsExpired = true;
        Assert.Null(await Credentials.RenewCredentialAsync(SomeDatabase.Shop, "sprint-42", issued.Credential.Id, CancellationToken.None));
        Assert.Empty(await Credentials.ListCredentialsAsync(SomeDatabase.Shop, "sprint-42", CancellationToken.None));
    }

    [Fact]
    public async Task A_postgres_branch_is_restored_and_its_role_comes_and_goes()
    {
        var database = await Branches.GetDatabaseAsync("books", CancellationToken.None);
        Assert.Equal(DatabaseKind.Postgres, database.Kind);
        var backup = await Branches.FindLatestBackupAsync("books", "main", CancellationToken.None);
        var branch = await Branches.CreateBranchAsync("books", "sprint-42", "main", new BranchSeed.Restore(backup!.Id), CancellationToken.None);
        Assert.Equal((false, false), (branch!.Production, branch.Ready));

        Assert.Equal(Failure.ToldToWait, (await Assert.ThrowsAsync<PlanetScaleException>(() => IssueAsync(database, branch.Id))).Failure);
        _clock.Pass(TimeSpan.FromHours(1));
        var issued = await IssueAsync(database, branch.Id);

        Assert.Equal((branch.Id, "postgres", 5432, 6432), (issued.Credential.BranchId, issued.Database, issued.Port, issued.PooledPort!.Value));
        Assert.EndsWith($".{branch.Id}", issued.Username, StringComparison.Ordinal);
        Assert.Equal(("postgres", branch.Id), _planetScale.LogIn(issued.Username, issued.Password) is { } login ? (login.Role, login.BranchId) : default);
        Assert.Equal([issued.Credential], await Credentials.ListCredentialsAsync(database, branch.Id, CancellationToken.None));
        Assert.NotNull(await Credentials.RenewCredentialAsync(database, branch.Id, issued.Credential.Id, CancellationToken.None));

        _planetScale.CreateTableAs(issued.Credential.Id);
        await Credentials.ReassignOwnedAsync(database, branch.Id, issued.Credential.Id, CancellationToken.None);
        _planetScale.CreateTableAs(issued.Credential.Id, "another");
        await Credentials.DeleteCredentialAsync(database, branch.Id, issued.Credential.Id, CancellationToken.None);
        await Credentials.DeleteCredentialAsync(database, branch.Id, issued.Credential.Id, CancellationToken.None);
        Assert.Empty(_planetScale.Passwords("books"));
        Assert.DoesNotContain(issued.Password, _wiring!.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lost_answer_to_the_deletion_of_a_branch_is_found_out()
    {
        _planetScale.DeletionTakes = TimeSpan.Zero;
        _planetScale.AddBranchByHand("shop", "sprint-42");
        var branch = await FindAsync("shop", "sprint-42");
        _planetScale.Faults.Add("delete_branch", Fault.LoseResponse());

        await Branches.DeleteBranchAsync("shop", branch!, CancellationToken.None);

        Assert.Null(await FindAsync("shop", "sprint-42"));
    }

    private void Allow(IReadOnlyList<string> permissions) => _planetScale.AddServiceToken(
        "tk1tk2tk3tk4", SomeSettings.ServiceToken, "actor-of-ours",
        new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal) { ["shop"] = permissions, ["books"] = permissions });

    private Task<IReadOnlyList<Branch>> ListAsync(string database) => Branches.ListBranchesAsync(database, CancellationToken.None);

    private async Task<Branch?> FindAsync(string database, string name) => (await ListAsync(database)).FirstOrDefault(branch => branch.Name == name);

    private Task<IssuedCredential> IssueAsync(Database database, string branch) => Credentials.CreateCredentialAsync(
        database, branch, new CredentialRequest("ib-2a6f9d84-0badcafe", CredentialRole.Admin, TimeSpan.FromDays(21), []), CancellationToken.None);
}
