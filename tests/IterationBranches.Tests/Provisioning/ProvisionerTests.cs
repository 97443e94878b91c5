using System.Data.Common;
using IterationBranches.Credentials;
using IterationBranches.Provisioning;
using IterationBranches.Records;
using IterationBranches.Testing;
using Record = IterationBranches.Records.Record;

namespace IterationBranches.Tests.Provisioning;

/// <summary>How a branch comes when nothing goes wrong, and what repeated messages do then.</summary>
public sealed class ProvisionerTests
{
    [Fact]
    public async Task A_sprint_gets_its_branch_its_credential_and_the_alias()
    {
        var bench = new Bench();

        await bench.LookAsync();
        bench.Clock.Advance(TimeSpan.FromSeconds(6));
        bench.PlanetScale.SetReady("sprint-42");
        await bench.DrainAsync();

        Assert.Equal("claim, create branch sprint-42, tag, create a credential, commit, point", bench.Summary());
        var record = bench.Vault.Newest(Bench.Secret);
        var branch = bench.PlanetScale.Branches.Single(branch => branch.Name == "sprint-42");
        var credential = Assert.Single(bench.PlanetScale.Credentials);
        Assert.Equal((RecordState.Ready, branch.Id, credential.Id, true), (record.State, record.BranchId, record.CredentialId, record.Enabled));
        Assert.Equal((Some.Sprint42.Finish, credential.ExpiresAt), (record.Finish, record.ExpiresAt));
        Assert.Equal(new DateTimeOffset(2026, 9, 13, 0, 0, 0, TimeSpan.Zero), credential.ExpiresAt);
        Assert.StartsWith("ib-2a6f9d84-", credential.Name, StringComparison.Ordinal);
        Assert.Equal(CredentialRole.Admin, Assert.Single(bench.PlanetScale.Requests).Role);
        var text = new DbConnectionStringBuilder { ConnectionString = bench.Vault.ValueOf(Bench.Secret) };
        Assert.Equal($"pscale_pw_of-{credential.Id}", text["Password"]);
        Assert.Equal((credential.Id, Some.Sprint42.Id), (bench.Vault.AliasOf(Bench.AliasName)!.Value.Alias.CredentialId, bench.Vault.AliasOf(Bench.AliasName)!.Value.Alias.IterationId));
        Assert.Equal(bench.Vault.ValueOf(Bench.Secret), bench.Vault.AliasOf(Bench.AliasName)!.Value.Value);
        Assert.Equal(InMemoryPlanetScale.OurActor, (await bench.Locks.ReadAsync(Bench.Orders, default)).ActorId);
        Assert.DoesNotContain("pscale_pw", bench.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_claim_is_written_before_the_branch_and_is_not_readable()
    {
        var bench = new Bench();
        Record? claim = null;
        bench.Once("create branch", () => claim = bench.Vault.Newest(Bench.Secret));

        await bench.LookAsync();

        Assert.Equal((RecordState.Claimed, false, "sprint-42", null, Some.Now), (claim!.State, claim.Enabled, claim.Branch, claim.BranchId, claim.ClaimedAt));
        Assert.Equal("pending", bench.Vault.ValueOf(Bench.Secret));
    }

    [Fact]
    public async Task When_all_is_done_another_look_changes_nothing()
    {
        var bench = await new Bench().ReadyAsync();

        await bench.LookAsync();
        await bench.LookAsync();

        Assert.Empty(bench.Writes);
        Assert.Equal(0, bench.Queue.Sent);
        Assert.Equal(bench.Clock.GetUtcNow(), (await bench.Locks.ReadAsync(Bench.Orders, default)).LastLook);
    }

    [Theory]
    [InlineData("list the iterations of orders")]
    [InlineData("create branch")]
    public async Task A_look_that_fails_names_its_track(string call)
    {
        var bench = new Bench();
        bench.Refuse(call, Failure.Transient, 503);

        await Assert.ThrowsAsync<PeerException>(() => bench.LookAsync());

        Assert.Equal(1, bench.Logged($"Warning orders: the look failed: no: {call}"));
    }

    [Fact]
    public async Task While_a_branch_is_made_one_message_is_on_its_way_and_no_second()
    {
        var bench = new Bench();

        await bench.LookAsync();
        await bench.LookAsync();
        bench.Clock.Advance(TimeSpan.FromSeconds(2));
        await bench.LookAsync();

        var (text, visibleAt) = Assert.Single(bench.Queue.Messages);
        Assert.Equal((1, Some.Now.AddSeconds(5)), (bench.Queue.Sent, visibleAt));
        Assert.Equal(LookMessage.For(Bench.Orders, LookReason.Continue), LookMessage.Parse(text).Message);
        // A message becomes visible up to a second before its time.
        Assert.Equal(visibleAt.AddSeconds(-1), (await bench.Locks.ReadAsync(Bench.Orders, default)).PendingLook);
        Assert.Equal("claim, create branch sprint-42, tag", bench.Summary());
    }

    [Fact]
    public async Task A_branch_that_is_never_ready_is_refused_once_after_twenty_minutes_and_heals_later()
    {
        var bench = new Bench();

        await bench.LookAsync();
        await bench.DrainAsync();

        Assert.InRange(bench.Clock.GetUtcNow() - Some.Now, TimeSpan.FromMinutes(20), TimeSpan.FromMinutes(21));
        Assert.Equal(1, bench.Logged("minutes after it was created; look at it in PlanetScale's dashboard. Tried again"));
        bench.PlanetScale.SetReady("sprint-42");
        bench.Clock.Advance(TimeSpan.FromHours(1));
        await bench.LookAsync();
        Assert.Equal((RecordState.Ready, (Refusal?)null), (bench.Vault.Newest(Bench.Secret).State, bench.Vault.Newest(Bench.Secret).Refused));
    }

    [Fact]
    public async Task When_the_next_sprint_starts_the_alias_moves_to_it()
    {
        var bench = await new Bench().ReadyAsync();
        bench.Boards[Bench.Orders].Add(Some.Sprint43);
        bench.Clock.Advance(new DateTimeOffset(2026, 9, 4, 12, 0, 0, TimeSpan.Zero) - Some.Now);
        await bench.LookAsync();
        Assert.Equal(Some.Sprint42.Id, bench.Vault.AliasOf(Bench.AliasName)!.Value.Alias.IterationId);

        bench.Clock.Advance(TimeSpan.FromDays(3));
        await bench.LookAsync();

        Assert.Equal(Some.Sprint43.Id, bench.Vault.AliasOf(Bench.AliasName)!.Value.Alias.IterationId);
        Assert.Equal(2, bench.PlanetScale.Credentials.Count);
    }

    [Fact]
    public async Task The_sites_of_a_track_are_asked_to_fetch_their_references_when_the_alias_moves()
    {
        const string site = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/shop-web";
        const string other = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/shop-api";
        var bench = new Bench(values => values["Tracks__orders__RefreshSites"] = $"{site},{other}");
        bench.Sites.Refusal = new PeerException(Failure.PersonNeeded, "no role on the site", 403);

        await bench.ReadyAsync();
        await bench.LookAsync();

        // Once each; that it fails is a warning, and holds up neither the other site nor the track.
        Assert.Equal([site, other], bench.Sites.Asked);
        Assert.Equal(2, bench.Logged("Warning orders: /subscriptions"));
        Assert.Equal(0, bench.Logged("Error"));
        Assert.Empty((await bench.Locks.ReadAsync(Bench.Orders, default)).Refusals);
    }

    [Fact]
    public async Task A_dry_run_says_what_it_would_do_and_changes_nothing()
    {
        var bench = new Bench(values => values["DryRun"] = "true");

        await bench.LookAsync();

        Assert.Empty(bench.Writes);
        Assert.Equal(0, bench.Queue.Sent);
        Assert.Equal(1, bench.Logged("dry run: would claim the branch name sprint-42"));
    }
}
