using IterationBranches.Credentials;
using IterationBranches.Provisioning;
using IterationBranches.Records;
using IterationBranches.Tests.Provisioning;

namespace IterationBranches.Tests.CrashMatrix;

/// <summary>For <see cref="ProtocolTests"/>: what is marked ° of how a branch lives and goes.</summary>
[Trait("Category", "CrashMatrix")]
public sealed class ProtocolLifeTests
{
    [Theory]
    [InlineData(0, 6.9, false)]
    [InlineData(0, 7, true)]
    [InlineData(1, 7, false)] // the alias gave it for a day longer
    [InlineData(1, 8, true)]
    public async Task An_old_credential_is_deleted_when_record_and_alias_have_given_another_for_the_grace(double aliasFollowsAfter, double days, bool isDeleted)
    {
        var bench = await new Bench().ReadyAsync();
        var record = bench.Vault.Newest(Bench.Secret);
        var (alias, _) = bench.Vault.AliasOf(Bench.AliasName)!.Value;
        var begun = bench.Clock.GetUtcNow();
        var another = bench.PlanetScale.AddCredential(record.BranchId!, $"{Credential.NamePrefix}2a6f9d84-00000000");
        bench.Vault.Put(record with { CredentialId = another.Id }, new SecretText("another", "text/plain"));
        bench.Clock.Advance(TimeSpan.FromDays(aliasFollowsAfter));
        bench.Vault.Put(alias with { CredentialId = another.Id }, new SecretText("another", "text/plain"));

        bench.Clock.Advance(begun + TimeSpan.FromDays(days) - bench.Clock.GetUtcNow());
        await bench.LookAsync();

        Assert.Equal(isDeleted ? [$"delete credential {record.CredentialId}"] : [], bench.Writes.Where(write => write.StartsWith("delete", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(RecordState.Revoked, true, "issue a credential for branch sprint-42, valid to 2026-09-13")]
    [InlineData(RecordState.Deleted, true, "delete branch sprint-42 (br-42)")]
    [InlineData(RecordState.Deleted, false, "claim the branch name sprint-42")]
    public void A_finish_that_moves_back_keeps_the_branch_before_the_point_of_no_return_and_not_after_it(RecordState state, bool isThere, string step)
    {
        var record = Some.Ready() with { State = state, Enabled = false };

        var plan = Plan.For(Some.World(branches: isThere ? [Some.Branch()] : [], secrets: [record]));

        Assert.Equal([step], plan.Steps.Select(planned => planned.ToString()));
    }
}
