using IterationBranches.Provisioning;
using IterationBranches.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace IterationBranches.Tests.Provisioning;

/// <summary>A message that finds another run at work, or the lease of one that was killed, is not lost.</summary>
public sealed class BusyTrackTests
{
    private static readonly TimeSpan s_untilLeaseEnds = TimeSpan.FromSeconds(61);

    [Theory]
    [InlineData(LookReason.Poll)]
    [InlineData(LookReason.Continue)]
    public async Task It_comes_again_when_the_lease_has_run_out_once_however_often_it_is_delivered(LookReason reason)
    {
        var bench = new Bench();
        bench.PlanetScale.ReadyAtOnce = true;
        var killed = await bench.Locks.TryTakeAsync(Bench.Orders, default);
        var message = (LookMessage.For(Bench.Orders, reason) with { AskedAt = reason == LookReason.Poll ? Some.Now.AddMinutes(-1) : null }).ToJson();

        for (var delivery = 0; delivery < 3; delivery++)
        {
            await bench.HandleAsync(message);
        }

        Assert.Equal(Some.Now + s_untilLeaseEnds, Assert.Single(bench.Queue.Messages).VisibleAt);
        Assert.Empty(bench.Journal.Reads);
        await killed!.DisposeAsync();
        await bench.DrainAsync();
        Assert.NotNull(bench.Vault.AliasOf(Bench.AliasName));
        Assert.Null(bench.AskedNotes.SentAt(Bench.Orders));
    }

    [Fact]
    public async Task A_look_that_begins_while_another_run_relies_on_it_comes_again()
    {
        // The run ends with a note that a look is pending, and so sends none; that look has found the track busy.
        var bench = new Bench();
        bench.PlanetScale.ReadyAtOnce = true;
        await using (await bench.Locks.TryTakeAsync(Bench.Orders, default))
        {
            await bench.HandleAsync(LookMessage.For(Bench.Orders, LookReason.Continue).ToJson());
        }

        await bench.DrainAsync();

        Assert.NotNull(bench.Vault.AliasOf(Bench.AliasName));
    }

    [Fact]
    public async Task A_hook_does_not_wait_for_a_message_that_comes_much_later()
    {
        var bench = new Bench();
        await using var held = await bench.Locks.TryTakeAsync(Bench.Orders, default);
        await bench.HandleAsync(LookMessage.For(Bench.Orders, LookReason.Poll).ToJson());

        Assert.True(await bench.Looks.AskAsync(Bench.Orders, LookReason.WorkItem, default));

        Assert.Equal([Some.Now + s_untilLeaseEnds, Some.Now + AskedLooks.Gathering], bench.Queue.Messages.Select(message => message.VisibleAt));
    }

    [Fact]
    public async Task A_storm_of_hooks_is_answered_by_two_questions()
    {
        var bench = new Bench();
        var notes = new HeldNotes(bench.AskedNotes);
        var looks = new AskedLooks(bench.Queue, notes, bench.Clock, NullLogger<AskedLooks>.Instance);

        var storm = Enumerable.Range(0, 3000).Select(_ => looks.AskAsync(Bench.Orders, LookReason.WorkItem, default)).ToList();
        notes.Answer();
        var answers = await Task.WhenAll(storm).WaitAsync(Bound.Wait);

        // The first asks and sends. All others came before it was answered, and the second finds the note for all of them.
        Assert.Equal((2, 1), (notes.Reads, bench.Queue.Sent));
        Assert.Equal(1, answers.Count(isSent => isSent));
    }

    [Fact]
    public async Task Polls_without_a_consumer_leave_one_message_for_a_track_and_say_so()
    {
        var bench = new Bench();

        for (var poll = 0; poll < 3 * 24 * 12; poll++)
        {
            await bench.Poller.PollAsync(default);
            bench.Clock.Advance(TimeSpan.FromMinutes(5));
        }

        // One more a day, should it be lost all the same.
        Assert.Equal(3, bench.Queue.Sent);
        Assert.True(bench.Logged("has not begun: nobody reads the queue of ProvisionQueueName") > 100);
    }

    [Fact]
    public async Task A_message_that_was_lost_from_a_queue_that_is_read_is_sent_again_by_a_poll()
    {
        var bench = new Bench();
        await bench.Poller.PollAsync(default);
        Assert.NotNull(bench.Queue.Take());

        bench.Clock.Advance(AskedLooks.LongestWait - TimeSpan.FromSeconds(1));
        await bench.Poller.PollAsync(default);
        Assert.Equal(1, bench.Queue.Sent);

        bench.Clock.Advance(TimeSpan.FromSeconds(1));
        await bench.Poller.PollAsync(default);
        Assert.Equal(2, bench.Queue.Sent);
    }

    /// <summary>Reads are answered when it is said.</summary>
    private sealed class HeldNotes(IAskedNotes notes) : IAskedNotes
    {
        private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _reads;

        public int Reads => _reads;

        public void Answer() => _answered.SetResult();

        public async Task<AskedNote> ReadAsync(string track, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _reads);
            await _answered.Task.WaitAsync(cancellationToken);
            return await notes.ReadAsync(track, cancellationToken);
        }

        public Task WriteAsync(AskedNote read, DateTimeOffset sentAt, DateTimeOffset visibleAt, CancellationToken cancellationToken) =>
            notes.WriteAsync(read, sentAt, visibleAt, cancellationToken);

        public Task ClearAsync(string track, CancellationToken cancellationToken) => notes.ClearAsync(track, cancellationToken);
    }
}
