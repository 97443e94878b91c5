using IterationBranches.Doctor;
using IterationBranches.Sandbox.StandIns.PlanetScale;
using IterationBranches.Testing;
using IterationBranches.Testing.Faults;
using IterationBranches.Testing.Hands;

namespace IterationBranches.Functions.Tests.Doctor;

/// <summary>What the doctor says of PlanetScale, above all of the service token's permissions.</summary>
[Collection(DoctorGroup.Name)]
public sealed class ServiceTokenTests(AzuriteFixture azurite)
{
    private const string Shop = "PlanetScale, shop";
    private const string Token = "PlanetScale, service token";

    [Theory]
    [InlineData("read_database")]
    [InlineData("read_branch")]
    [InlineData("create_branch")]
    [InlineData("connect_branch")]
    [InlineData("delete_branch_password")]
    public async Task Exactly_the_permission_that_is_missing_is_named(string permission)
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        bench.PermitAllBut(permission);

        var failed = Assert.Single((await bench.AskAsync()).Failed());

        Assert.Equal((Shop, $"the service token lacks the permission {permission} on shop"), (failed.Name, failed.Text));
        Assert.Equal($"Add {permission} on shop to the service token {DoctorBench.TokenId} (Settings, Service tokens).", failed.Mend);
    }

    [Fact]
    public async Task A_token_that_may_not_tell_is_tried_without_effect()
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        bench.PermitAllBut("create_branch", mayTell: false);
        var blind = await bench.AskAsync();
        bench.Permit(["read_database", "read_branch", "create_branch"], mayTell: false);
        var seen = await bench.AskAsync();

        Assert.Equal("the service token lacks the permission create_branch on shop", Assert.Single(blind.Failed()).Text);
        Assert.Contains("read_service_tokens", Assert.Single(blind.Warnings()).Mend, StringComparison.Ordinal);
        Assert.True(seen.Healthy, seen.All());
        Assert.Equal(Token, Assert.Single(seen.Warnings()).Name);
        Assert.Equal(0, bench.PlanetScale.Calls.Writes);
        Assert.Equal(["main"], bench.PlanetScale.Branches("shop").Select(branch => branch.Name));
    }

    [Fact]
    public async Task Behind_a_404_the_setting_and_the_permission_are_named()
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        bench.Permit([], mayTell: false);

        var failed = Assert.Single((await bench.AskAsync()).Failed());

        Assert.Equal(Shop, failed.Name);
        Assert.Contains("read_database", failed.Text, StringComparison.Ordinal);
        Assert.StartsWith("Correct Tracks__orders__Database; or add the permission", failed.Mend, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_403_of_the_database_names_the_permission_too()
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        bench.PlanetScale.Faults.Add("get_database", Fault.Refuse(403, body: """{"code":"forbidden","message":"Forbidden"}"""));

        var failed = Assert.Single((await bench.AskAsync()).Failed());

        Assert.Contains("it needs read_database", failed.Text, StringComparison.Ordinal);
        Assert.Contains("add the permission that is named", failed.Mend, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_retirement_reads_is_tried_where_the_token_may_not_tell()
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        bench.Settings["Tracks__orders__Retire"] = "Delete";
        bench.Vault.Allow(DoctorBench.Principal, "delete");
        bench.Permit(["read_database", "read_branch"], mayTell: false);

        var failed = (await bench.AskAsync()).Failed().Select(check => check.Text).ToList();

        Assert.Equal(2, failed.Count);
        Assert.Contains("create_branch", failed[0], StringComparison.Ordinal);
        Assert.Contains("read_deploy_request", failed[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_token_should_not_be_permitted_is_a_warning_for_each_place()
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        bench.PlanetScale.AddDatabase("acme", "payroll");
        bench.Permit(
            ["read_database", "read_branch", "create_branch", "connect_branch", "delete_branch_password", "delete_production_branch", "delete_database", "read_comment"],
            ofOrganization: ["delete_databases", "read_organization"], others: new Dictionary<string, IReadOnlyList<string>> { ["payroll"] = ["connect_production_branch", "read_branch"] });

        var diagnosis = await bench.AskAsync();

        Assert.True(diagnosis.Healthy, diagnosis.All());
        Assert.Equal(
            [
                "the service token is permitted more than the app needs of the organization acme: delete_databases",
                "the service token is permitted more than the app needs on the database payroll, which no track names: connect_production_branch",
                "the service token is permitted more than the app needs on the database shop: delete_database, delete_production_branch",
            ],
            diagnosis.Warnings().Select(check => check.Text));
    }

    [Fact]
    public async Task What_retirement_and_data_need_is_asked_for_only_with_them()
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        bench.Settings["Tracks__orders__Retire"] = "Delete";
        bench.Settings["Tracks__orders__DataBranching"] = "true";
        bench.Settings["Tracks__orders__AllowProductionBranch"] = "true";
        bench.Vault.Allow(DoctorBench.Principal, "delete");
        bench.Shop.AllowDataBranching = true;

        var lacking = (await bench.AskAsync()).Failed().Select(check => check.Text.Split(' ')[^3]).ToList();
        bench.PermitAlso([.. lacking]);
        var mended = await bench.AskAsync();

        Assert.Equal(
            ["connect_production_branch", "delete_branch", "delete_production_branch", "delete_production_branch_password", "read_deploy_request", "restore_production_branch_backup"],
            lacking.Order(StringComparer.Ordinal));
        Assert.True(mended.Healthy, mended.All());
        Assert.Empty(mended.Warnings());
    }

    [Fact]
    public async Task A_token_that_ends_soon_is_a_warning_and_one_that_has_ended_is_to_be_replaced()
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        var now = new ManualTime().GetUtcNow();
        bench.Permit([.. TokenPermissions.Development.Except(["delete_branch"])], expiresAt: now.AddDays(10));
        var soon = await bench.AskAsync();
        bench.Permit([.. TokenPermissions.Development.Except(["delete_branch"])], expiresAt: now.AddSeconds(-1));
        var over = await bench.AskAsync();

        Assert.Equal("the service token ends on 2026-09-05", Assert.Single(soon.Warnings()).Text);
        var failed = over.Failed().First();
        Assert.Equal("PlanetScale", failed.Name);
        Assert.StartsWith("Make a new service token of the organization acme", failed.Mend, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_of_another_organization_is_not_taken_for_a_missing_database()
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        bench.Settings["PlanetScale__Organization"] = "another";

        var failed = (await bench.AskAsync()).Of("PlanetScale").Single();

        Assert.Equal("the organization another is not one that the service token sees", failed.Text);
        Assert.StartsWith("Correct PlanetScale__Organization", failed.Mend, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_parent_that_is_not_there_and_a_database_that_needs_another_setting_fail_as_the_plan_would()
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        bench.Settings["Tracks__orders__ParentBranch"] = "nowhere";
        bench.PlanetScale.AddDatabase("acme", "ledger", "postgresql");
        bench.Permit(
            ["read_database", "read_branch", "create_branch", "connect_branch", "delete_branch_password"],
            others: new Dictionary<string, IReadOnlyList<string>> { ["ledger"] = ["read_database", "read_branch", "create_branch", "connect_branch", "delete_branch_password"] });
        bench.Settings["Tracks__ledger__Project"] = "Meridian";
        bench.Settings["Tracks__ledger__Team"] = "Payments";
        bench.Settings["Tracks__ledger__Database"] = "ledger";
        bench.Settings["Tracks__ledger__Retire"] = "Keep";

        var failed = (await bench.AskAsync()).Failed().ToDictionary(check => check.Name, check => check.Text);

        Assert.Equal(["PlanetScale, ledger", Shop], failed.Keys.Order(StringComparer.Ordinal));
        Assert.Contains("the parent branch nowhere does not exist", failed[Shop], StringComparison.Ordinal);
        Assert.Contains("set Tracks__ledger__DataBranching to true", failed["PlanetScale, ledger"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_takes_no_more_branches_fails()
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        bench.Shop.DevelopmentBranchLimit = 1;
        bench.PlanetScale.AddBranchByHand("shop", "somebodys");

        var failed = Assert.Single((await bench.AskAsync()).Failed());

        Assert.Equal((Shop, "it has as many development branches as PlanetScale allows (1)"), (failed.Name, failed.Text));
    }

    [Fact]
    public async Task A_clock_that_is_wrong_is_a_warning()
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        await using var app = await bench.StartAppAsync();
        app.Clock.Advance(TimeSpan.FromSeconds(61));

        var clock = (await bench.AskAsync(app)).Of("clock").Single();

        Assert.Equal((Outcome.Warning, "this machine's clock is 61 seconds ahead of PlanetScale's"), (clock.Outcome, clock.Text));
    }

    [Fact]
    public async Task PlanetScale_that_is_down_fails_its_own_checks_alone()
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        bench.PlanetScale.Faults.Otherwise = (_, _) => Fault.Refuse(503, retryAfter: "60");

        var diagnosis = await bench.AskAsync();

        Assert.All(diagnosis.Checks.Where(check => check.Outcome != Outcome.Ok), check => Assert.StartsWith("PlanetScale", check.Name, StringComparison.Ordinal));
        Assert.Equal("Ask again in 60 seconds.", diagnosis.Of(Shop).Single().Mend);
    }
}
