using IterationBranches.Provisioning;
using IterationBranches.Records;
using IterationBranches.Testing.Hands;
using IterationBranches.Tests.CrashMatrix;
using IterationBranches.Tests.Provisioning;

namespace IterationBranches.Tests.Stories;

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
        // It is looked at when it is old enough, whatever else happens; what was replaced has its grace.
        Assert.Equal(isInRecord ? [] : [Some.Now + Plan.OrphanAge + TimeSpan.FromSeconds(1)], bench.Queue.Messages.Select(message => message.VisibleAt));
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

    [Fact]
    public async Task An_orphan_that_a_version_names_by_now_is_not_deleted()
    {
        var bench = await new Bench().ReadyAsync();
        var newest = bench.Vault.Newest(Bench.Secret);
        var orphan = bench.PlanetScale.AddCredential(newest.BranchId!, "ib-2a6f9d84-00000000");
        var world = await bench.SeeAsync();
        // Committed by a late worker, and rotated since.
        bench.Vault.Put(newest with { CredentialId = orphan.Id }, new SecretText("late", "text/plain"));
        bench.Vault.Put(newest, new SecretText("value", "text/plain"));

        await bench.RunAsync(new Step.DeleteCredential(null, world.BranchById(newest.BranchId!)!, orphan, Unneeded.Orphaned), world);

        Assert.Empty(bench.Writes);
    }

    [Theory]
    [InlineData(14.99, false)]
    [InlineData(15, false)]
    [InlineData(15.02, true)]
    public async Task An_orphan_is_deleted_when_it_is_older_than_15_minutes_and_not_before(double minutes, bool isDeleted)
    {
        var bench = await new Bench().ReadyAsync();
        var orphan = bench.PlanetScale.AddCredential(bench.Vault.Newest(Bench.Secret).BranchId!, "ib-2a6f9d84-00000000");

        bench.Clock.Advance(TimeSpan.FromMinutes(minutes));
        await bench.LookAsync();

        Assert.Equal(isDeleted ? [$"delete credential {orphan.Id}"] : [], bench.Writes);
    }

    public static TheoryData<string, string, string?, bool> Credentials => new()
    {
        { "sprint-42", "ib-2a6f9d84-0badcafe", CrashWorld.Actor, true },
        { "sprint-42", "by-hand", CrashWorld.Actor, false },
        { "sprint-42", "IB-2a6f9d84-0badcafe", CrashWorld.Actor, false },
        { "sprint-42", "ib-2a6f9d84-0badcafe", "another-token", false },
        { "sprint-42", "ib-2a6f9d84-0badcafe", null, false }, // a person
        { "main", "ib-2a6f9d84-0badcafe", CrashWorld.Actor, false },
        { "by-hand", "ib-2a6f9d84-0badcafe", CrashWorld.Actor, false },
        { "of-nobody", "ib-2a6f9d84-0badcafe", CrashWorld.Actor, false },
    };

    [Theory]
    [MemberData(nameof(Credentials))]
    public async Task Only_a_credential_of_ours_on_a_branch_of_ours_is_an_orphan(string branch, string name, string? actor, bool isDeleted)
    {
        await using var story = await Story.ReadyAsync();
        story.World.PlanetScale.AddBranchByHand(CrashWorld.Database, "by-hand");
        story.World.PlanetScale.AddBranchByHand(CrashWorld.Database, "of-nobody", actorId: CrashWorld.Actor);
        var added = story.World.PlanetScale.AddPasswordByHand(
            CrashWorld.Database, branch, name, actorId: actor, createdAt: story.World.Clock.GetUtcNow().AddDays(-1));

        await story.LiveAsync(24);

        Assert.Equal(!isDeleted, story.Passwords.Any(password => password.Id == added));
        Assert.Equal("sprint-42", story.LeadsTo(Story.Alias));
        Assert.Equal(isDeleted ? 1 : 0, story.World.PlanetScale.Calls.Count("delete_password"));
    }

    [Fact]
    public async Task A_credential_that_comes_into_being_after_another_worker_took_over_is_left_for_15_minutes_and_then_deleted()
    {
        var late = new Incident(new(Service.PlanetScale, "create_password", 1, IsWrite: true), Trouble.KilledAndLate);
        await using var story = await Story.BeginAsync([late]);

        await story.Host.LiveAsync(Incident.Late + TimeSpan.FromMinutes(14));
        Assert.Equal(2, story.Passwords.Count);
        Assert.Equal("sprint-42", story.LeadsTo(Story.Alias));
        var named = story.Secret(story.World.Secret).Tags["CredentialId"];
        await story.LiveAsync(2);

        Assert.Equal(named, Assert.Single(story.Passwords).Id);
        Assert.Empty(EndState.Problems(story.World));
    }
}
