using System.Text.Json.Nodes;
using IterationBranches.Sandbox.FunctionsHost;

namespace IterationBranches.EndToEnd.Tests.FunctionsHostTests;

public sealed class QueueListenerTests
{
    private readonly AppRoot _app = new AppRoot().Function("Work", AppRoot.Queue);

    [Fact]
    public async Task A_message_reaches_the_handler_and_is_deleted()
    {
        await using var running = await RunningHost.PrepareAsync(_app);
        running.Queue.Send("hello!!");
        await running.Host.StartAsync();

        var states = await running.Host.WaitUntilIdleAsync();

        var received = Assert.Single(running.Handler.All);
        Assert.Equal("\"hello!!\"", (string)JsonNode.Parse(received.Text)!["Data"]!["msg"]!);
        Assert.Equal(new QueueState("Work", "work", 0, 0), Assert.Single(states));
        Assert.Equal(new InvocationCount(0, 1, 0), running.Host.Invocations["Work"]);
    }

    [Fact]
    public async Task The_request_has_the_headers_of_the_captured_one()
    {
        var capture = Capture.Load("queue.plain-text.txt");
        await using var running = await RunningHost.StartAsync(_app);
        running.Queue.Send("plain text message");

        await running.Host.WaitUntilIdleAsync();

        var received = Assert.Single(running.Handler.All);
        Assert.Equal(("POST", "/Work"), (received.Method, received.Target));
        Assert.Equal(capture.Headers.Keys.Order(), received.Headers.Keys.Order());
        string[] ours = ["Host", "X-Azure-Functions-InvocationId"];
        Assert.All(capture.Headers.Where(header => !ours.Contains(header.Key)), header => Assert.Equal(header.Value, received.Headers[header.Key]));
        Assert.True(Guid.TryParse(received.Headers["X-Azure-Functions-InvocationId"], out _));
    }

    [Fact]
    public async Task A_message_that_keeps_failing_goes_to_the_poison_queue_as_it_was()
    {
        await using var running = await RunningHost.StartAsync(_app);
        running.Handler.Answer = (_, context) => FakeHandler.AnswerJsonAsync(context, """{"Logs":["gone"]}""", 500);
        running.Queue.Send("bad");

        await running.Host.WaitUntilIdleAsync();

        Assert.Equal(["\"1\"", "\"2\""], running.Handler.All.Select(received => JsonNode.Parse(received.Text)!["Metadata"]!["DequeueCount"]!.ToJsonString()));
        Assert.Equal([Convert.ToBase64String("bad"u8)], running.Queue.Poison);
        Assert.Contains(running.Events, told => told is { Kind: HostEventKind.PoisonMessage, Function: "Work" });
        Assert.DoesNotContain(running.Events, told => told.Text.Contains("gone", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_failed_message_waits_for_its_visibility_timeout()
    {
        _app.Host(json => json["extensions"]!["queues"]!["visibilityTimeout"] = "00:00:30");
        await using var running = await RunningHost.StartAsync(_app);
        running.Handler.Answer = (_, context) => FakeHandler.AnswerJsonAsync(context, "{}", 500);
        running.Queue.Send("later");

        // It is not waited for, only reported.
        await running.Queue.NextHidingAsync();
        var states = await running.Host.WaitUntilIdleAsync();

        Assert.Equal(new QueueState("Work", "work", 0, Delayed: 1), Assert.Single(states));
        Assert.Single(running.Handler.All);
    }

    [Fact]
    public async Task A_message_that_is_not_base64_is_poison_at_once()
    {
        await using var running = await RunningHost.StartAsync(_app);
        running.Queue.SendRaw("not base64!");

        await running.Host.WaitUntilIdleAsync();

        Assert.Equal(["not base64!"], running.Queue.Poison);
        Assert.Empty(running.Handler.All);
    }

    [Fact]
    public async Task Without_an_encoding_the_text_is_taken_as_it_is()
    {
        _app.Host(json => json["extensions"]!["queues"]!["messageEncoding"] = "none");
        await using var running = await RunningHost.StartAsync(_app);
        running.Queue.SendRaw("plain");

        await running.Host.WaitUntilIdleAsync();

        Assert.Equal("\"plain\"", (string)JsonNode.Parse(Assert.Single(running.Handler.All).Text)!["Data"]!["msg"]!);
    }

    [Fact]
    public async Task A_message_whose_last_run_never_ended_is_poison_without_another_run()
    {
        await using var running = await RunningHost.StartAsync(_app);
        running.Queue.SendRaw(Convert.ToBase64String("killer"u8), dequeueCount: 2);

        await running.Host.WaitUntilIdleAsync();

        Assert.Single(running.Queue.Poison);
        Assert.Empty(running.Handler.All);
    }

    [Fact]
    public async Task Where_there_can_be_no_poison_queue_the_message_stays_hidden()
    {
        await using var running = await RunningHost.StartAsync(_app);
        running.Queue.HasPoisonQueue = false;
        running.Queue.SendRaw("not base64!");

        var states = await running.Host.WaitUntilIdleAsync();

        Assert.Equal(1, Assert.Single(states).Delayed);
    }

    [Fact]
    public async Task No_more_run_at_once_than_a_batch_and_the_threshold()
    {
        // A batch of 2, and the next one as soon as 1 is left: 3 at the most.
        await using var running = await RunningHost.PrepareAsync(_app);
        var gate = new SemaphoreSlim(0);
        var (now, most) = (0, 0);
        running.Handler.Answer = async (_, context) =>
        {
            var mine = Interlocked.Increment(ref now);
            InterlockedMax(ref most, mine);
            await gate.WaitAsync();
            Interlocked.Decrement(ref now);
            await FakeHandler.AnswerJsonAsync(context, "{}");
        };
        for (var i = 0; i < 9; i++)
        {
            running.Queue.Send($"{i}");
        }

        await running.Host.StartAsync();
        await running.Handler.NextAsync();
        await running.Handler.NextAsync();
        gate.Release();
        // One of two is left: the next batch comes.
        await running.Handler.NextAsync();
        await running.Handler.NextAsync();
        gate.Release(100);
        await running.Host.WaitUntilIdleAsync();

        Assert.Equal(9, running.Handler.All.Count);
        Assert.Equal(3, most);
    }

    [Fact]
    public async Task A_message_in_work_is_renewed_at_half_of_its_visibility_and_deleted_with_the_newest_receipt()
    {
        _app.Host(json => json["functionTimeout"] = "-1");
        var clock = new HandClock(DateTimeOffset.UnixEpoch);
        await using var running = await RunningHost.PrepareAsync(_app, clock);
        var gate = new TaskCompletionSource();
        running.Handler.Answer = async (_, context) =>
        {
            await gate.Task;
            await FakeHandler.AnswerJsonAsync(context, "{}");
        };
        running.Queue.Send("slow");
        await running.Host.StartAsync();
        await running.Handler.NextAsync();

        for (var renewals = 0; renewals < 3; renewals++)
        {
            await clock.WaitForTimerAsync(TimeSpan.FromMinutes(5));
            clock.Advance(TimeSpan.FromMinutes(5));
            Assert.Equal(TimeSpan.FromMinutes(10), await running.Queue.NextHidingAsync());
        }

        gate.SetResult();
        await running.Host.WaitUntilIdleAsync();

        // The receipt of the last renewal is the one that deletes it.
        Assert.Equal((0, 0), await running.Queue.CountAsync(default));
        Assert.Single(running.Handler.All);
    }

    [Fact]
    public async Task A_host_that_is_lost_gives_nothing_back()
    {
        await using var running = await RunningHost.StartAsync(_app);
        running.Handler.Answer = (_, context) => FakeHandler.WorkOnAsync(context);
        running.Queue.Send("interrupted");
        await running.Handler.NextAsync();

        await running.Host.StopAsync(TimeSpan.Zero);

        Assert.Equal((0, 1), await running.Queue.CountAsync(default));
        Assert.Empty(running.Queue.Poison);
    }

    [Fact]
    public async Task An_empty_answer_hangs_until_the_timeout_which_kills_the_handler_and_all_that_runs()
    {
        var clock = new HandClock(DateTimeOffset.UnixEpoch);
        await using var running = await RunningHost.PrepareAsync(_app, clock);
        running.Handler.Answer = (received, context) =>
            received.Text.Contains("neighbour", StringComparison.Ordinal) ? FakeHandler.WorkOnAsync(context) : Task.CompletedTask;
        await running.Host.StartAsync();
        var empty = running.Host.InvokeAsync("Work", "empty");
        await running.SeeAsync(HostEventKind.Diagnostic, "{} is enough");
        clock.Advance(TimeSpan.FromMinutes(4));
        var neighbour = running.Host.InvokeAsync("Work", "neighbour");
        await running.Handler.NextAsync();
        await running.Handler.NextAsync();

        clock.Advance(TimeSpan.FromMinutes(1));
        await clock.WaitForTimerAsync(TimeSpan.FromSeconds(2));
        clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal("Timeout value of 00:05:00 was exceeded by function: Work", (await empty).Error);
        Assert.False((await neighbour).Succeeded);
        await running.Handler.WaitForStartsAsync(2);
    }

    [Fact]
    public void The_delays_of_empty_polls_grow_up_to_the_longest_and_start_anew_after_a_message()
    {
        var backoff = new PollingBackoff(TimeSpan.FromSeconds(1), () => 0.5);

        Assert.Equal([100, 200, 300, 500, 900, 1000, 1000], Enumerable.Range(0, 7).Select(_ => backoff.AfterEmptyPoll().TotalMilliseconds));
        backoff.Found();
        Assert.Equal([200, 300], Enumerable.Range(0, 2).Select(_ => backoff.AfterEmptyPoll().TotalMilliseconds));
    }

    private static void InterlockedMax(ref int most, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref most)) < value && Interlocked.CompareExchange(ref most, value, seen) != seen)
        {
            // Someone else was faster.
        }
    }
}
