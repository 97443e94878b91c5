using IterationBranches.KeyVault;
using IterationBranches.Records;
using IterationBranches.Sandbox.StandIns.KeyVault;
using IterationBranches.Testing.Faults;
using IterationBranches.Testing.Hands;
using Record = IterationBranches.Records.Record;

namespace IterationBranches.Tests.KeyVault;

public sealed class RecordStoreTests : IAsyncLifetime
{
    private static readonly Guid s_iteration = Guid.Parse("2a6f9d84-c05b-4e71-93fa-7e1c8b4d6029");
    private static readonly SecretText s_value = new("Server=host;Password=pscale_pw_1", "application/x-mysql-ado-net");
    private static readonly Dictionary<string, string> s_strangers = new() { ["owner"] = "somebody" };

    private readonly VaultFixture _fixture = new();

    private static Record Claim => new("br-orders-2a6f9d84", "orders", s_iteration, @"Meridian\Sprint 42", RecordState.Claimed, "sprint-42", new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero))
    {
        ProviderAddress = "planetscale://acme/shop/sprint-42",
    };

    private static Record Ready => Claim with { State = RecordState.Ready, BranchId = "br-42", CredentialId = "cred-42", ExpiresAt = new(2030, 2, 1, 0, 0, 0, TimeSpan.Zero) };

    private static Alias Alias => new("ConnectionStrings--orders", "orders", s_iteration, "cred-42");

    private KeyVaultRecordStore Store => _fixture.Store;

    private KeyVaultStandIn Vault => _fixture.Vault;

    public ValueTask InitializeAsync() => _fixture.InitializeAsync();

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    /// <summary>The answers of 403 and what mends each; the last one is not known, and blames nobody.</summary>
    [Theory]
    [InlineData("ForbiddenByGovernancePolicy", "Secret was disallowed by policy", "an Azure Policy on the vault refuses the write, as one that wants an expiration date or sets a maximum validity period does: set KeyVault__MaximumValidity")]
    [InlineData("ForbiddenByConnection", "Public network access is disabled", "the vault of KeyVault__Uri takes no connection from a public network: let the app reach it by a private endpoint")]
    [InlineData("ForbiddenByFirewall", "Client address is not authorized", "let the app through the firewall")]
    [InlineData("AccessDenied", "Caller was not found on any access policy.", "the vault of KeyVault__Uri has access policies in the place of roles: give the app's identity the secret permission Set in one")]
    [InlineData("ForbiddenByPolicy", "The application does not have secrets set permission", "the vault of KeyVault__Uri has access policies in the place of roles: give the app's identity the secret permission Set in one")]
    [InlineData("ForbiddenByRbac", "Caller is not authorized", "give the app's identity the data action Microsoft.KeyVault/vaults/secrets/setSecret/action")]
    [InlineData("ForbiddenByTheMoon", "It is full", "the app knows no mend for this code; do what Key Vault says")]
    public async Task What_the_vault_says_comes_first_and_the_mend_follows_its_inner_code(string code, string sentence, string mend)
    {
        Vault.Faults.Add("set_secret", Fault.Refuse(403, body: $$"""{ "error": { "code": "Forbidden", "message": "{{sentence}}", "innererror": { "code": "{{code}}" } } }"""));

        var refusal = await Assert.ThrowsAsync<KeyVaultException>(() => Store.WriteAsync(Claim, value: null, default));

        Assert.Equal((Failure.PersonNeeded, 403, code, true), (refusal.Failure, refusal.Status, refusal.Code, refusal.HadNoEffect));
        Assert.Contains($"(status 403 {code}: {sentence}): {mend}", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(code == "ForbiddenByRbac", refusal.Message.Contains("data action", StringComparison.Ordinal));
    }

    /// <summary>Retry-After, and how long that is.</summary>
    [Theory]
    [InlineData("7", 7)]
    [InlineData("-7", null)]
    [InlineData("NaN", null)]
    [InlineData("99999999999", 86400)]
    public async Task A_vault_that_is_busy_says_for_how_long_if_it_is_a_time(string retryAfter, int? seconds)
    {
        Vault.Faults.Add("list_secrets", Fault.Refuse(429, retryAfter, """{"error":{"code":"Throttled","message":"Request was not processed because too many requests were received."}}"""));

        var refusal = await Assert.ThrowsAsync<KeyVaultException>(() => Store.ListAsync(default));

        Assert.Equal((Failure.ToldToWait, seconds), (refusal.Failure, (int?)refusal.RetryAfter?.TotalSeconds));
        Assert.Contains("(status 429 Throttled: Request was not processed because too many requests were received.)", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>As of an address that is no vault's, which the client sees before it sends its token.</summary>
    [Theory]
    [InlineData(typeof(InvalidOperationException))]
    [InlineData(typeof(UriFormatException))]
    [InlineData(typeof(ArgumentException))]
    public async Task What_fails_before_a_byte_is_sent_needs_a_person(Type type)
    {
        var failure = (Exception)Activator.CreateInstance(type, "The challenge resource 'vault.azure.net' does not match the requested domain.")!;

        var refusal = await Assert.ThrowsAsync<KeyVaultException>(() => KeyVaultException.AskAsync<int>("getSecret/action", "read secrets", () => throw failure, default));

        Assert.Equal((Failure.PersonNeeded, null), (refusal.Failure, refusal.Status));
        Assert.Equal("Key Vault was not asked to read secrets: The challenge resource 'vault.azure.net' does not match the requested domain. Correct KeyVault__Uri.", refusal.Message);
    }

    [Fact]
    public async Task A_claim_is_disabled_and_its_value_says_pending()
    {
        var written = await Store.WriteAsync(Claim, value: null, default);

        var secret = Assert.Single(Vault.Secrets);
        Assert.Equal((false, "pending", secret.Versions[0].Id), (secret.Enabled, Vault.ReadValue(Claim.SecretName), written.Version));
        var listed = Assert.Single((await Store.ListAsync(default)).Records);
        Assert.Equal((RecordState.Claimed, false, (string?)null, "sprint-42", Claim.ClaimedAt), (listed.State, listed.Enabled, listed.Version, listed.Branch, listed.ClaimedAt));
        Assert.Null(await Store.ReadAsync(Claim.SecretName, default));
    }

    [Fact]
    public async Task A_commit_is_a_new_version_that_can_be_read_back()
    {
        var claim = await Store.WriteAsync(Claim, value: null, default);
        _fixture.Clock.Advance(TimeSpan.FromSeconds(2));

        var written = await Store.WriteAsync(Ready with { Version = claim.Version, Enabled = false }, s_value, default);

        var (record, value) = Assert.NotNull(await Store.ReadAsync(Claim.SecretName, default));
        Assert.Equal((s_value, written.Version, "cred-42", true, Ready.ExpiresAt), (value, record.Version, record.CredentialId, record.Enabled, record.ExpiresAt));
        var versions = await Store.ListVersionsAsync(Claim.SecretName, default);
        Assert.Equal([RecordState.Ready, RecordState.Claimed], versions.Select(version => version.State));
        Assert.Equal(written.Version, versions[0].Version);
    }

    [Fact]
    public async Task Tags_are_changed_on_exactly_the_version_that_was_read()
    {
        var first = await Store.WriteAsync(Claim, value: null, default);
        _fixture.Clock.Advance(TimeSpan.FromSeconds(2));
        await Store.WriteAsync(Ready with { Version = first.Version, Enabled = false }, s_value, default);

        await Store.TagAsync(first with { BranchId = "br-late" }, default);

        var secret = Assert.Single(Vault.Secrets);
        Assert.Equal(("br-late", "br-42"), (secret.Versions[0].Tags["branch-id"], secret.Versions[1].Tags["branch-id"]));
        // The tags alone: not the value, and not whether it is enabled.
        Assert.Equal((false, true, s_value.Value), (secret.Versions[0].Enabled, secret.Versions[1].Enabled, Vault.ReadValue(Claim.SecretName)));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.TagAsync(first with { Version = null }, default));
    }

    [Fact]
    public async Task All_pages_are_listed_and_each_secret_is_what_its_tags_say()
    {
        for (var i = 0; i < 30; i++)
        {
            var id = new Guid(i + 1, 0, 0, [0, 0, 0, 0, 0, 0, 0, 1]);
            await Store.WriteAsync(Claim with { SecretName = Record.NameFor("orders", id), IterationId = id }, value: null, default);
        }

        await Store.WriteAliasAsync(Alias, null, s_value, default);
        Vault.PutByHand("somebody-s", "value", s_strangers);
        // Copied by hand to another name: nobody's.
        Vault.PutByHand("br-copy", "value", Vault.Secrets[0].Tags);

        var listing = await Store.ListAsync(default);

        Assert.Equal((30, 1), (listing.Records.Count, listing.Aliases.Count));
        Assert.Equal(["br-copy", "somebody-s"], listing.OtherNames.Order());
        Assert.Contains("SOMEBODY-S", listing.OtherNames);
        Assert.Equal(Alias, listing.AliasOf("ORDERS", "connectionstrings--ORDERS")! with { WrittenAt = null, ExpiresAt = null });
    }

    [Fact]
    public async Task An_alias_tells_which_credentials_it_named_and_since_when_the_newest_first()
    {
        await Store.WriteAliasAsync(Alias, null, s_value, default);
        _fixture.Clock.Advance(TimeSpan.FromSeconds(2));
        await Store.WriteAliasAsync(Alias with { CredentialId = "cred-43" }, Alias, new("next", "text/plain"), default);

        var versions = await Store.ListAliasVersionsAsync(Alias.SecretName, default);
        Assert.Equal(["cred-43", "cred-42"], versions.Select(version => version.CredentialId));
        Assert.Equal(TimeSpan.FromSeconds(2), versions[0].WrittenAt - versions[1].WrittenAt);
        Assert.Equal("next", Vault.ReadValue(Alias.SecretName));
        Assert.Empty(await Store.ListAliasVersionsAsync("no-such-secret", default));
        Assert.Empty(await Store.ListVersionsAsync("no-such-secret", default));
        Assert.Null(await Store.ReadAsync("no-such-secret", default));
    }

    [Fact]
    public async Task A_secret_that_is_not_ours_is_left_as_it_is()
    {
        Vault.PutByHand(Claim.SecretName, "precious", s_strangers);
        Vault.PutByHand(Alias.SecretName, "precious", new Dictionary<string, string> { ["managed-by"] = "iteration-branches", ["track"] = "billing", ["iteration-id"] = $"{s_iteration}" });

        var refusals = new[]
        {
            await Assert.ThrowsAsync<KeyVaultException>(() => Store.WriteAsync(Claim, value: null, default)),
            await Assert.ThrowsAsync<KeyVaultException>(() => Store.WriteAliasAsync(Alias, null, s_value, default)),
        };

        Assert.All(refusals, refusal => Assert.Equal((Failure.PersonNeeded, true), (refusal.Failure, refusal.HadNoEffect)));
        Assert.All(Vault.Secrets, secret => Assert.Equal(("precious", 1), (Vault.ReadValue(secret.Name), secret.Versions.Count)));
        Assert.Contains(Claim.SecretName, refusals[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_iteration_with_the_same_first_digits_is_not_ours_to_overwrite()
    {
        await Store.WriteAsync(Claim, value: null, default);

        var twin = Claim with { IterationId = Guid.Parse("2a6f9d84-0000-4000-8000-000000000000") };

        Assert.Equal(Failure.PersonNeeded, (await Assert.ThrowsAsync<KeyVaultException>(() => Store.WriteAsync(twin, value: null, default))).Failure);
    }

    [Fact]
    public async Task A_deleted_record_of_ours_is_recovered_and_looked_at_again()
    {
        await Store.WriteAsync(Ready, s_value, default);
        Vault.DeleteByHand(Claim.SecretName);

        var wait = await Assert.ThrowsAsync<KeyVaultException>(() => Store.WriteAsync(Claim, value: null, default));

        Assert.Equal((Failure.ToldToWait, TimeSpan.FromSeconds(5)), (wait.Failure, wait.RetryAfter));
        Assert.Equal("cred-42", Assert.Single((await Store.ListAsync(default)).Records).CredentialId);
        Assert.Equal(s_value.Value, Vault.ReadValue(Claim.SecretName));
    }

    [Fact]
    public async Task A_deleted_secret_of_somebody_else_is_not_recovered()
    {
        Vault.PutByHand(Claim.SecretName, "precious", s_strangers);
        Vault.DeleteByHand(Claim.SecretName);

        var refusal = await Assert.ThrowsAsync<KeyVaultException>(() => Store.WriteAsync(Claim, value: null, default));

        Assert.Equal(Failure.PersonNeeded, refusal.Failure);
        Assert.Contains("purge it", refusal.Message, StringComparison.Ordinal);
        Assert.Single(Vault.DeletedSecrets);
    }

    [Theory]
    [InlineData(false, "ObjectIsBeingDeleted")]
    [InlineData(true, "ObjectIsBeingRecovered")]
    public async Task What_takes_a_while_in_the_vault_is_waited_for(bool isRecovered, string code)
    {
        (Vault.DeletionTakes, Vault.RecoveryTakes) = (isRecovered ? TimeSpan.Zero : TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
        await Store.WriteAsync(Ready, s_value, default);
        Vault.DeleteByHand(Claim.SecretName);
        if (isRecovered)
        {
            await Assert.ThrowsAsync<KeyVaultException>(() => Store.WriteAsync(Claim, value: null, default));
        }

        var wait = await Assert.ThrowsAsync<KeyVaultException>(() => Store.WriteAsync(Claim, value: null, default));

        Assert.Equal((Failure.ToldToWait, 409), (wait.Failure, wait.Status));
        Assert.Contains(code, wait.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_two_versions_in_one_second_the_newest_is_found()
    {
        var first = await Store.WriteAsync(Claim, value: null, default);
        var second = await Store.WriteAsync(Claim with { Version = first.Version, ProviderAddress = "planetscale://acme/shop/sprint-42-2a6f9d84" }, value: null, default);
        var ofDisabled = await Store.ListVersionsAsync(Claim.SecretName, default);
        var last = await Store.WriteAsync(Ready with { Version = second.Version, Enabled = false }, s_value, default);

        var versions = await Store.ListVersionsAsync(Claim.SecretName, default);

        Assert.Equal((2, second.Version), (ofDisabled.Count, ofDisabled[0].Version));
        Assert.Equal((3, last.Version), (versions.Count, versions[0].Version));
    }

    [Theory]
    [InlineData("disabled")]
    [InlineData("written")]
    public async Task What_a_person_has_done_to_a_record_since_it_was_read_is_looked_at_and_not_overwritten(string how)
    {
        var read = await Store.WriteAsync(Ready, s_value, default);
        if (how == "disabled")
        {
            Vault.DisableByHand(Claim.SecretName);
        }
        else
        {
            _fixture.Clock.Advance(TimeSpan.FromSeconds(2));
            Vault.PutByHand(Claim.SecretName, "by hand", Vault.Secrets[0].Tags);
        }

        var before = Vault.Secrets[0].Versions.Count;
        var wait = await Assert.ThrowsAsync<KeyVaultException>(() => Store.WriteAsync(read with { CredentialId = "cred-43" }, s_value, default));

        Assert.Equal((Failure.ToldToWait, true, TimeSpan.FromSeconds(5)), (wait.Failure, wait.HadNoEffect, wait.RetryAfter));
        Assert.Equal(before, Vault.Secrets[0].Versions.Count);
    }

    [Theory]
    [InlineData("written")]
    [InlineData("taken over")]
    public async Task A_record_that_has_changed_since_it_was_read_is_not_deleted(string how)
    {
        Vault.Allow(VaultFixture.App, "delete");
        var read = await Store.WriteAsync(Ready, s_value, default);
        if (how == "written")
        {
            _fixture.Clock.Advance(TimeSpan.FromSeconds(2));
            Vault.PutByHand(Claim.SecretName, "by hand", Vault.Secrets[0].Tags);
        }
        else
        {
            Vault.TagByHand(Claim.SecretName, "track", "billing");
        }

        var wait = await Assert.ThrowsAsync<KeyVaultException>(() => Store.DeleteAsync(read, default));

        Assert.Equal((Failure.ToldToWait, true), (wait.Failure, wait.HadNoEffect));
        Assert.Empty(Vault.DeletedSecrets);
        Assert.Single(Vault.Secrets);
    }

    [Fact]
    public async Task A_record_that_is_as_it_was_read_is_deleted()
    {
        Vault.Allow(VaultFixture.App, "delete");
        var read = await Store.WriteAsync(Ready, s_value, default);

        await Store.DeleteAsync(read, default);

        Assert.Single(Vault.DeletedSecrets);
    }

    [Fact]
    public async Task An_alias_that_a_person_disabled_or_wrote_since_it_was_read_is_not_overwritten()
    {
        await Store.WriteAliasAsync(Alias, null, s_value, default);
        await Assert.ThrowsAsync<KeyVaultException>(() => Store.WriteAliasAsync(Alias with { CredentialId = "cred-43" }, Alias with { CredentialId = "cred-41" }, s_value, default));
        await Assert.ThrowsAsync<KeyVaultException>(() => Store.WriteAliasAsync(Alias with { CredentialId = "cred-43" }, null, s_value, default));
        Vault.DisableByHand(Alias.SecretName);

        var wait = await Assert.ThrowsAsync<KeyVaultException>(() => Store.WriteAliasAsync(Alias with { CredentialId = "cred-43" }, Alias, s_value, default));

        Assert.Equal((Failure.ToldToWait, true), (wait.Failure, wait.HadNoEffect));
        Assert.Equal((1, false), (Vault.Secrets[0].Versions.Count, Vault.Secrets[0].Enabled));
    }

    [Fact]
    public async Task Tags_that_a_person_sets_stay_whatever_is_written()
    {
        var claim = await Store.WriteAsync(Claim, value: null, default);
        Vault.TagByHand(Claim.SecretName, "cost-center", "7");
        var tagged = await Store.TagAsync(claim with { BranchId = "br-42" }, default);
        Vault.TagByHand(Claim.SecretName, "owner", "payments");
        await Store.WriteAsync(Ready with { Version = tagged.Version, Enabled = false }, s_value, default);
        await Store.WriteAliasAsync(Alias, null, s_value, default);
        Vault.TagByHand(Alias.SecretName, "cost-center", "7");
        await Store.WriteAliasAsync(Alias with { CredentialId = "cred-43" }, Alias, s_value, default);

        var (record, alias) = (Vault.Secrets.Single(secret => secret.Name == Claim.SecretName), Vault.Secrets.Single(secret => secret.Name == Alias.SecretName));
        Assert.Equal(("7", "payments", "br-42"), (record.Tags["cost-center"], record.Tags["owner"], record.Tags["branch-id"]));
        Assert.Equal(("7", "cred-43"), (alias.Tags["cost-center"], alias.Tags["CredentialId"]));
    }

    [Fact]
    public async Task Two_readings_of_one_record_are_equal_so_that_a_step_of_it_that_was_done_is_known_again()
    {
        await Store.WriteAsync(Ready, s_value, default);
        Vault.TagByHand(Claim.SecretName, "cost-center", "7");

        var (first, second) = (Assert.Single(await Store.ListVersionsAsync(Claim.SecretName, default)), Assert.Single(await Store.ListVersionsAsync(Claim.SecretName, default)));
        Vault.TagByHand(Claim.SecretName, "cost-center", "8");
        var other = Assert.Single(await Store.ListVersionsAsync(Claim.SecretName, default));

        Assert.Equal((first, first.GetHashCode()), (second, second.GetHashCode()));
        Assert.NotEqual(first, other);
    }

    [Fact]
    public async Task Every_version_of_every_secret_has_an_expiry_that_a_policy_about_validity_accepts()
    {
        var longest = TimeSpan.FromDays(90) - TimeSpan.FromHours(1);
        Vault.PolicyValidity = TimeSpan.FromDays(90);
        var claim = await Store.WriteAsync(Claim, value: null, default);
        _fixture.Clock.Advance(TimeSpan.FromDays(30));
        await Store.TagAsync(claim with { BranchId = "br-42" }, default);
        var ready = await Store.WriteAsync(Ready with { Version = claim.Version, Enabled = false, ExpiresAt = DateTimeOffset.MaxValue }, s_value, default);
        await Store.TagAsync(ready with { ExpiresAt = DateTimeOffset.MaxValue }, default);
        await Store.WriteAliasAsync(Alias with { ExpiresAt = ready.ExpiresAt }, null, s_value, default);

        Assert.All(Vault.Secrets.SelectMany(secret => secret.Versions), version => Assert.Equal(version.Created + longest, version.Expires));
        Assert.Null((await Store.ListVersionsAsync(Claim.SecretName, default))[1].ExpiresAt);
    }

    [Fact]
    public async Task A_record_that_a_person_disabled_reads_as_none()
    {
        await Store.WriteAsync(Ready, s_value, default);
        Vault.DisableByHand(Claim.SecretName);

        Assert.Null(await Store.ReadAsync(Claim.SecretName, default));
        Assert.False(Assert.Single((await Store.ListAsync(default)).Records).Enabled);
    }

    [Theory]
    [InlineData("getSecret")]
    [InlineData("readMetadata")]
    [InlineData("setSecret")]
    [InlineData("update")]
    [InlineData("recover")]
    public async Task A_missing_permission_is_named(string action)
    {
        var written = await Store.WriteAsync(Ready, s_value, default);
        if (action == "recover")
        {
            Vault.DeleteByHand(Claim.SecretName);
        }

        Vault.Deny(VaultFixture.App, action);

        var refusal = await Assert.ThrowsAsync<KeyVaultException>(() => action switch
        {
            "getSecret" => Store.ReadAsync(Claim.SecretName, default),
            "update" => Store.TagAsync(written, default),
            // Reading the metadata comes first, and it is that which is missing.
            _ => Store.WriteAsync(written, s_value, default),
        });

        Assert.Equal((Failure.PersonNeeded, 403), (refusal.Failure, refusal.Status));
        Assert.Contains($"Microsoft.KeyVault/vaults/secrets/{action}/action", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("pscale_pw", refusal.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("17", 17)]
    [InlineData(null, null)]
    [InlineData("soon", null)]
    public async Task A_busy_vault_is_waited_for(string? retryAfter, int? seconds)
    {
        Vault.Faults.Add("list_secrets", KeyVaultFaults.Throttled(retryAfter));

        var wait = await Assert.ThrowsAsync<KeyVaultException>(() => Store.ListAsync(default));

        Assert.Equal((Failure.ToldToWait, 429, seconds), (wait.Failure, wait.Status, (int?)wait.RetryAfter?.TotalSeconds));
    }

    [Fact]
    public async Task What_passes_by_itself_is_transient_and_may_have_taken_effect()
    {
        Vault.Faults.Add("set_secret", KeyVaultFaults.Unavailable());
        var down = await Assert.ThrowsAsync<KeyVaultException>(() => Store.WriteAsync(Claim, value: null, default));
        Assert.Equal((Failure.Transient, 503, false), (down.Failure, down.Status, down.HadNoEffect));

        Vault.Faults.Add("set_secret", Fault.LoseResponse());
        var lost = await Assert.ThrowsAsync<KeyVaultException>(() => Store.WriteAsync(Claim, value: null, default));
        Assert.Equal((Failure.Transient, false), (lost.Failure, lost.HadNoEffect));
        Assert.Single(Vault.Secrets);
    }
}
