using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace IterationBranches.Provisioning;

/// <summary>What is noted of one track: whether a message that asks for a look is on the queue, and its look has not begun.</summary>
/// <param name="SentAt">When that message was sent, which is also <see cref="LookMessage.AskedAt"/>; null when there is none.</param>
/// <param name="VisibleAt">When it becomes visible; null when there is none.</param>
/// <param name="Version">Changes with every write, also with one that changes nothing else.</param>
public sealed record AskedNote(string Track, DateTimeOffset? SentAt, DateTimeOffset? VisibleAt, string Version);

/// <summary>Keeps the notes, for all instances of the app.</summary>
public interface IAskedNotes
{
    Task<AskedNote> ReadAsync(string track, CancellationToken cancellationToken);

    /// <summary>Notes that a message was sent, unless anything was written since <paramref name="read"/>.</summary>
    Task WriteAsync(AskedNote read, DateTimeOffset sentAt, DateTimeOffset visibleAt, CancellationToken cancellationToken);

    /// <summary>Notes that there is none; always a new version.</summary>
    Task ClearAsync(string track, CancellationToken cancellationToken);
}

/// <summary>
/// However often a look at a track is asked for, one message is on the queue for all who ask: the first sends it, and those
/// that follow find the note of it. A look clears the note before it looks, so whoever finds the note knows that a look is
/// still to come; whoever comes after that sends another message.
/// </summary>
/// <remarks>
/// The message is sent first and noted then, on the version that was read before: a crash between the two costs a look
/// more, and a note that comes late, after the look has begun, is not written. Instances that race may send one each.
/// </remarks>
public sealed partial class AskedLooks(ILookQueue queue, IAskedNotes notes, TimeProvider clock, ILogger<AskedLooks> logger)
{
    /// <summary>How long the message of a hook stays invisible: what happens at once in Azure DevOps arrives within a moment.</summary>
    public static readonly TimeSpan Gathering = TimeSpan.FromSeconds(3);

    /// <summary>A message that has not been begun after so long is taken for lost: somebody may have emptied the queue.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);

    /// <summary>What is still on the queue is believed for so long, though nobody reads it.</summary>
    private static readonly TimeSpan s_longestBacklog = TimeSpan.FromDays(1);

    /// <summary>A message that becomes visible within that time is as good as one of one's own.</summary>
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(10);

    /// <summary>Azure DevOps waits for the answer.</summary>
    private static readonly TimeSpan s_longestAsk = TimeSpan.FromSeconds(5);

    /// <summary>Without its note a message is sent all the same.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, Turns> _turns = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>For a hook: makes sure that a look at the track begins after this call, and soon.</summary>
    /// <returns>False when a look was pending already.</returns>
    /// <exception cref="ServiceException">The queue is down, or does not answer in time; then the message may be there all the same, and the next try costs a look more.</exception>
    public async Task<bool> AskAsync(string track, LookReason reason, CancellationToken cancellationToken)
    {
        try
        {
            return await _turns.GetOrAdd(track, _ => new Turns(track, clock)).Join(() => AskInTurnAsync(track, reason)).WaitAsync(s_longestAsk, clock, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw NoAnswer(track);
        }
    }

    /// <summary>For the poll: so does this, at once. What nobody reads does not grow.</summary>
    /// <param name="isBacklog">Whether messages wait on the queue that should have been begun long ago; asked only when it matters.</param>
    /// <returns>As <see cref="AskAsync(string, LookReason, CancellationToken)"/>; and since when the message waits that stands in for this one, when that is too long.</returns>
    public async Task<(bool IsSent, DateTimeOffset? WaitsSince)> AskAsync(string track, Func<Task<bool>> isBacklog, CancellationToken cancellationToken)
    {
        var read = await TryReadAsync(track, cancellationToken);
        if (read?.SentAt is { } sent)
        {
            var age = clock.GetUtcNow() - sent;
            if (age < LongestWait)
            {
                return (false, null);
            }

            if (age < s_longestBacklog && await isBacklog())
            {
                return (false, sent);
            }
        }

        await SendAsync(LookMessage.For(track, LookReason.Poll), TimeSpan.Zero, read, cancellationToken);
        return (true, null);
    }

    /// <summary>
    /// Puts a message back whose run found another one at work, or one that was killed: it comes again after the delay, once,
    /// however often it is delivered.
    /// </summary>
    public async Task ReturnAsync(LookMessage message, TimeSpan delay, CancellationToken cancellationToken)
    {
        var read = await TryReadAsync(message.Track, cancellationToken);
        if (read?.SentAt is { } sent && sent != message.AskedAt && IsFresh(read))
        {
            return;
        }

        await SendAsync(message, delay, read, cancellationToken);
    }

    /// <summary>To be called before a look that such a message asked for: what arrives from here on needs another.</summary>
    public Task BeginAsync(string track, CancellationToken cancellationToken) => notes.ClearAsync(track, cancellationToken);

    private async Task<bool> AskInTurnAsync(string track, LookReason reason)
    {
        using var deadline = new CancellationTokenSource(s_longestAsk, clock);
        try
        {
            var read = await TryReadAsync(track, deadline.Token);
            // One that comes much later is no answer to a hook.
            if (read is not null && IsFresh(read) && read.VisibleAt <= clock.GetUtcNow() + s_soon)
            {
                return false;
            }

            await SendAsync(LookMessage.For(track, reason), Gathering, read, deadline.Token);
            return true;
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            throw NoAnswer(track);
        }
    }

    private bool IsFresh(AskedNote note) => note.SentAt is { } sent && (clock.GetUtcNow() - sent).Duration() < LongestWait;

    private async Task SendAsync(LookMessage message, TimeSpan delay, AskedNote? read, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await queue.SendAsync(message with { AskedAt = now }, delay == TimeSpan.Zero ? null : delay, cancellationToken);
        if (read is not null)
        {
            await TryAsync(message.Track, token => notes.WriteAsync(read, now, now + delay, token), cancellationToken);
        }
    }

    private async Task<AskedNote?> TryReadAsync(string track, CancellationToken cancellationToken)
    {
        AskedNote? read = null;
        await TryAsync(track, async token => read = await notes.ReadAsync(track, token), cancellationToken);
        return read;
    }

    private async Task TryAsync(string track, Func<CancellationToken, Task> note, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(s_patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await note(either.Token);
        }
        catch (ServiceException failure)
        {
            LogNotNoted(track, failure.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotNoted(track, $"no answer in {s_patience.TotalSeconds:0} seconds");
        }
    }

    private static ProvisioningException NoAnswer(string track) =>
        new(Failure.Transient, $"{track}: the queue gave no answer in {s_longestAsk.TotalSeconds:0} seconds");

    [LoggerMessage(EventId = 1, Level = LogLevel.Warning, Message = "{Track}: a message is sent without the note of it, so others may follow: {Reason}")]
    private partial void LogNotNoted(string track, string reason);

    /// <summary>
    /// Of one track, in this process: one asks, and one more for all who came while it did. What the first has read may be older
    /// than they are; what the second reads is not.
    /// </summary>
    private sealed class Turns(string track, TimeProvider clock)
    {
        private readonly Lock _lock = new();
        private Task _running = Task.CompletedTask;
        private Task<bool>? _next;
        private DateTimeOffset _nextIsAwaitedUntil;

        public Task<bool> Join(Func<Task<bool>> ask)
        {
            TaskCompletionSource begun;
            lock (_lock)
            {
                if (!_running.IsCompleted)
                {
                    _nextIsAwaitedUntil = clock.GetUtcNow() + s_longestAsk;
                    return _next ??= FollowAsync(_running, ask);
                }

                begun = Begin();
            }

            return RunAsync(begun, ask);
        }

        private async Task<bool> FollowAsync(Task before, Func<Task<bool>> ask)
        {
            await before.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            TaskCompletionSource begun;
            lock (_lock)
            {
                _next = null;
                if (clock.GetUtcNow() >= _nextIsAwaitedUntil)
                {
                    // All of them have been told to come again, or are about to be.
                    throw NoAnswer(track);
                }

                begun = Begin();
            }

            return await RunAsync(begun, ask);
        }

        private TaskCompletionSource Begin()
        {
            var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _running = begun.Task;
            return begun;
        }

        private static async Task<bool> RunAsync(TaskCompletionSource begun, Func<Task<bool>> ask)
        {
            try
            {
                return await ask();
            }
            finally
            {
                begun.SetResult();
            }
        }
    }
}
