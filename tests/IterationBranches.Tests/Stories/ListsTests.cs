using IterationBranches.Sandbox.StandIns;
using IterationBranches.Testing.Faults;
using IterationBranches.Testing.Hands;
using IterationBranches.Tests.CrashMatrix;

namespace IterationBranches.Tests.Stories;

/// <summary>
/// Absence from a list is not absence. Key Vault's and PlanetScale's lists of collections are behind, and their pages shift while
/// they are read: nothing is made, moved, refused or torn down because a list does not show something.
/// </summary>
public sealed class ListsTests
{
    private const string Sprint42 = "sprint-42";
    private const string Records = "list_secrets";
    private const string Branches = "list_branches";
    private const string Credentials = "list_passwords";

    /// <summary>More lists than are read in a story.</summary>
    private const int All = 1000;

    private static readonly TimeSpan s_lag = TimeSpan.FromMinutes(5);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(All)]
    public async Task A_list_of_the_vault_without_the_live_record_makes_no_branch_and_moves_no_alias(int lists)
    {
        await using var story = await Story.ReadyAsync();
        story.World.KeyVault.Faults.Add(Records, ListFaults.LeavesOut(story.World.Secret), times: lists);

        await LivesOnAsync(story);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(All)]
    public async Task A_list_of_the_vault_without_the_alias_writes_none(int lists)
    {
        await using var story = await Story.ReadyAsync();
        story.World.KeyVault.Faults.Add(Records, ListFaults.LeavesOut(Story.Alias), times: lists);

        await LivesOnAsync(story);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(All)]
    public async Task A_list_of_branches_without_the_live_one_is_no_error(int lists)
    {
        await using var story = await Story.ReadyAsync();
        story.World.PlanetScale.Faults.Add(Branches, ListFaults.LeavesOut(Sprint42), times: lists);

        await LivesOnAsync(story);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(All)]
    public async Task A_list_of_credentials_without_the_one_in_use_makes_no_second_one(int lists)
    {
        await using var story = await Story.ReadyAsync();
        story.World.PlanetScale.Faults.Add(Credentials, ListFaults.LeavesOut(_ => true), times: lists);

        await LivesOnAsync(story);
    }

    [Fact]
    public async Task A_branch_that_was_made_a_moment_ago_and_is_not_listed_yet_costs_no_error_and_no_hour()
    {
        await using var story = await Story.BeginAsync();
        story.World.PlanetScale.Faults.Add(Branches, ListFaults.Lags(TimeSpan.FromMinutes(1)), times: All);

        await ComesAsync(story, hours: 0.25);
    }

    [Fact]
    public async Task A_list_of_credentials_that_is_five_minutes_behind_makes_no_second_one()
    {
        await using var story = await Story.BeginAsync();
        story.World.PlanetScale.Faults.Add(Credentials, ListFaults.Lags(s_lag), times: All);

        await ComesAsync(story, hours: 1.5);

        Assert.Equal(1, story.World.PlanetScale.Calls.Count("create_password"));
    }

    [Fact]
    public async Task A_list_of_the_vault_that_is_five_minutes_behind_makes_no_second_branch()
    {
        await using var story = await Story.BeginAsync();
        story.World.KeyVault.Faults.Add(Records, ListFaults.Lags(s_lag), times: All);

        await ComesAsync(story, hours: 1.5);

        Assert.Equal(1, story.World.PlanetScale.Calls.Count("create_branch"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(All)]
    public async Task A_list_of_branches_without_the_parent_is_no_reason_to_make_none(int lists)
    {
        await using var story = await Story.BeginAsync();
        story.World.PlanetScale.Faults.Add(Branches, ListFaults.LeavesOut("main"), times: lists);

        await ComesAsync(story, hours: 0.25);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(All)]
    public async Task Beside_a_stranger_s_branch_of_the_wanted_name_that_is_not_listed_comes_one_of_the_suffixed_name(int lists)
    {
        await using var story = await Story.BeginAsync();
        story.World.PlanetScale.AddBranchByHand(CrashWorld.Database, Sprint42);
        story.World.PlanetScale.Faults.Add(Branches, ListFaults.LeavesOut(Sprint42), times: lists);

        await ComesAsync(story, hours: 0.25, hasStray: true);
    }

    /// <summary>Ours is the first of the second page. After the deletion it would be the last of the first, which has been read.</summary>
    [Fact]
    public async Task A_deletion_between_two_pages_hides_no_branch()
    {
        await using var story = await Story.BeginAsync();
        story.World.Shop.DevelopmentBranchLimit = 200;
        for (var i = 1; i < 100; i++)
        {
            story.World.PlanetScale.AddBranchByHand(CrashWorld.Database, $"by-hand-{i}");
        }

        await story.Host.PollAndDrainAsync();
        Assert.Equal(Sprint42, story.LeadsTo(Story.Alias));
        Assert.Equal(Sprint42, story.Branches[100].Name);
        story.World.PlanetScale.Faults.Add(Branches, ListFaults.BeforeNextPage(() => story.World.PlanetScale.DeleteBranchByHand(CrashWorld.Database, "by-hand-1")));
        var calls = story.Calls;

        await story.LiveAsync(1.5);

        Assert.DoesNotContain("by-hand-1", story.BranchNames);
        Assert.Empty(story.Writes(calls));
        Assert.Empty(story.Said("Error"));
        Assert.Equal(Sprint42, story.LeadsTo(Story.Alias));
    }

    /// <summary>Sprint 43 has the alias, and Sprint 42 is to be retired; an open deploy request stands against it.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(6)]
    [InlineData(All)]
    public async Task A_branch_that_a_deploy_request_protects_is_kept_with_its_record_whatever_the_lists_leave_out(int lists)
    {
        await using var story = await Story.BeginAsync(change: Deletes);
        story.World.Plan("Sprint 43", new(2026, 9, 5), new(2026, 10, 30));
        await ReachAsync(story, Day(8, 26), Day(9, 5), Day(9, 12));
        story.World.PlanetScale.OpenDeployRequest(CrashWorld.Database, Sprint42);
        story.Host.PassUntil(Day(9, 20));
        story.World.PlanetScale.Faults.Add(Branches, ListFaults.LeavesOut(Sprint42), times: lists);

        await story.LiveAsync(24);

        Assert.Contains(Sprint42, story.BranchNames);
        Assert.Equal((true, "ready"), StateOf(story, story.World.Secret));
        Assert.DoesNotContain(story.Writes(), call => call.Operation is "delete_password" or "delete_branch");
        Assert.Empty(story.Said("Error"));
    }

    /// <summary>No sprint follows, so that the alias still gives Sprint 42 when its grace is over.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(All)]
    public async Task What_an_alias_gives_is_not_retired_though_the_list_of_the_vault_does_not_show_the_alias(int lists)
    {
        await using var story = await Story.BeginAsync(change: Deletes);
        await ReachAsync(story, Day(8, 26), Day(9, 5));
        story.Host.PassUntil(Day(9, 12));
        story.World.KeyVault.Faults.Add(Records, ListFaults.LeavesOut(Story.Alias), times: lists);

        await story.LiveAsync(24 * 9);

        Assert.Equal(Sprint42, story.LeadsTo(Story.Alias));
        Assert.Equal((true, "ready"), StateOf(story, story.World.Secret));
        Assert.Empty(story.Said("Information", "give notice"));
        Assert.Empty(story.Said("Error"));
    }

    /// <summary>What was made a moment ago, or has just been changed, is shown as it was; the deletion takes no harm from it.</summary>
    [Theory]
    [InlineData(Records)]
    [InlineData(Branches)]
    [InlineData(Credentials)]
    public async Task A_branch_goes_in_its_time_though_the_lists_are_behind(string list)
    {
        await using var story = await Story.BeginAsync(change: Deletes);
        var next = story.World.Plan("Sprint 43", new(2026, 9, 5), new(2026, 10, 30));
        await ReachAsync(story, Day(8, 26), Day(9, 5));
        StandIn service = list == Records ? story.World.KeyVault : story.World.PlanetScale;
        service.Faults.Add(list, ListFaults.Lags(s_lag), times: 100_000);

        await ReachAsync(story, Day(9, 12));
        story.Host.PassUntil(Day(9, 20));
        await story.LiveAsync(24);

        Assert.Equal(["main", "sprint-43"], story.BranchNames);
        Assert.Equal([story.RecordOf(next), Story.Alias], story.World.KeyVault.Secrets.Select(secret => secret.Name));
        Assert.Equal("sprint-43", story.LeadsTo(Story.Alias));
        Assert.Empty(story.Said("Error"));
    }

    /// <summary>The poll, the deep look and the polls after it find everything as it was, and do nothing.</summary>
    private static async Task LivesOnAsync(Story story)
    {
        var calls = story.Calls;

        await story.LiveAsync(3);

        Assert.Empty(EndState.Problems(story.World));
        Assert.Single(story.Secret(Story.Alias).Versions);
        Assert.Empty(story.Writes(calls));
        Assert.Empty(story.Said("Error"));
    }

    /// <summary>The branch comes in its time, and nobody is called.</summary>
    private static async Task ComesAsync(Story story, double hours, bool hasStray = false)
    {
        await story.LiveAsync(hours);

        Assert.Empty(EndState.Problems(story.World, hasStray: hasStray));
        Assert.Single(story.Secret(Story.Alias).Versions);
        Assert.Empty(story.Said("Error"));
    }

    private static async Task ReachAsync(Story story, params DateTimeOffset[] polls)
    {
        foreach (var poll in polls)
        {
            story.Host.PassUntil(poll);
            await story.Host.PollAndDrainAsync();
        }
    }

    private static (bool Enabled, string State) StateOf(Story story, string secret) => (story.Secret(secret).Enabled, story.Secret(secret).Tags["state"]);

    private static void Deletes(Dictionary<string, string?> values) => values[$"Tracks__{Story.Orders}__Retire"] = "Delete";

    private static DateTimeOffset Day(int month, int day) => new(2026, month, day, 9, 0, 0, TimeSpan.Zero);
}
