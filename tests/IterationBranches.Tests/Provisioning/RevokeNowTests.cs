using IterationBranches.Provisioning;
using IterationBranches.Records;

namespace IterationBranches.Tests.Provisioning;

/// <summary>A credential is known to others: <c>rotate --revoke-now</c> ends it, or says that it did not.</summary>
public sealed class RevokeNowTests
{
    [Fact]
    public async Task After_another_service_token_has_made_branches()
    {
        var bench = await new Bench().ReadyAsync();
        var leaked = Given(bench);
        bench.PlanetScale.Actor = "actor-of-another-token";
        bench.Boards[Bench.Orders].Add(Some.Sprint43);
        bench.Clock.Advance(TimeSpan.FromDays(9));
        await bench.LookAsync();

        await RotateAsync(bench, leaked, revokeNow: true);

        Assert.DoesNotContain(bench.PlanetScale.Credentials, credential => credential.Id == leaked);
    }

    [Fact]
    public async Task One_that_may_not_be_deleted_holds_up_nothing_of_the_sprint_that_runs()
    {
        var bench = await new Bench().ReadyAsync();
        var leaked = Given(bench);
        bench.Refuse("delete credential", Failure.PersonNeeded, 403);

        await RotateAsync(bench, leaked, revokeNow: true);

        Assert.Null(bench.Vault.Newest(Bench.Secret).Refused);
        Assert.NotNull((await bench.Locks.ReadAsync(Bench.Orders, default)).OrphansRefusal);
        Assert.Equal(1, bench.Logged("Error orders: no: delete credential"));
        Assert.Equal(Given(bench), bench.Vault.AliasOf(Bench.AliasName)!.Value.Alias.CredentialId);
    }

    [Fact]
    public async Task While_nobody_remembers_who_we_are()
    {
        var bench = await new Bench().ReadyAsync();
        var leaked = Given(bench);
        await using (var lease = await bench.Locks.TryTakeAsync(Bench.Orders, default))
        {
            await lease!.RememberAsync(new TrackMemory(), default);
        }

        await RotateAsync(bench, leaked, revokeNow: true);

        Assert.DoesNotContain(bench.PlanetScale.Credentials, credential => credential.Id == leaked);
    }

    [Fact]
    public async Task One_that_was_replaced_before_keeps_its_grace()
    {
        var bench = await new Bench().ReadyAsync();
        var replaced = Given(bench);
        await RotateAsync(bench, replaced, revokeNow: false);

        await RotateAsync(bench, Given(bench), revokeNow: true);

        Assert.Equal([replaced, Given(bench)], bench.PlanetScale.Credentials.Select(credential => credential.Id));
    }

    [Fact]
    public async Task One_that_this_service_token_has_made_before_any_branch()
    {
        var bench = await new Bench().ReadyAsync();
        bench.PlanetScale.Actor = "actor-of-another-token";
        await RotateAsync(bench, Given(bench), revokeNow: false);
        var leaked = Given(bench);

        await RotateAsync(bench, leaked, revokeNow: true);

        Assert.DoesNotContain(bench.PlanetScale.Credentials, credential => credential.Id == leaked);
    }

    [Fact]
    public async Task A_message_that_comes_again_later_ends_nothing_newer()
    {
        var bench = await new Bench().ReadyAsync();
        var leaked = Given(bench);
        await RotateAsync(bench, leaked, revokeNow: true);
        var second = Given(bench);
        await RotateAsync(bench, second, revokeNow: false);

        await RotateAsync(bench, leaked, revokeNow: true);

        Assert.Equal([second, Given(bench)], bench.PlanetScale.Credentials.Select(credential => credential.Id));
    }

    [Fact]
    public async Task Secrets_that_a_person_disabled_give_nothing()
    {
        var bench = await new Bench().ReadyAsync();
        var leaked = Given(bench);
        var (alias, value) = bench.Vault.AliasOf(Bench.AliasName)!.Value;
        bench.Vault.Put(alias with { Enabled = false }, new SecretText(value, "text/plain"));
        bench.Vault.Change(Bench.Secret, record => record with { Enabled = false });

        await RotateAsync(bench, leaked, revokeNow: true);

        Assert.DoesNotContain(bench.PlanetScale.Credentials, credential => credential.Id == leaked);
    }

    [Fact]
    public async Task What_still_gives_it_is_named_as_an_error()
    {
        var bench = await new Bench().ReadyAsync();
        var leaked = Given(bench);
        bench.Vault.Put(new Alias("Former", Bench.Orders, Some.Sprint42.Id, leaked), new SecretText("x", "text/plain"));

        await RotateAsync(bench, leaked, revokeNow: true);

        Assert.Contains(bench.PlanetScale.Credentials, credential => credential.Id == leaked);
        Assert.Equal(1, bench.Logged($"Error {Bench.Orders}: credential {leaked} of branch sprint-42 is still valid: Former still gives it"));
    }

    [Fact]
    public async Task What_gives_it_by_now_is_looked_at_before_it_is_deleted()
    {
        var bench = await new Bench().ReadyAsync();
        var record = bench.Vault.Newest(Bench.Secret);
        var leaked = bench.PlanetScale.AddCredential(record.BranchId!, "ib-2a6f9d84-00000000");
        var world = await bench.SeeAsync();
        bench.Vault.Put(record with { CredentialId = leaked.Id }, new SecretText("late", "text/plain"));

        var outcome = await bench.RunAsync(new Step.DeleteCredential(null, world.BranchById(record.BranchId!)!, leaked, Unneeded.Leaked), world);

        Assert.Equal(StepOutcome.LookAgain, outcome);
        Assert.Empty(bench.Writes);
    }

    [Fact]
    public async Task A_credential_that_no_version_of_the_record_names_is_not_the_one_that_was_meant()
    {
        var bench = await new Bench().ReadyAsync();
        var other = bench.PlanetScale.AddCredential(bench.Vault.Newest(Bench.Secret).BranchId!, "ib-2a6f9d84-00000000", "somebody");

        await RotateAsync(bench, other.Id, revokeNow: true);

        Assert.Contains(bench.PlanetScale.Credentials, credential => credential.Id == other.Id);
    }

    private static string Given(Bench bench) => bench.Vault.Newest(Bench.Secret).CredentialId!;

    private static async Task RotateAsync(Bench bench, string credentialId, bool revokeNow)
    {
        var operation = new LookOperation(LookOperation.Rotate, Some.Sprint42.Id, credentialId, revokeNow);
        await bench.HandleAsync((LookMessage.For(Bench.Orders, LookReason.Operator) with { Operation = operation }).ToJson());
        await bench.DrainAsync();
    }
}
