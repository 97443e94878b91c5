using System.Net;
using IterationBranches.Functions.Tests.Running;
using IterationBranches.Provisioning;
using IterationBranches.Storage;
using Moq;

namespace IterationBranches.Functions.Tests.Hooks;

/// <summary>However many hooks arrive for a track, one look is pending for all of them; and none arrives in vain.</summary>
public sealed class StormTests
{
    [Fact]
    public async Task Ten_work_items_that_are_moved_at_once_are_one_message()
    {
        await using var app = await RunningApp.StartAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => app.ReceiveAsync(EventPayload.Updated().ToContent(), "orders")));

        Assert.All(answers, answer => Assert.Equal((HttpStatusCode.Accepted, "orders"), (answer.Status, string.Join(",", answer.Queued))));
        Assert.Equal(1, app.Queue.Sent);
        Assert.Equal(app.Clock.GetUtcNow() + AskedLooks.Gathering, Assert.Single(app.Queue.Messages).VisibleAt);
    }

    [Fact]
    public async Task The_same_delivery_again_is_no_further_message_however_late()
    {
        await using var app = await RunningApp.StartAsync();

        await app.ReceiveAsync(EventPayload.Created().ToContent(), "orders");
        app.Clock.Advance(TimeSpan.FromMinutes(5));
        var again = await app.ReceiveAsync(EventPayload.Created().ToContent(), "orders");

        Assert.Equal((HttpStatusCode.Accepted, 1), (again.Status, app.Queue.Sent));
    }

    [Fact]
    public async Task A_hook_that_arrives_while_a_look_runs_brings_another_look()
    {
        await using var app = await RunningApp.StartAsync();
        await app.ReceiveAsync(EventPayload.Created().ToContent(), "orders");
        app.Clock.Advance(AskedLooks.Gathering);
        var message = app.Queue.Take()!;
        app.Iterations.Setup(boards => boards.ListAsync(It.IsAny<Configuration.Track>(), It.IsAny<CancellationToken>())).Returns(async () =>
        {
            await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => app.ReceiveAsync(EventPayload.Updated().ToContent(), "orders")));
            throw new TestRefusal(Failure.PersonNeeded, "enough was seen");
        });

        await app.ProvisionAsync(message);

        Assert.Equal(2, app.Queue.Sent);
        Assert.NotNull(app.AskedNotes.SentAt("orders"));
    }

    [Fact]
    public async Task When_another_run_has_the_track_the_message_comes_back_and_stays_the_only_one()
    {
        await using var app = await RunningApp.StartAsync();
        await app.ReceiveAsync(EventPayload.Created().ToContent(), "orders");
        app.Clock.Advance(AskedLooks.Gathering);
        var message = app.Queue.Take()!;

        await using (await app.Locks.TryTakeAsync("orders", default))
        {
            await app.ProvisionAsync(message);
        }

        await app.ReceiveAsync(EventPayload.Updated().ToContent(), "orders");
        var (text, visibleAt) = Assert.Single(app.Queue.Messages);
        Assert.Equal(LookMessage.Parse(message).Message! with { AskedAt = app.Clock.GetUtcNow() }, LookMessage.Parse(text).Message);
        Assert.Equal(app.Clock.GetUtcNow() + TimeSpan.FromSeconds(5), visibleAt);
    }

    [Fact]
    public async Task A_look_that_no_hook_asked_for_leaves_the_message_of_a_hook_the_only_one()
    {
        await using var app = await RunningApp.StartAsync();
        await app.ReceiveAsync(EventPayload.Created().ToContent(), "orders");
        app.Iterations.Setup(boards => boards.ListAsync(It.IsAny<Configuration.Track>(), It.IsAny<CancellationToken>()))
            .ThrowsAsync(new TestRefusal(Failure.PersonNeeded, "enough was seen"));

        await app.ProvisionAsync(Invocations.Look("orders"));
        await app.ReceiveAsync(EventPayload.Updated().ToContent(), "orders");

        Assert.Equal(1, app.Queue.Sent);
    }

    [Fact]
    public async Task Each_track_has_its_own()
    {
        await using var app = await RunningApp.StartAsync(settings =>
        {
            settings["Tracks__billing__Project"] = "Meridian";
            settings["Tracks__billing__Database"] = "invoices";
            settings["Tracks__billing__Retire"] = "Keep";
        });

        await app.ReceiveAsync(EventPayload.Created().ToContent(), "orders");
        await app.ReceiveAsync(EventPayload.Created().ToContent());
        await app.ReceiveAsync(EventPayload.Created().ToContent(), "billing");

        Assert.Equal([LookMessage.For("orders", LookReason.WorkItem).ToJson(), LookMessage.For("billing", LookReason.WorkItem).ToJson()], app.QueuedTexts);
    }

    [Fact]
    public async Task When_the_note_cannot_be_kept_each_hook_sends_a_message_and_the_log_says_why()
    {
        await using var app = await RunningApp.StartAsync();
        app.AskedNotes.Down = new StorageException(Failure.PersonNeeded, "the identity needs the role Storage Blob Data Owner", 403);

        Assert.Equal(HttpStatusCode.Accepted, (await app.ReceiveAsync(EventPayload.Created().ToContent(), "orders")).Status);
        Assert.Equal(HttpStatusCode.Accepted, (await app.ReceiveAsync(EventPayload.Created().ToContent(), "orders")).Status);

        Assert.Equal(2, app.Queue.Sent);
        Assert.Contains(app.Log.Lines, line => line.Text.Contains("Storage Blob Data Owner", StringComparison.Ordinal));
    }

    [Fact]
    public async Task When_the_queue_is_down_nothing_is_noted_so_that_the_next_try_sends()
    {
        await using var app = await RunningApp.StartAsync();
        app.Queue.Down = new StorageException(Failure.Transient, "the queue is down", 503);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await app.ReceiveAsync(EventPayload.Created().ToContent(), "orders")).Status);

        app.Queue.Down = null;
        Assert.Equal(HttpStatusCode.Accepted, (await app.ReceiveAsync(EventPayload.Created().ToContent(), "orders")).Status);

        Assert.Equal(1, app.Queue.Sent);
    }

    [Fact(Timeout = 60_000)]
    public async Task Five_hooks_that_wait_for_a_queue_that_hangs_are_all_told_after_5_seconds_to_come_again()
    {
        await using var app = await RunningApp.StartAsync();
        var before = app.Clock.Timers;
        app.Queue.Hangs = true;

        var answers = Task.WhenAll(Enumerable.Range(0, 5).Select(_ => app.ReceiveAsync(EventPayload.Updated().ToContent(), "orders")));
        // One has read the note and sends, four wait for it: what is left is the deadline of each, that of its invocation, and that of the one that sends.
        await UntilAsync(() => app.Queue.Hung == 1 && app.Clock.Timers == before + 11, TestContext.Current.CancellationToken);
        app.Clock.Advance(TimeSpan.FromSeconds(5));

        Assert.All(await answers, answer => Assert.Equal((HttpStatusCode.ServiceUnavailable, "the queue cannot be reached; send it again"), (answer.Status, answer.Reason)));
        Assert.Equal(before, app.Clock.Timers);
        app.Queue.Hangs = false;
        Assert.Equal(HttpStatusCode.Accepted, (await app.ReceiveAsync(EventPayload.Updated().ToContent(), "orders")).Status);
        Assert.Equal(1, app.Queue.Sent);
    }

    [Fact]
    public async Task A_message_that_is_never_begun_is_taken_for_lost()
    {
        await using var app = await RunningApp.StartAsync();
        await app.ReceiveAsync(EventPayload.Created().ToContent(), "orders");

        app.Clock.Advance(AskedLooks.LongestWait);
        await app.ReceiveAsync(EventPayload.Created().ToContent(), "orders");

        Assert.Equal(2, app.Queue.Sent);
    }

    private static async Task UntilAsync(Func<bool> isSo, CancellationToken cancellationToken)
    {
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!isSo())
        {
            await ticks.WaitForNextTickAsync(cancellationToken);
        }
    }
}
