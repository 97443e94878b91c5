using IterationBranches.Sandbox.StandIns;
using IterationBranches.Testing.Faults;
using IterationBranches.Testing.Hands;
using IterationBranches.Tests.CrashMatrix;

namespace IterationBranches.Tests.Stories;

/// <summary>What is not ready, and who asks for patience: one message waits, and nobody burns anything meanwhile.</summary>
public sealed class WaitingTests
{
    /// <summary>A look asks for the database and its branches.</summary>
    private const int CallsOfALook = 2;

    [Fact]
    public async Task A_branch_that_is_not_ready_costs_one_message_at_a_time_through_polls_and_hooks()
    {
        await using var story = await Story.BeginAsync();
        story.World.PlanetScale.BranchReadyAfter = TimeSpan.FromMinutes(9);
        var hooks = 0;
        var most = 0;
        for (var second = 0; second < 8 * 60; second += 20)
        {
            await story.HookAsync();
            hooks++;
            await story.Host.LiveAsync(TimeSpan.FromSeconds(19));
            most = Math.Max(most, story.World.Queue.Messages.Count);
        }

        // 12 in the first minute, 24 in the next four, and 6 in the three after them: as if there had been neither polls nor hooks.
        var waits = story.World.Queue.Sent - hooks;
        Assert.Equal(1, most);
        Assert.InRange(waits, 38, 44);
        Assert.Equal(story.World.Queue.Sent, story.Host.Deliveries + most);
        Assert.InRange(story.CallsTo(Service.PlanetScale), 1, 1 + (CallsOfALook * story.Host.Deliveries));

        await story.LiveAsync(1);
        Assert.Empty(EndState.Problems(story.World));
    }

    [Theory]
    [InlineData("send", Trouble.KilledAfter)] // before it could note that a message is on its way
    [InlineData("remember", Trouble.KilledAfter)]
    [InlineData("release_lease", Trouble.KilledBefore)]
    public async Task A_process_that_is_killed_while_a_branch_is_made_leaves_one_message_more_at_most(string operation, Trouble trouble)
    {
        var without = await MessagesAsync([]);

        var killed = new Incident(new(Service.Storage, operation, 3, IsWrite: true), trouble);
        var with = await MessagesAsync([killed]);

        Assert.True(killed.IsStruck);
        Assert.InRange(with, 1, without + 1);

        static async Task<int> MessagesAsync(Incident[] incidents)
        {
            await using var story = await Story.BeginAsync(incidents);
            story.World.PlanetScale.BranchReadyAfter = TimeSpan.FromMinutes(9);
            await story.Host.LiveAsync(TimeSpan.FromMinutes(12));
            Assert.Empty(EndState.Problems(story.World));
            Assert.Empty(story.Host.Surprises);
            return story.World.Queue.Sent;
        }
    }

    public static TheoryData<string, string?, double, double> Waits
    {
        get
        {
            var data = new TheoryData<string, string?, double, double>();
            foreach (var operation in new[] { "get_database", "create_branch", "create_password", "list_team_iterations", "list_secrets", "set_secret" })
            {
                data.Add(operation, "90", 0, 90);
                data.Add(operation, "90", 1, 108); // a fifth more at most
                data.Add(operation, null, 0, 60); // nobody said how long
                data.Add(operation, "86400", 1, 4320); // never longer than an hour, and its fifth
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Waits))]
    public async Task Who_is_told_to_wait_comes_back_when_it_was_asked_to(string operation, string? retryAfter, double chance, double seconds)
    {
        await using var story = await Story.BeginAsync();
        story.World.Chance = chance;
        story.World.PlanetScale.BranchReadyAfter = TimeSpan.Zero;
        StandIn standIn = operation is "list_team_iterations" ? story.World.Boards : operation.EndsWith("secret", StringComparison.Ordinal) || operation == "list_secrets" ? story.World.KeyVault : story.World.PlanetScale;
        standIn.Faults.Add(operation, Fault.Refuse(429, retryAfter, "{}"), times: operation.Contains("secret", StringComparison.Ordinal) ? CrashWorld.VaultTries : 1);
        await story.HookAsync();

        await story.Host.DeliverVisibleAsync();

        var told = standIn.Calls.All.Last(call => call.Status == 429).At;
        var next = Assert.Single(story.World.Queue.Messages).VisibleAt;
        // The queue counts in whole seconds.
        Assert.InRange((next - told).TotalSeconds, seconds, seconds + 1.5);

        // Polls in between ask PlanetScale and Boards for nothing.
        var (planetScale, boards) = (story.CallsTo(Service.PlanetScale), story.CallsTo(Service.Boards));
        await story.Host.LiveAsync(next - story.World.Clock.GetUtcNow() - TimeSpan.FromSeconds(2));
        Assert.Equal((planetScale, boards), (story.CallsTo(Service.PlanetScale), story.CallsTo(Service.Boards)));
        Assert.Equal(2, story.World.Queue.Sent);

        // Boards is asked for nothing at all as long as it said, an hour's look or not.
        await story.LiveAsync(operation == "list_team_iterations" && retryAfter == "86400" ? 26 : 1);
        Assert.Empty(EndState.Problems(story.World));
        Assert.Empty(story.Said("Error"));
    }

    [Fact]
    public async Task The_wait_of_one_sprint_does_not_delay_another()
    {
        await using var story = await Story.BeginAsync();
        story.World.KeyVault.RecoveryTakes = TimeSpan.FromMinutes(14);
        // A secret of our record's name was deleted, and comes back slowly.
        await story.Host.PollAndDrainAsync();
        story.World.KeyVault.DeleteByHand(story.World.Secret);
        var other = story.World.Plan("Hotfix", new(2026, 8, 25), new(2026, 9, 2));

        await story.LiveAsync(0.2);

        Assert.Contains(story.World.KeyVault.Calls.All, call => call is { Operation: "recover_secret", Status: 200 });
        Assert.Contains(story.World.KeyVault.Calls.All, call => call is { Operation: "set_secret", Status: 409 });
        Assert.Equal("hotfix", story.LeadsTo(story.RecordOf(other)));
        await story.LiveAsync(2);
        Assert.Equal("sprint-42", story.LeadsTo(story.World.Secret));
    }

    [Fact]
    public async Task The_deadline_of_a_branch_is_counted_from_when_it_was_made_not_from_our_first_look()
    {
        var killed = new Incident(new(Service.PlanetScale, "create_branch", 1, IsWrite: true), Trouble.KilledAfter);
        await using var story = await Story.BeginAsync([killed]);
        story.World.PlanetScale.BranchReadyAfter = TimeSpan.MaxValue;
        await story.HookAsync();
        await story.Host.DeliverVisibleAsync();
        Assert.True(killed.IsStruck);
        // The function app is stopped; when it comes back it has never looked at the branch.
        story.World.Clock.Advance(TimeSpan.FromMinutes(21));

        await story.LiveAsync(0.9);

        Assert.Single(story.Said("Error"));
        Assert.Single(story.Said("Error", "sprint-42 is not ready 21 minutes after it was created"));
        var sent = story.World.Queue.Sent;
        story.World.PlanetScale.SetReady(story.Branches[1].Id);
        await story.LiveAsync(2);
        Assert.Empty(EndState.Problems(story.World));
        Assert.Single(story.Said("Error"));
        Assert.InRange(story.World.Queue.Sent - sent, 1, 3);
    }
}
