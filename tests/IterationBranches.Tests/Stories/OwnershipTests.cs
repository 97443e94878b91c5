using IterationBranches.Provisioning;
using IterationBranches.Testing.Faults;
using IterationBranches.Testing.Hands;
using IterationBranches.Tests.CrashMatrix;

namespace IterationBranches.Tests.Stories;

/// <summary>Whose branch is it? Names that meet, hands in PlanetScale and in the vault, answers that got lost, and other installations.</summary>
public sealed class OwnershipTests
{
    private const string OtherActor = "actor-of-another-installation";

    /// <summary>Nothing here waits for the machine's clock.</summary>
    private static readonly TimeSpan s_hangs = TimeSpan.FromSeconds(60);

    private static readonly DateOnly s_start = new(2026, 8, 24);
    private static readonly DateOnly s_finish = new(2026, 9, 4);

    [Fact]
    public async Task Two_sprints_of_one_name_get_two_branches_in_one_look()
    {
        await using var story = await Story.BeginAsync();
        story.World.PlanetScale.BranchReadyAfter = TimeSpan.Zero;
        story.World.Boards.AddIteration("Meridian", null, "Release 6");
        var twin = story.World.Plan("Sprint 42", s_start, s_finish, @"Meridian\Release 6");

        await story.HookAsync();
        await story.Host.DeliverVisibleAsync();

        Assert.Equal(1, story.Host.Deliveries);
        var (one, other) = (story.LeadsTo(story.World.Secret), story.LeadsTo(story.RecordOf(twin)));
        Assert.Equal(3, story.Branches.Count);
        Assert.NotEqual(one, other);
        Assert.Contains("sprint-42", new[] { one, other });
        Assert.Equal(2, story.Passwords.Count);
    }

    [Fact]
    public async Task Two_tracks_on_one_database_get_a_branch_each_for_the_same_sprint()
    {
        await using var story = await Story.BeginAsync(change: values => AddTrack(values, "billing"));

        await story.LiveAsync(2);

        Assert.Equal("orders-sprint-42", story.LeadsTo(story.World.Secret));
        Assert.Equal("billing-sprint-42", story.LeadsTo(story.RecordOf(story.World.Sprint, "billing")));
        AssertNothingIsShared(story);
    }

    /// <summary>The sprint "Billing" of the track orders, and the sprint "Orders" of the track billing.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Two_tracks_whose_branch_names_meet_do_not_get_one_branch(bool areAtOnce)
    {
        await using var story = await Story.BeginAsync(change: values =>
        {
            AddTrack(values, "billing");
            values["Tracks__billing__Team"] = "Web";
            values["Tracks__billing__BranchName"] = "{iteration}-{track}";
        });
        story.World.Boards.Rename("Meridian", story.World.Sprint, "Billing");
        story.World.Boards.AddTeam("Meridian", "Web");
        var sprint = story.World.Boards.AddIteration("Meridian", null, "Orders", s_start, s_finish);
        story.World.Boards.SelectForTeam("Meridian", "Web", sprint);
        using var first = new Worker(story.World);
        using var second = new Worker(story.World);
        var hold = new Hold();
        story.World.PlanetScale.Faults.Add("create_branch", Fault.HoldRequest(hold));

        var one = first.HandleAsync(LookMessage.For(Story.Orders, LookReason.Poll).ToJson());
        await hold.Reached.WaitAsync(s_hangs);
        if (!areAtOnce)
        {
            hold.Release();
            await one.WaitAsync(s_hangs);
        }

        await second.HandleAsync(LookMessage.For("billing", LookReason.Poll).ToJson()).WaitAsync(s_hangs);
        hold.Release();
        await one.WaitAsync(s_hangs);
        await story.LiveAsync(2);

        var record = story.RecordOf(sprint, "billing");
        Assert.Equal("orders-billing", story.LeadsTo(story.World.Secret));
        Assert.Equal($"orders-billing-{record[^8..]}", story.LeadsTo(record));
        AssertNothingIsShared(story);
    }

    [Fact]
    public async Task A_branch_that_is_made_by_hand_while_our_message_waits_stays_its_maker_s()
    {
        await using var story = await Story.BeginAsync();
        await story.Host.PollAsync();
        Assert.Single(story.World.Queue.Messages);
        var theirs = story.World.PlanetScale.AddBranchByHand(CrashWorld.Database, "sprint-42");

        await story.LiveAsync(2);

        Assert.Equal($"sprint-42-{story.World.Secret[^8..]}", story.LeadsTo(Story.Alias));
        Assert.Equal(["main", "sprint-42", $"sprint-42-{story.World.Secret[^8..]}"], story.BranchNames);
        AssertUntouched(story, theirs);
    }

    [Fact]
    public async Task A_lost_answer_to_the_creation_is_made_good_where_we_know_who_we_are()
    {
        await using var story = await Story.BeginAsync();
        story.World.PlanetScale.Faults.Add("create_branch", Fault.LoseResponse());

        await story.LiveAsync(2);

        Assert.Empty(EndState.Problems(story.World));
        Assert.Empty(story.Said("Warning", "no record in the vault names it"));
    }

    [Fact]
    public async Task A_lost_answer_to_the_very_first_creation_is_made_good_by_finding_out_who_we_are()
    {
        await using var story = await Story.BeginAsync(knowsActor: false);
        story.World.PlanetScale.Faults.Add("create_branch", Fault.LoseResponse());

        await story.LiveAsync(24);

        Assert.Empty(EndState.Problems(story.World));
        Assert.Single(story.Said("Information", $"this app is actor {CrashWorld.Actor} on PlanetScale, so branch sprint-42 is this app's"));
    }

    [Fact]
    public async Task A_branch_of_somebody_else_by_the_claimed_name_is_left_alone_though_we_do_not_know_who_we_are()
    {
        await using var story = await Story.BeginAsync(knowsActor: false);
        // Between the claim and the creation, which finds the name taken.
        story.World.PlanetScale.Faults.Otherwise = (operation, _) =>
        {
            if (operation == "create_branch" && story.Branches.Count == 1)
            {
                story.World.PlanetScale.AddBranchByHand(CrashWorld.Database, "sprint-42", actorId: "somebody");
            }

            return null;
        };

        await story.LiveAsync(24);

        Assert.Empty(EndState.Problems(story.World, hasStray: true));
        Assert.Single(story.Said("Information", "so branch sprint-42 is not this app's"));
        Assert.Single(story.Passwords);
    }

    [Fact]
    public async Task A_sprint_that_is_deleted_and_made_again_is_a_new_sprint()
    {
        await using var story = await Story.ReadyAsync();
        var before = story.Branches;
        story.World.Boards.RemoveIteration("Meridian", story.World.Sprint);
        var again = story.World.Plan("Sprint 42", s_start, s_finish);

        await story.LiveAsync(3);

        var record = story.RecordOf(again);
        Assert.Equal($"sprint-42-{record[^8..]}", story.LeadsTo(record));
        Assert.Equal(story.LeadsTo(record), story.LeadsTo(Story.Alias));
        // What the first one had is left as it is, for whoever still uses it.
        Assert.Equal("sprint-42", story.LeadsTo(story.World.Secret));
        Assert.Equal(before, story.Branches.Take(2));
        Assert.Empty(story.Said("Error"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(CrashWorld.Actor)] // somebody who has our token at hand
    public async Task A_branch_that_a_person_deletes_and_makes_again_is_not_adopted_and_gets_no_credential(string? actor)
    {
        await using var story = await Story.ReadyAsync();
        var value = story.World.KeyVault.ReadValue(Story.Alias);
        story.World.PlanetScale.DeleteBranchByHand(CrashWorld.Database, "sprint-42");
        var namesake = story.World.PlanetScale.AddBranchByHand(CrashWorld.Database, "sprint-42", actorId: actor);

        await story.LiveAsync(24);

        Assert.Equal(["main", "sprint-42"], story.BranchNames);
        AssertUntouched(story, namesake);
        Assert.NotEqual(namesake, story.Secret(story.World.Secret).Tags["branch-id"]);
        Assert.Equal(value, story.World.KeyVault.ReadValue(Story.Alias));
        Assert.Equal(story.Said("Error"), story.Said("Error", "is gone from PlanetScale"));
        Assert.InRange(story.Said("Error").Count, 1, 6);
    }

    [Fact]
    public async Task A_branch_that_is_replaced_before_its_credential_is_issued_gets_none_either()
    {
        await using var story = await Story.BeginAsync();
        await story.Host.PollAsync();
        await story.Host.DeliverVisibleAsync();
        Assert.Equal("claimed", story.Secret(story.World.Secret).Tags["state"]);
        story.World.PlanetScale.DeleteBranchByHand(CrashWorld.Database, "sprint-42");
        var namesake = story.World.PlanetScale.AddBranchByHand(CrashWorld.Database, "sprint-42", actorId: CrashWorld.Actor);

        await story.LiveAsync(24);

        AssertUntouched(story, namesake);
        Assert.Equal(["main", "sprint-42"], story.BranchNames);
        Assert.Null(story.LeadsTo(story.World.Secret));
    }

    [Fact]
    public async Task A_record_that_was_purged_cannot_be_known_again_and_its_branch_is_reported()
    {
        await using var story = await Story.ReadyAsync();
        var (former, credential) = (story.Branches[1], Assert.Single(story.Passwords));
        story.World.KeyVault.DeleteByHand(story.World.Secret);
        story.World.KeyVault.PurgeByHand(story.World.Secret);

        await story.LiveAsync(24);

        Assert.Equal($"sprint-42-{story.World.Secret[^8..]}", story.LeadsTo(Story.Alias));
        Assert.Equal(story.LeadsTo(Story.Alias), story.LeadsTo(story.World.Secret));
        // Whoever still uses it goes on to.
        Assert.Contains(former, story.Branches);
        Assert.Contains(credential, story.Passwords);
        AssertReportedOnce(story, "sprint-42");
    }

    [Fact]
    public async Task A_branch_that_any_track_s_record_names_or_claims_is_not_reported()
    {
        await using var story = await Story.ReadyAsync(change: values => AddTrack(values, "billing"));

        // Claimed by name, known by id, and neither: only that one is reported, by each track on the database.
        story.World.PlanetScale.AddBranchByHand(CrashWorld.Database, "of-nobody", actorId: CrashWorld.Actor);
        story.World.PlanetScale.AddBranchByHand(CrashWorld.Database, "by-hand");
        story.World.PlanetScale.AddBranchByHand(CrashWorld.Database, "production-too", production: true, actorId: CrashWorld.Actor);
        await story.LiveAsync(0.2);
        Assert.Empty(story.Said("Warning", "no record in the vault names it"));
        await story.LiveAsync(24);

        Assert.Equal(
            ["Warning billing: branch of-nobody", "Warning orders: branch of-nobody"],
            story.Said("Warning", "no record in the vault names it").Select(line => line[..line.IndexOf(" (", StringComparison.Ordinal)]).Order(StringComparer.Ordinal));
        Assert.Equal(0, story.World.PlanetScale.Calls.Count("delete_branch"));
    }

    [Fact]
    public async Task What_another_installation_left_is_neither_adopted_nor_deleted()
    {
        await using var story = await Story.BeginAsync();
        var yesterday = story.World.Clock.GetUtcNow().AddDays(-1);
        var theirs = story.World.PlanetScale.AddBranchByHand(CrashWorld.Database, "sprint-42", actorId: OtherActor, createdAt: yesterday);
        story.World.PlanetScale.AddPasswordByHand(CrashWorld.Database, theirs, "ib-2a6f9d84-0badcafe", actorId: OtherActor, createdAt: yesterday);
        var credential = Assert.Single(story.Passwords);

        await story.LiveAsync(24);

        Assert.Equal(credential, Assert.Single(story.Passwords, password => password.BranchId == theirs));
        Assert.Equal($"sprint-42-{story.World.Secret[^8..]}", story.LeadsTo(Story.Alias));
        Assert.Empty(story.Said("Error"));
        Assert.Empty(story.Said("Warning", "sprint-42 ("));
    }

    [Fact]
    public async Task With_another_service_token_the_records_still_hold_and_what_the_former_one_made_is_not_deleted()
    {
        await using var story = await Story.ReadyAsync(knowsActor: false);
        story.World.UseToken(OtherActor);
        story.World.Plan("Sprint 42b", s_start, s_finish);
        await story.LiveAsync(0.5);
        Assert.Single(story.Said("Warning", $"knows this app as actor {OtherActor} now"));

        var yesterday = story.World.Clock.GetUtcNow().AddDays(-1);
        var orphan = story.World.PlanetScale.AddPasswordByHand(CrashWorld.Database, "sprint-42", "ib-2a6f9d84-0badcafe", actorId: CrashWorld.Actor, createdAt: yesterday);
        story.World.PlanetScale.AddBranchByHand(CrashWorld.Database, "of-the-former", actorId: CrashWorld.Actor, createdAt: yesterday);
        await story.LiveAsync(24);

        Assert.Contains(story.Passwords, password => password.Id == orphan);
        Assert.Equal("sprint-42", story.LeadsTo(story.World.Secret));
        Assert.Equal(["main", "sprint-42", "sprint-42b", "of-the-former"], story.BranchNames);
        Assert.Empty(story.Said("Error"));
    }

    /// <summary>On the same database, and so, as the settings demand, with the track in the names of its branches.</summary>
    private static void AddTrack(Dictionary<string, string?> values, string track)
    {
        values[$"Tracks__{track}__Project"] = "Meridian";
        values[$"Tracks__{track}__Team"] = "Payments";
        values[$"Tracks__{track}__Database"] = CrashWorld.Database;
        values[$"Tracks__{track}__Retire"] = "Keep";
        values[$"Tracks__{track}__BranchName"] = values["Tracks__orders__BranchName"] = "{track}-{iteration}";
    }

    private static void AssertNothingIsShared(Story story)
    {
        var records = story.World.KeyVault.Secrets.Where(secret => secret.Tags.ContainsKey("state")).ToList();
        Assert.Equal(2, records.Count);
        Assert.Equal(2, records.Select(record => record.Tags["branch-id"]).Distinct().Count());
        Assert.Equal(records.Select(record => record.Tags["CredentialId"]).Order(), story.Passwords.Select(password => password.Id).Order());
        Assert.Empty(story.Said("Error"));
    }

    /// <summary>Not even a credential was ever asked for on it.</summary>
    private static void AssertUntouched(Story story, string branchId)
    {
        Assert.DoesNotContain(story.Passwords, password => password.BranchId == branchId);
        Assert.DoesNotContain(story.World.PlanetScale.Calls.All, call =>
            call.Method != "GET" && call.Path.Contains($"/branches/{branchId}", StringComparison.Ordinal));
    }

    private static void AssertReportedOnce(Story story, string branch)
    {
        Assert.StartsWith($"Warning orders: branch {branch} (", Assert.Single(story.Said("Warning", "no record in the vault names it")), StringComparison.Ordinal);
        Assert.Equal(0, story.World.PlanetScale.Calls.Count("delete_branch"));
    }
}
