using IterationBranches.Testing.Hands;
using IterationBranches.Tests.CrashMatrix;
using IterationBranches.Tests.Http;

namespace IterationBranches.Tests.Stories;

/// <summary>A whole day of polls, five minutes apart, through which something is refused that only a person can mend.</summary>
public sealed class RefusedDayTests
{
    /// <summary>At once, and 1, 3, 7 and 15 hours later; the next would be 31 hours later.</summary>
    private const int ErrorsOfADay = 5;

    private const int PollsOfADay = 289;

    private static readonly string[] s_vaultActions = ["getSecret", "readMetadata", "setSecret", "update", "recover"];

    private static readonly Dictionary<string, (Action<CrashWorld> Wrong, string Says, Action<CrashWorld> Mend)> s_wholeTrack = new()
    {
        ["the service token may not read the database"] = (
            world => world.UseToken(CrashWorld.Actor, "read_database", "read_branch", "create_branch", "connect_branch", "delete_branch_password", "delete_branch", "read_deploy_request"), "read_database", world => world.UseToken(CrashWorld.Actor)),
        ["the service token was revoked"] = (
            world => world.PlanetScale.RevokeServiceToken("token-id"), "PlanetScale does not know the service token", world => world.UseToken(CrashWorld.Actor)),
        ["the vault lets the app do nothing"] = (
            world => world.KeyVault.Deny(CrashWorld.App, s_vaultActions), "readMetadata", world => world.KeyVault.Allow(CrashWorld.App, s_vaultActions)),
        ["Boards knows the token no more"] = (
            world => world.Boards.RevokePersonalAccessToken(SomeSettings.PersonalAccessToken),
            "Azure DevOps did not accept the credential",
            world => world.Boards.AddPersonalAccessToken(SomeSettings.PersonalAccessToken, ["vso.work"])),
    };

    private static readonly Dictionary<string, (Action<CrashWorld> Wrong, string Says, Action<CrashWorld> Mend)> s_oneSprint = new()
    {
        ["the service token may not create branches"] = (
            world => world.UseToken(CrashWorld.Actor, "create_branch"), "create_branch", world => world.UseToken(CrashWorld.Actor)),
        ["the service token may not create passwords"] = (
            world => world.UseToken(CrashWorld.Actor, "connect_branch"), "connect_branch", world => world.UseToken(CrashWorld.Actor)),
        ["the database has as many branches as it may"] = (
            world => world.Shop.DevelopmentBranchLimit = 0, "which is PlanetScale's limit", world => world.Shop.DevelopmentBranchLimit = 100),
        ["the vault lets the app write nothing"] = (
            world => world.KeyVault.Deny(CrashWorld.App, "setSecret"), "setSecret", world => world.KeyVault.Allow(CrashWorld.App, "setSecret")),
    };

    public static TheoryData<string> OfTheWholeTrack => [.. s_wholeTrack.Keys];

    public static TheoryData<string> OfOneSprint => [.. s_oneSprint.Keys];

    [Theory]
    [MemberData(nameof(OfTheWholeTrack))]
    public async Task What_the_whole_track_lacks_is_said_five_times_a_day_and_asked_for_as_often(string what)
    {
        var (wrong, says, mend) = s_wholeTrack[what];
        await using var story = await Story.BeginAsync();
        wrong(story.World);

        await story.LiveAsync(24);

        AssertSaidAndDone(story, says);
        // The look alone asks; the poll, which reads the vault once for all tracks, does not even ask Boards.
        Assert.Equal(ErrorsOfADay, story.Host.Deliveries);
        Assert.InRange(story.CallsTo(Service.PlanetScale), 0, 3 * ErrorsOfADay);
        Assert.InRange(story.CallsTo(Service.Boards), 0, ErrorsOfADay);
        Assert.InRange(story.CallsTo(Service.KeyVault), PollsOfADay - 1, PollsOfADay + (3 * ErrorsOfADay));
        await HealsAsync(story, mend);
    }

    [Fact]
    public async Task A_database_that_is_not_there_is_said_five_times_a_day_and_asked_for_as_often()
    {
        await using var story = await Story.BeginAsync(change: values => values["Tracks__orders__Database"] = "shpo");

        await story.LiveAsync(24);

        AssertSaidAndDone(story, "\"shpo\"");
        Assert.Equal(ErrorsOfADay, story.Host.Deliveries);
        Assert.InRange(story.CallsTo(Service.PlanetScale), ErrorsOfADay, 3 * ErrorsOfADay);
        Assert.Equal(0, story.World.KeyVault.Calls.Count("set_secret"));
    }

    [Theory]
    [MemberData(nameof(OfOneSprint))]
    public async Task What_one_sprint_lacks_is_said_five_times_a_day_and_tried_as_often(string what)
    {
        var (wrong, says, mend) = s_oneSprint[what];
        await using var story = await Story.BeginAsync();
        wrong(story.World);

        await story.LiveAsync(24);

        AssertSaidAndDone(story, says);
        // Beside the tries there is the deep look, once an hour, and the seconds in which the branch was made.
        Assert.InRange(story.Host.Deliveries, 24, 32);
        var tries = story.World.PlanetScale.Calls.All.Count(call => call.Method == "POST" && call.Status >= 400)
            + story.World.KeyVault.Calls.All.Count(call => call.Method == "PUT" && call.Status >= 400);
        Assert.InRange(tries, 0, ErrorsOfADay);
        Assert.InRange(story.CallsTo(Service.PlanetScale), 2 * 24, (5 * 32) + ErrorsOfADay);
        await HealsAsync(story, mend);
    }

    [Fact]
    public async Task While_one_sprint_is_refused_the_others_go_on()
    {
        await using var story = await Story.BeginAsync();
        story.World.KeyVault.PutByHand(story.World.Secret, "somebody's own");
        var other = story.World.Plan("Hotfix", new(2026, 8, 25), new(2026, 9, 2));
        await story.LiveAsync(12);
        Assert.Equal("hotfix", story.LeadsTo(story.RecordOf(other)));
        story.World.PlanetScale.DeletePasswordByHand(Assert.Single(story.Passwords).Id);
        var third = story.World.Plan("Sprint 42b", new(2026, 8, 26), new(2026, 9, 3));

        await story.LiveAsync(12);

        Assert.Equal("hotfix", story.LeadsTo(story.RecordOf(other)));
        Assert.Equal("sprint-42b", story.LeadsTo(story.RecordOf(third)));
        AssertSaidAndDone(story, "is not this product's, so it is left as it is");
        Assert.Equal("somebody's own", story.World.KeyVault.ReadValue(story.World.Secret));
    }

    private static void AssertSaidAndDone(Story story, string says)
    {
        Assert.Equal(story.Said("Error"), story.Said("Error", says));
        Assert.Equal(ErrorsOfADay, story.Said("Error").Count);
        // Each message was done with at its first delivery.
        Assert.Empty(story.Host.Surprises);
        Assert.Empty(story.World.Queue.Poison);
        Assert.Equal(story.World.Queue.Sent, story.Host.Deliveries);
    }

    private static async Task HealsAsync(Story story, Action<CrashWorld> mend)
    {
        mend(story.World);
        await story.LiveAsync(24);
        Assert.Empty(EndState.Problems(story.World));
        Assert.InRange(story.Said("Error").Count, ErrorsOfADay, ErrorsOfADay + 1);
    }
}
