using IterationBranches.Testing.Faults;
using IterationBranches.Testing.Hands;

namespace IterationBranches.Functions.Tests.Doctor;

/// <summary>What the doctor says of Azure Boards, Key Vault and App Service.</summary>
[Collection(DoctorGroup.Name)]
public sealed class BoardsAndVaultTests(AzuriteFixture azurite)
{
    private const string Boards = "Azure Boards, Meridian / Payments";

    [Fact]
    public async Task A_sign_in_page_is_a_credential_that_is_not_accepted()
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        bench.Boards.Faults.Add("list_team_iterations", Fault.Refuse(203, body: "<html>Sign In</html>", contentType: "text/html"));

        var failed = Assert.Single((await bench.AskAsync()).Failed());

        Assert.Equal(Boards, failed.Name);
        Assert.Contains("did not accept the credential", failed.Text, StringComparison.Ordinal);
        Assert.Contains("put it into Boards__PersonalAccessToken", failed.Mend, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_was_revoked_and_a_team_that_is_not_there_are_told_apart()
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        bench.Settings["Tracks__orders__Team"] = "Nobodys";
        var missing = Assert.Single((await bench.AskAsync()).Failed());
        bench.Settings["Tracks__orders__Team"] = "Payments";
        bench.Boards.RevokePersonalAccessToken("pat-of-the-tests");
        var revoked = Assert.Single((await bench.AskAsync()).Failed());

        Assert.StartsWith("Correct Tracks__orders__Project, Tracks__orders__Team", missing.Mend, StringComparison.Ordinal);
        Assert.StartsWith("Make a new personal access token of the organization contoso", revoked.Mend, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_identity_that_is_not_in_the_organization_is_told_where_to_be_added()
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        bench.Settings["Boards__PersonalAccessToken"] = null;
        var stranger = Assert.Single((await bench.AskAsync()).Failed());
        bench.Boards.AddUser(DoctorBench.Principal);
        var added = await bench.AskAsync();

        Assert.Contains("Organization settings, Users", stranger.Mend, StringComparison.Ordinal);
        Assert.True(added.Healthy, added.All());
    }

    [Fact]
    public async Task Boards_that_ask_for_quiet_have_not_been_seen_and_it_is_said_when_to_ask_again()
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        bench.Boards.Faults.Add("list_team_iterations", Fault.Refuse(429, retryAfter: "30"));

        var diagnosis = await bench.AskAsync();

        Assert.False(diagnosis.Healthy);
        Assert.Equal("Ask again in 30 seconds.", Assert.Single(diagnosis.Failed()).Mend);
    }

    [Theory]
    [InlineData("readMetadata", "readMetadata/action")]
    [InlineData("getSecret", "getSecret/action")]
    [InlineData("setSecret", "setSecret/action")]
    [InlineData("update", "update/action")]
    [InlineData("recover", "recover/action")]
    public async Task Exactly_the_data_action_that_is_missing_is_named(string action, string named)
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        bench.Vault.Deny(DoctorBench.Principal, action);

        var failed = Assert.Single((await bench.AskAsync()).Failed());

        Assert.Equal("Key Vault", failed.Name);
        Assert.Contains($"Microsoft.KeyVault/vaults/secrets/{named} ", failed.Text, StringComparison.Ordinal);
        Assert.Contains("ForbiddenByRbac", failed.Text, StringComparison.Ordinal);
        Assert.Equal(0, bench.Vault.Calls.Writes);
    }

    [Fact]
    public async Task Deletion_is_needed_only_where_branches_are_deleted()
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        bench.Settings["Tracks__orders__Retire"] = "Delete";
        bench.PermitAlso("delete_branch", "read_deploy_request");

        var failed = Assert.Single((await bench.AskAsync()).Failed());

        Assert.Contains("Microsoft.KeyVault/vaults/secrets/delete ", failed.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task That_the_app_may_purge_is_a_warning_unless_nobody_can()
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        bench.Vault.Allow(DoctorBench.Principal, "purge");
        var warned = await bench.AskAsync();
        bench.Vault.PurgeProtection = true;
        bench.Vault.PutByHand("any", "value");
        var isProtected = await bench.AskAsync();

        Assert.Contains("may purge", Assert.Single(warned.Warnings()).Text, StringComparison.Ordinal);
        Assert.Empty(isProtected.Warnings());
        Assert.Equal("any", Assert.Single(bench.Vault.Secrets).Name);
    }

    [Theory]
    [InlineData("ForbiddenByFirewall", "Client address is not authorized", "Let the app through the firewall")]
    [InlineData("ForbiddenByConnection", "Public network access is disabled", "Let the app reach ")]
    [InlineData("ForbiddenByTheMoon", "It is full", "Do what the text says.")]
    public async Task A_vault_that_lets_nobody_in_is_said_once_and_blames_no_role(string code, string sentence, string mend)
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        bench.Vault.Faults.Otherwise = (_, request) => request.Headers.Authorization.Count == 0 ? null
            : Fault.Refuse(403, body: $$"""{ "error": { "code": "Forbidden", "message": "{{sentence}}", "innererror": { "code": "{{code}}" } } }""");

        var failed = Assert.Single((await bench.AskAsync()).Failed());

        Assert.Contains($"(status 403 {code}: {sentence})", failed.Text, StringComparison.Ordinal);
        Assert.StartsWith(mend, failed.Mend, StringComparison.Ordinal);
        Assert.DoesNotContain("role", failed.Text + failed.Mend, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_vault_with_access_policies_names_the_permission_that_each_action_needs()
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        bench.Vault.Faults.Otherwise = (_, request) => request.Headers.Authorization.Count == 0 ? null
            : Fault.Refuse(403, body: """{"error":{"code":"Forbidden","message":"Caller was not found on any access policy.","innererror":{"code":"AccessDenied"}}}""");

        var failed = (await bench.AskAsync()).Failed().ToList();

        Assert.Equal(["Get", "List", "Recover", "Set", "Set"], failed.Select(check => check.Text.Split("the secret permission ")[1].Split(' ')[0]).Order(StringComparer.Ordinal));
        Assert.All(failed, check => Assert.StartsWith("Give the app's identity that permission in an access policy", check.Mend, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_site_that_the_app_may_only_read_or_that_is_not_there_fails_and_its_broken_reference_is_a_warning()
    {
        await using var bench = await DoctorBench.StartAsync(azurite);
        var other = DoctorBench.Site.Replace("shop-web", "gone", StringComparison.Ordinal);
        bench.Settings["Tracks__orders__RefreshSites"] = $"{DoctorBench.Site},{other}";
        bench.Sites.AddSiteToRead(DoctorBench.Site, DoctorBench.Principal);
        bench.Sites.AddReference(DoctorBench.Site, "ConnectionStrings__orders", "AccessToKeyVaultDenied");
        bench.Sites.AddReference(DoctorBench.Site, "Another", "Resolved");

        var diagnosis = await bench.AskAsync();

        Assert.Equal(["App Service, shop-web", "App Service, gone"], diagnosis.Failed().Select(check => check.Name));
        Assert.Equal(["Website Contributor", $"there is no {other}"], diagnosis.Failed().Select(check => check.Mend!.Contains("Website Contributor", StringComparison.Ordinal) ? "Website Contributor" : check.Mend[^(other.Length + 13)..^1]));
        Assert.Contains("ConnectionStrings__orders is a reference that is not resolved: AccessToKeyVaultDenied", Assert.Single(diagnosis.Warnings()).Text, StringComparison.Ordinal);
    }
}
