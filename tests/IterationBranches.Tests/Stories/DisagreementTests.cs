using IterationBranches.Testing.Faults;
using IterationBranches.Testing.Hands;
using IterationBranches.Tests.CrashMatrix;

namespace IterationBranches.Tests.Stories;

/// <summary>Key Vault and PlanetScale disagree, because somebody's hand was in one of them: what is repaired, and what is left and said.</summary>
public sealed class DisagreementTests
{
    [Fact]
    public async Task A_password_that_was_deleted_by_hand_is_made_again_and_the_alias_follows()
    {
        await using var story = await Story.ReadyAsync();
        story.World.PlanetScale.DeletePasswordByHand(Assert.Single(story.Passwords).Id);
        Assert.Null(story.LeadsTo(Story.Alias));

        await story.LiveAsync(1.1);

        Assert.Empty(EndState.Problems(story.World));
        Assert.Equal("create_password, set_secret, set_secret", Operations(story));
    }

    [Fact]
    public async Task Nothing_is_repaired_for_a_sprint_that_is_over()
    {
        await using var story = await Story.ReadyAsync();
        story.World.Boards.SetDates("Meridian", story.World.Sprint, new(2026, 8, 10), new(2026, 8, 25));
        story.World.PlanetScale.DeletePasswordByHand(Assert.Single(story.Passwords).Id);
        story.World.PlanetScale.DeleteBranchByHand(CrashWorld.Database, "sprint-42");

        await story.LiveAsync(24);

        // Only that it is over is noted.
        Assert.Equal("update_secret", Operations(story));
        Assert.Empty(story.Said("Error"));
    }

    [Fact]
    public async Task A_record_that_was_deleted_comes_back_with_its_branch_and_its_credential()
    {
        await using var story = await Story.ReadyAsync();
        var password = Assert.Single(story.Passwords);
        story.World.KeyVault.DeleteByHand(story.World.Secret);

        await story.LiveAsync(2);

        Assert.Empty(EndState.Problems(story.World));
        Assert.Equal(password, Assert.Single(story.Passwords));
        Assert.Equal(2, story.Secret(story.World.Secret).Versions.Count);
        // One claim that met the deleted secret, and no second one.
        Assert.Equal("set_secret, recover_secret", Operations(story));
    }

    [Fact]
    public async Task A_record_that_was_deleted_after_its_password_comes_back_with_another_one()
    {
        await using var story = await Story.ReadyAsync();
        story.World.PlanetScale.DeletePasswordByHand(Assert.Single(story.Passwords).Id);
        story.World.KeyVault.DeleteByHand(story.World.Secret);

        await story.LiveAsync(2);

        Assert.Empty(EndState.Problems(story.World));
        Assert.Equal("set_secret, recover_secret, create_password, set_secret, set_secret", Operations(story));
    }

    [Fact]
    public async Task An_alias_that_was_deleted_comes_back_with_the_next_poll()
    {
        await using var story = await Story.ReadyAsync();
        story.World.KeyVault.DeleteByHand(Story.Alias);

        await story.LiveAsync(0.2);

        Assert.Empty(EndState.Problems(story.World));
        Assert.Equal("set_secret, recover_secret", Operations(story));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_secret_that_a_person_disabled_is_left_so_and_said_once(bool isRecord)
    {
        await using var story = await Story.ReadyAsync();
        var name = isRecord ? story.World.Secret : Story.Alias;
        var before = story.Secret(name);
        story.World.KeyVault.DisableByHand(name);
        // Not even with its password gone.
        story.World.PlanetScale.DeletePasswordByHand(Assert.Single(story.Passwords).Id);

        await story.LiveAsync(24);

        Assert.False(story.Secret(name).Enabled);
        Assert.Equal(before.Versions.Count, story.Secret(name).Versions.Count);
        Assert.Equal(isRecord ? "" : "create_password, set_secret", Operations(story));
        Assert.Single(story.Said(isRecord ? "Information" : "Warning", "was disabled by a person"));
        Assert.Empty(story.Said("Error"));
    }

    [Fact]
    public async Task A_credential_that_has_expired_is_replaced_by_one_that_lasts_as_long_as_the_sprint_does_now()
    {
        await using var story = await Story.ReadyAsync();
        var first = Assert.Single(story.Passwords);
        story.World.Boards.SetDates("Meridian", story.World.Sprint, new(2026, 8, 24), new(2026, 10, 2));

        // The days until then are like each other.
        story.World.Clock.Advance(first.ExpiresAt!.Value - story.World.Clock.GetUtcNow() - TimeSpan.FromMinutes(30));
        await story.LiveAsync(0.7);

        Assert.Equal("sprint-42", story.LeadsTo(Story.Alias));
        Assert.Equal("sprint-42", story.LeadsTo(story.World.Secret));
        Assert.Equal(2, story.Branches.Count);
        Assert.Empty(story.Said("Error"));
    }

    [Fact]
    public async Task A_branch_that_is_gone_is_reported_and_neither_made_again_nor_is_the_alias_moved()
    {
        await using var story = await Story.ReadyAsync();
        var value = story.World.KeyVault.ReadValue(Story.Alias);
        story.World.PlanetScale.DeleteBranchByHand(CrashWorld.Database, "sprint-42");

        await story.LiveAsync(24);

        Assert.Equal(["main"], story.BranchNames);
        Assert.Equal(value, story.World.KeyVault.ReadValue(Story.Alias));
        Assert.Equal(story.Secret(story.World.Secret).Tags["CredentialId"], story.Secret(Story.Alias).Tags["CredentialId"]);
        Assert.Equal(story.Said("Error"), story.Said("Error", "is gone from PlanetScale; it was not deleted by this product"));
        Assert.InRange(story.Said("Error").Count, 1, 6);
        // Its tags remember the refusal, and that is all that was written.
        Assert.All(Operations(story).Split(", "), operation => Assert.Equal("update_secret", operation));
    }

    /// <summary>PlanetScale answers 404 to what a token may not see.</summary>
    [Theory]
    [InlineData("get_database")]
    [InlineData("list_branches")]
    [InlineData("list_passwords")]
    public async Task A_404_alone_means_nothing(string operation)
    {
        await using var story = await Story.ReadyAsync();
        var (branches, passwords, secrets) = (story.Branches, story.Passwords, story.World.KeyVault.Secrets.Select(secret => secret.Versions.Count).ToList());
        story.World.PlanetScale.Faults.Add(operation, Fault.Refuse(404, body: """{"code":"not_found","message":"Not Found"}"""), times: 1000);

        await story.LiveAsync(24);

        Assert.Equal((branches, passwords), (story.Branches, story.Passwords), SameElements);
        Assert.Equal(secrets, story.World.KeyVault.Secrets.Select(secret => secret.Versions.Count));
        Assert.Equal("", Operations(story));
        Assert.Equal(5, story.Said("Error", "the service token lacks a permission").Count);
        Assert.Equal("sprint-42", story.LeadsTo(Story.Alias));
    }

    /// <summary>Our branch is on the second page. A list without it would be a list in which it is gone.</summary>
    [Theory]
    [InlineData(404)]
    [InlineData(500)]
    public async Task A_page_that_fails_is_no_end_of_the_list(int status)
    {
        await using var story = await Story.BeginAsync();
        story.World.Shop.DevelopmentBranchLimit = 200;
        for (var i = 0; i < 120; i++)
        {
            story.World.PlanetScale.AddBranchByHand(CrashWorld.Database, $"by-hand-{i}");
        }

        await story.Host.PollAndDrainAsync();
        Assert.Empty(EndProblems(story));
        var calls = story.Calls;
        // The first page each time is answered well, and the second is not: not at any of the client's tries, for hours.
        var tries = status == 404 ? 1 : 3;
        for (var look = 0; look < 200; look++)
        {
            story.World.PlanetScale.Faults.Add("list_branches", Fault.Refuse(status, body: "{}"), nth: 2 + (look * (1 + tries)), times: tries);
        }

        await story.LiveAsync(6);

        Assert.True(story.World.PlanetScale.Calls.All.Count(call => call.Operation == "list_branches" && call.Status == status) >= 3);
        Assert.Empty(story.Writes(calls));
        Assert.Empty(story.Said("Error", "is gone"));
        Assert.Empty(EndProblems(story));
    }

    private static IEnumerable<string> EndProblems(Story story)
    {
        // All but the branches that were made by hand.
        return EndState.Problems(story.World).Where(problem => !problem.StartsWith("the branches are", StringComparison.Ordinal));
    }

    private static bool SameElements<T1, T2>((IReadOnlyList<T1>, IReadOnlyList<T2>) one, (IReadOnlyList<T1>, IReadOnlyList<T2>) other) =>
        one.Item1.SequenceEqual(other.Item1) && one.Item2.SequenceEqual(other.Item2);

    /// <summary>What was written after the sprint was ready.</summary>
    private static string Operations(Story story) => string.Join(", ", story.Writes().Select(call => call.Operation).Skip(6));
}
