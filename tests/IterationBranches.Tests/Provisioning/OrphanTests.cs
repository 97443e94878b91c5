using IterationBranches.Records;

namespace IterationBranches.Tests.Provisioning;

/// <summary>Credentials of ours that nobody names: deleted, but only when that is certain.</summary>
public sealed class OrphanTests
{
    [Theory]
    [InlineData(false, false, true)]
    [InlineData(true, false, false)] // an older version of the record names it: a worker that was late may still write it again
    [InlineData(false, true, false)] // an application may still use what the alias gave yesterday
    public async Task An_orphan_is_deleted_only_when_no_version_of_record_or_alias_names_it(bool isInRecord, bool isInAlias, bool isDeleted)
    {
        var bench = await new Bench().ReadyAsync();
        var newest = bench.Vault.Newest(Bench.Secret);
        var orphan = bench.PlanetScale.AddCredential(newest.BranchId!, "ib-2a6f9d84-00000000");
        if (isInRecord)
        {
            bench.Vault.Put(newest with { CredentialId = orphan.Id });
            bench.Vault.Put(newest, new SecretText("value", "text/plain"));
        }

        if (isInAlias)
        {
            var (alias, value) = bench.Vault.AliasOf(Bench.AliasName)!.Value;
            bench.Vault.Put(alias with { CredentialId = orphan.Id }, new SecretText("older", "text/plain"));
            bench.Vault.Put(alias, new SecretText(value, "text/plain"));
        }

        await bench.LookAsync();
        Assert.Empty(bench.Writes);
        bench.Clock.Advance(TimeSpan.FromMinutes(16));
        await bench.LookAsync();

        Assert.Equal(isDeleted ? [$"delete credential {orphan.Id}"] : [], bench.Writes);
        Assert.Equal(0, bench.Queue.Sent);
    }

    [Fact]
    public async Task When_a_record_names_the_orphan_right_after_it_was_deleted_it_is_looked_at_again()
    {
        var bench = await new Bench().ReadyAsync();
        var newest = bench.Vault.Newest(Bench.Secret);
        var orphan = bench.PlanetScale.AddCredential(newest.BranchId!, "ib-2a6f9d84-00000000");
        bench.Clock.Advance(TimeSpan.FromMinutes(16));
        bench.Once("delete credential", () => bench.Vault.Put(newest with { CredentialId = orphan.Id }, new SecretText("late", "text/plain")));

        await bench.LookAsync();
        Assert.Equal(1, bench.Queue.Sent);
        await bench.DrainAsync();

        // The late writer's credential is gone, so the record gets a new one.
        var record = bench.Vault.Newest(Bench.Secret);
        Assert.Contains(bench.PlanetScale.Credentials, credential => credential.Id == record.CredentialId);
        Assert.Equal(record.CredentialId, bench.Vault.AliasOf(Bench.AliasName)!.Value.Alias.CredentialId);
    }
}
