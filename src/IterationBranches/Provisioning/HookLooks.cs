using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace IterationBranches.Provisioning;

/// <summary>What is noted of one track: whether a message that a hook caused is on the queue, and its look has not begun.</summary>
/// <param name="SentAt">When that message was sent; null when there is none.</param>
/// <param name="Version">Changes with every write, also with one that changes nothing else.</param>
public sealed record HookNote(string Track, DateTimeOffset? SentAt, string Version);

/// <summary>Keeps the notes, for all instances of the app.</summary>
public interface IHookNotes
{
    Task<HookNote> ReadAsync(string track, CancellationToken cancellationToken);

    /// <summary>Notes that a message was sent, unless anything was written since <paramref name="read"/>.</summary>
    Task WriteAsync(HookNote read, DateTimeOffset sentAt, CancellationToken cancellationToken);

    /// <summary>Notes that there is none; always a new version.</summary>
    Task ClearAsync(string track, CancellationToken cancellationToken);
}

/// <summary>
/// However many hooks arrive for a track, one message is on the queue for all of them: the first sends it, visible a
/// moment later, and those that follow find the note of it. A look clears the note before it looks, so whoever finds the
/// note knows that a look is still to come; whoever comes after that sends another message.
/// </summary>
/// <remarks>
/// The message is sent first and noted then, on the version that was read before: a crash between the two costs a look
/// more, and a note that comes late, after the look has begun, is not written. Instances that race may send one each.
/// </remarks>
public sealed partial class HookLooks(ILookQueue queue, IHookNotes notes, TimeProvider clock, ILogger<HookLooks> logger)
{
    /// <summary>How long a message stays invisible: what happens at once in Azure DevOps arrives within a moment.</summary>
    public static readonly TimeSpan Gathering = TimeSpan.FromSeconds(3);

    /// <summary>A message that has not been begun after so long is taken for lost: somebody may have emptied the queue.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);

    /// <summary>Azure DevOps waits for the answer; the turns of those who came before count too.</summary>
    private static readonly TimeSpan s_longestAsk = TimeSpan.FromSeconds(5);

    /// <summary>Without its note a message is sent all the same.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    // Hooks for one track take turns in this process, so that those which arrive together find the note of the first.
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _turns = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Makes sure that a look at the track begins after this call.</summary>
    /// <returns>False when a look was pending already.</returns>
    /// <exception cref="ServiceException">The queue is down, or does not answer in time; then the message may be there all the same, and the next try costs a look more.</exception>
    public async Task<bool> AskAsync(string track, LookReason reason, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(s_longestAsk, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await AskInTurnAsync(track, reason, either.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new ProvisioningException(Failure.Transient, $"{track}: the queue gave no answer in {s_longestAsk.TotalSeconds:0} seconds");
        }
    }

    /// <summary>To be called before a look that a message of a hook asked for: what arrives from here on needs another.</summary>
    public Task BeginAsync(string track, CancellationToken cancellationToken) => notes.ClearAsync(track, cancellationToken);

    private async Task<bool> AskInTurnAsync(string track, LookReason reason, CancellationToken cancellationToken)
    {
        var turn = _turns.GetOrAdd(track, _ => new SemaphoreSlim(1));
        await turn.WaitAsync(cancellationToken);
        try
        {
            HookNote? read = null;
            await TryAsync(track, async token => read = await notes.ReadAsync(track, token), cancellationToken);
            if (read?.SentAt is { } sent && (clock.GetUtcNow() - sent).Duration() < LongestWait)
            {
                return false;
            }

            await queue.SendAsync(LookMessage.For(track, reason), Gathering, cancellationToken);
            if (read is not null)
            {
                await TryAsync(track, token => notes.WriteAsync(read, clock.GetUtcNow(), token), cancellationToken);
            }

            return true;
        }
        finally
        {
            turn.Release();
        }
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

    [LoggerMessage(EventId = 1, Level = LogLevel.Warning, Message = "{Track}: whether a look is pending cannot be noted ({Reason}); the hook gets one of its own")]
    private partial void LogNotNoted(string track, string reason);
}
