using System.Net;
using System.Text.Json;
using IterationBranches.Functions.Tests.Running;
using IterationBranches.Testing;
using Moq;

namespace IterationBranches.Functions.Tests.Hosting;

/// <summary>What arrives of a queue message is seen by what goes to the poison queue: exactly the text.</summary>
public sealed class QueueMessageTests
{
    [Theory]
    [InlineData("queue.plain-text.txt", "plain text message")]
    [InlineData("queue.second-delivery.txt", "please-fail now")]
    [InlineData("queue.json-message.metadata-overwritten.txt", """{"secret":"abc","n":1}""")]
    public async Task A_message_as_a_real_host_sends_it_is_decoded_twice(string capture, string text)
    {
        await using var app = await RunningHandler.StartAsync();

        var answer = await app.InvokeAsync(ProvisionBranch.Name, Invocations.Captured(capture));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(text, Assert.Single(app.Queue.Poison).Text);
    }

    [Theory]
    [InlineData("""{"version":1,"track":"nobody","reason":"poll"}""")]
    [InlineData("plain text")]
    [InlineData("null")]
    [InlineData("17")]
    public async Task A_message_that_is_decoded_once_already_is_taken_as_it_is(string text)
    {
        await using var app = await RunningHandler.StartAsync();

        await app.InvokeAsync(ProvisionBranch.Name, Invocations.Raw(text));

        Assert.Equal(text, Assert.Single(app.Queue.Poison).Text);
    }

    [Fact]
    public async Task A_message_that_arrives_as_an_object_is_taken_as_it_is()
    {
        await using var app = await RunningHandler.StartAsync();

        await app.InvokeAsync(ProvisionBranch.Name, """{"Data":{"message":{"version":1,"track":"nobody","reason":"poll"}},"Metadata":{}}""");

        Assert.Equal("there is no track 'nobody' in the settings", Assert.Single(app.Queue.Poison).Reason);
    }

    [Fact]
    public async Task A_message_that_is_a_JSON_string_itself_keeps_its_quotes()
    {
        await using var app = await RunningHandler.StartAsync();

        await app.ProvisionAsync("\"quoted\"");

        Assert.Equal("\"quoted\"", Assert.Single(app.Queue.Poison).Text);
    }

    // The properties of our own message overwrite what the host would say of itself.
    [Theory]
    [InlineData("""{"Id":"\"abc\"","DequeueCount":"\"many\"","sys":"\"x\"","track":"\"other\"","version":"\"9\""}""")]
    [InlineData("""{"Id":{"nested":{"a":1}},"sys":null}""")]
    [InlineData("null")]
    [InlineData("\"text\"")]
    [InlineData("[1]")]
    public async Task The_metadata_is_never_read(string metadata)
    {
        await using var app = await RunningHandler.StartAsync();

        var answer = await app.InvokeAsync(ProvisionBranch.Name, Invocations.Raw(JsonSerializer.Serialize(Invocations.Look("nobody")), metadata));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal((Invocations.Look("nobody"), "there is no track 'nobody' in the settings"), Assert.Single(app.Queue.Poison));
    }

    [Theory]
    [InlineData("timer.first-run.txt")]
    [InlineData("timer.no-monitor.txt")]
    [InlineData("timer.past-due.retry-policy.txt")]
    public async Task Every_form_of_a_timer_polls(string capture)
    {
        await using var app = await RunningHandler.StartAsync();
        app.Records.Setup(records => records.ListAsync(It.IsAny<CancellationToken>())).ReturnsAsync(Worlds.EmptyVault);

        var answer = await app.InvokeAsync(PollIterations.Name, CapturedRequest.Read(capture).Body);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal([Invocations.Look("orders")], app.QueuedTexts);
    }

    [Fact]
    public async Task A_path_with_the_prefix_of_HTTP_functions_reaches_no_other_function()
    {
        await using var app = await RunningHandler.StartAsync();

        Assert.Equal(HttpStatusCode.NotFound, (await app.InvokeAsync("api/PollIterations", CapturedRequest.Read("timer.first-run.txt").Body)).Status);
        Assert.Equal(0, app.Queue.Sent);
    }
}
