using IterationBranches.Testing.Hands;
using IterationBranches.Tests.CrashMatrix;

namespace IterationBranches.Tests.Stories;

/// <summary>
/// A vault under the built-in Azure Policies "Key Vault secrets should have an expiration date" and "… should have the specified maximum
/// validity period", which refuse each write that does not comply.
/// </summary>
public sealed class PolicyTests
{
    private const string Setting = "KeyVault__MaximumValidity";

    [Theory]
    [InlineData(90, null)]
    [InlineData(30, "30")]
    [InlineData(2, "2")]
    public async Task Under_a_policy_that_allows_what_is_set_everything_is_made(int days, string? setting)
    {
        await using var story = await Story.BeginAsync(change: values => values[Setting] = setting);
        story.World.KeyVault.PolicyValidity = TimeSpan.FromDays(days);

        await story.LiveAsync(2);

        Assert.Empty(EndState.Problems(story.World));
        Assert.Empty(story.Said("Error"));
    }

    [Fact]
    public async Task A_policy_that_allows_less_is_named_before_anything_is_made()
    {
        await using var story = await Story.BeginAsync();
        story.World.KeyVault.PolicyValidity = TimeSpan.FromDays(30);

        await story.LiveAsync(24);

        Assert.Equal(5, story.Said("Error", "Secret was disallowed by policy").Count);
        Assert.All(story.Said("Error"), line => Assert.Contains("KeyVault__MaximumValidity", line, StringComparison.Ordinal));
        Assert.All(story.Said("Error"), line => Assert.DoesNotContain("give the app", line, StringComparison.Ordinal));
        Assert.Equal("main", Assert.Single(story.BranchNames));
        Assert.Equal(0, story.World.PlanetScale.Calls.Count("create_password"));
    }

    /// <summary>Somebody means "until it is done". The credential and the secrets are valid for a bounded time, and renewed in time.</summary>
    [Theory]
    [InlineData(2099)]
    [InlineData(9999)]
    public async Task An_iteration_without_a_real_end_has_a_credential_that_works_for_as_long_as_anybody_looks(int year)
    {
        await using var story = await Story.BeginAsync(change: values => values[Setting] = "30");
        story.World.KeyVault.PolicyValidity = TimeSpan.FromDays(30);
        story.World.Boards.SetDates("Meridian", story.World.Sprint, new(2026, 8, 24), new(year, 12, 31));

        for (var day = 0; day < 150; day++)
        {
            story.Host.PassUntil(story.World.Clock.GetUtcNow().AddDays(1));
            await story.Host.PollAndDrainAsync();

            Assert.Equal(("sprint-42", "sprint-42"), (story.LeadsTo(Story.Alias), story.LeadsTo(story.World.Secret)));
            Assert.All(story.World.KeyVault.Secrets, secret => Assert.True(secret.Expires > story.World.Clock.GetUtcNow().AddDays(10), $"{secret} expires on {secret.Expires}"));
        }

        // The same user and password all the time.
        Assert.Single(story.Passwords);
        Assert.Equal(1, story.World.PlanetScale.Calls.Count("create_password"));
        Assert.Empty(story.Said("Error"));
        Assert.Empty(EndState.Problems(story.World));
    }
}
