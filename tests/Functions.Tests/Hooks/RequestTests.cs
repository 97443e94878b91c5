using System.Net;
using System.Text;
using IterationBranches.Functions.Tests.Running;
using IterationBranches.Provisioning;
using IterationBranches.ServiceHooks;
using IterationBranches.Storage;
using Microsoft.Extensions.DependencyInjection;
using Moq;

namespace IterationBranches.Functions.Tests.Hooks;

/// <summary>Requests with the right credential and something else wrong.</summary>
public sealed class RequestTests
{
    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/jsonp")]
    public async Task A_body_of_another_type_is_415(string type)
    {
        await using var app = await RunningApp.StartAsync();

        await RefusedAsync(app, HttpStatusCode.UnsupportedMediaType, EventPayload.Body(Encoding.UTF8.GetBytes(EventPayload.Created().ToJsonString()), type));
    }

    [Fact]
    public async Task A_body_without_a_type_is_415()
    {
        await using var app = await RunningApp.StartAsync();

        await RefusedAsync(app, HttpStatusCode.UnsupportedMediaType, new ByteArrayContent(Encoding.UTF8.GetBytes(EventPayload.Created().ToJsonString())));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task An_encoded_body_is_415(string encoding)
    {
        await using var app = await RunningApp.StartAsync();
        var body = EventPayload.Created().ToContent();
        body.Headers.ContentEncoding.Add(encoding);

        await RefusedAsync(app, HttpStatusCode.UnsupportedMediaType, body);
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("null")]
    [InlineData("17")]
    [InlineData("""[{"eventType":"workitem.created"}]""")]
    [InlineData("""{"resource":{}}""")]
    [InlineData("""{"eventType":""}""")]
    [InlineData("""{"eventType":17}""")]
    [InlineData("""{"eventType":"workitem.created" """)]
    [InlineData("""{"eventType":"\ud800"}""")]
    public async Task A_body_that_is_no_event_is_400(string body)
    {
        await using var app = await RunningApp.StartAsync();

        await RefusedAsync(app, HttpStatusCode.BadRequest, EventPayload.Body(Encoding.UTF8.GetBytes(body)));
    }

    [Fact]
    public async Task An_empty_body_is_400()
    {
        await using var app = await RunningApp.StartAsync();

        await RefusedAsync(app, HttpStatusCode.BadRequest, EventPayload.Body([]));
    }

    [Fact]
    public async Task Broken_UTF_8_is_400()
    {
        await using var app = await RunningApp.StartAsync();

        await RefusedAsync(app, HttpStatusCode.BadRequest, EventPayload.Body([.. "{\"eventType\":\"workitem."u8, 0xC3, 0x28, .. "\"}"u8]));
    }

    // A name may have been cut in the middle of a letter. That is no reason to lose the event.
    [Theory]
    [InlineData("""{"eventType":"workitem.created","resource":{"fields":{"System.IterationPath":"Meridian\\Sprint \ud83d"}}}""")]
    [InlineData("""{"eventType":"workitem.created","resource":{"fields":{"\udc00":1,"System.IterationPath":"Meridian\\Sprint 42"}}}""")]
    [InlineData("""{"eventType":"workitem.updated","subscriptionId":"\ud800","resource":{"fields":{"System.Title":{"newValue":"\ud800"}}}}""")]
    public async Task Half_a_letter_in_an_event_says_nothing(string body)
    {
        await using var app = await RunningApp.StartAsync();

        Assert.Equal(HttpStatusCode.Accepted, (await app.ReceiveAsync(EventPayload.Body(Encoding.UTF8.GetBytes(body)), "orders")).Status);
    }

    [Theory]
    [InlineData("application/json; charset=\"utf-8\"")]
    [InlineData("Application/JSON;charset=UTF-8")]
    [InlineData("application/json; api-version=7.1")]
    public async Task The_type_of_a_body_may_be_written_in_many_ways(string type)
    {
        await using var app = await RunningApp.StartAsync();

        Assert.Equal(HttpStatusCode.Accepted, (await app.ReceiveAsync(EventPayload.Body(Encoding.UTF8.GetBytes(EventPayload.Created().ToJsonString()), type))).Status);
    }

    [Fact]
    public async Task Nesting_without_end_is_400()
    {
        await using var app = await RunningApp.StartAsync();

        await RefusedAsync(app, HttpStatusCode.BadRequest, EventPayload.Body(Encoding.UTF8.GetBytes(new string('[', 100_000))));
    }

    [Fact]
    public async Task A_body_that_says_it_is_too_large_is_413()
    {
        await using var app = await RunningApp.StartAsync();

        await RefusedAsync(app, HttpStatusCode.RequestEntityTooLarge, EventPayload.Body(Padded(ServiceHookReceiver.MaximumBytes + 1)));
    }

    [Fact]
    public async Task A_body_that_turns_out_too_large_is_413()
    {
        await using var app = await RunningApp.StartAsync();

        await RefusedAsync(app, HttpStatusCode.RequestEntityTooLarge, new ChunkedContent(Padded(ServiceHookReceiver.MaximumBytes + 1)));
    }

    [Fact]
    public async Task The_largest_body_of_Azure_DevOps_is_taken()
    {
        await using var app = await RunningApp.StartAsync();

        Assert.Equal(HttpStatusCode.Accepted, (await app.ReceiveAsync(EventPayload.Body(Padded(ServiceHookReceiver.MaximumBytes)))).Status);
        Assert.Equal(HttpStatusCode.Accepted, (await app.ReceiveAsync(new ChunkedContent(Padded(ServiceHookReceiver.MaximumBytes)))).Status);
    }

    [Fact]
    public async Task A_mark_at_the_start_does_no_harm()
    {
        await using var app = await RunningApp.StartAsync();

        var answer = await app.ReceiveAsync(EventPayload.Body([0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(EventPayload.Created().ToJsonString())], "application/json; charset=UTF-8"));

        Assert.Equal(HttpStatusCode.Accepted, answer.Status);
    }

    [Fact]
    public async Task A_queue_that_is_down_is_503_so_that_it_is_sent_again()
    {
        await using var app = await RunningApp.StartAsync();
        app.Queue.Down = new StorageException(Failure.PersonNeeded, "the storage account refused: check AzureWebJobsStorage", 403);

        await RefusedAsync(app, HttpStatusCode.ServiceUnavailable, EventPayload.Created().ToContent());

        Assert.Contains("check AzureWebJobsStorage", Assert.Single(app.Log.Errors));
        app.Queue.Down = null;
        Assert.Equal(HttpStatusCode.Accepted, (await app.ReceiveAsync(EventPayload.Created().ToContent())).Status);
    }

    // 500 would put the subscription on probation, and its next events would be lost.
    [Fact]
    public async Task Even_what_nobody_foresaw_is_503_and_its_text_is_not_logged()
    {
        var queue = new Mock<ILookQueue>();
        queue.Setup(edge => edge.SendAsync(It.IsAny<LookMessage>(), It.IsAny<TimeSpan?>(), It.IsAny<CancellationToken>())).ThrowsAsync(new InvalidOperationException("with a secret"));
        await using var app = await RunningApp.StartAsync(edges: services => services.AddSingleton(queue.Object));

        await RefusedAsync(app, HttpStatusCode.ServiceUnavailable, EventPayload.Created().ToContent());

        Assert.StartsWith("Service hook: InvalidOperationException", Assert.Single(app.Log.Errors), StringComparison.Ordinal);
        Assert.DoesNotContain("with a secret", app.Log.Errors.Single());
    }

    [Fact]
    public async Task With_wrong_settings_it_is_503_and_the_log_names_them()
    {
        await using var app = await RunningApp.StartAsync(settings =>
        {
            settings.Remove("PlanetScale__ServiceToken");
            settings.Remove("Boards__Organization");
        });

        await RefusedAsync(app, HttpStatusCode.ServiceUnavailable, EventPayload.Created().ToContent());

        var error = Assert.Single(app.Log.Errors);
        Assert.Contains("PlanetScale__ServiceToken", error);
        Assert.Contains("Boards__Organization", error);
    }

    private static async Task RefusedAsync(RunningApp app, HttpStatusCode expected, HttpContent content)
    {
        var answer = await app.ReceiveAsync(content);

        Assert.Equal(expected, answer.Status);
        Assert.Empty(answer.Queued);
        Assert.NotEmpty(answer.Reason!);
        Assert.Single(app.Log.Lines);
        Assert.Equal(0, app.Queue.Sent);
    }

    /// <summary>An event with white space to this length.</summary>
    private static byte[] Padded(int length) => Encoding.UTF8.GetBytes(EventPayload.Created().ToJsonString().PadRight(length));
}
