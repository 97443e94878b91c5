using IterationBranches.Functions.Tests.Running;

namespace IterationBranches.Functions.Tests.Hosting;

/// <summary>What arrives of a queue message is seen by what goes to the poison queue: exactly the text.</summary>
public sealed class QueueMessageTests
{
    [Theory]
    [InlineData("plain text message")]
    [InlineData("please-fail now – März")]
    [InlineData("""{"secret":"abc","n":1}""")]
    [InlineData("\"quoted\"")]
    [InlineData("null")]
    [InlineData("17")]
    [InlineData("""{"version":1,"track":"nobody","reason":"poll"}""")]
    public async Task A_message_that_cannot_be_handled_is_poisoned_word_for_word(string text)
    {
        await using var app = await RunningApp.StartAsync();

        var result = await app.ProvisionAsync(text);

        Assert.True(result.Succeeded, result.Error);
        Assert.Equal(text, Assert.Single(app.Queue.Poison).Text);
    }

    [Fact]
    public async Task The_reason_of_it_is_in_the_poison_queue_and_in_the_log()
    {
        await using var app = await RunningApp.StartAsync();

        var result = await app.ProvisionAsync(Invocations.Look("nobody"));

        Assert.Equal((Invocations.Look("nobody"), "there is no track 'nobody' in the settings"), Assert.Single(app.Queue.Poison));
        Assert.Contains("there is no track 'nobody' in the settings", Assert.Single(result.Logs), StringComparison.Ordinal);
    }
}
