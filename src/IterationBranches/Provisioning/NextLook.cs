using IterationBranches.Configuration;

namespace IterationBranches.Provisioning;

/// <summary>When a track is looked at next: the earliest of all that its run found to wait for; and the one delayed message for it.</summary>
internal sealed class NextLook(ProvisioningParts parts, Track track)
{
    private static readonly TimeSpan s_beforeLookingAgain = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_unsaidWait = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_longestWait = TimeSpan.FromHours(1);

    /// <summary>
    /// A message becomes visible up to this much before its time. To take a look for pending that has run already would
    /// be to wait for nothing; to send one that is not needed is harmless.
    /// </summary>
    private static readonly TimeSpan s_queueGrain = TimeSpan.FromSeconds(1);

    private DateTimeOffset? _at;

    public void At(DateTimeOffset instant) => _at = _at < instant ? _at : instant;

    /// <summary>When the service said, with some chance; in a minute when it did not say.</summary>
    /// <returns>How long from now.</returns>
    public TimeSpan AsTold(TimeSpan? retryAfter)
    {
        var told = retryAfter is { } given && given > TimeSpan.Zero ? given : s_unsaidWait;
        var bounded = Shorter(told, s_longestWait);
        var wait = bounded + (bounded * 0.2 * parts.Chance());
        At(parts.Clock.GetUtcNow() + wait);
        return wait;
    }

    /// <summary>What was just written may take a moment until it is listed; what is never listed is asked for ever less often.</summary>
    /// <param name="times">How often in a row it was looked at again before.</param>
    public void Again(int times) =>
        At(parts.Clock.GetUtcNow() + Shorter(s_beforeLookingAgain * Math.Pow(2, Math.Min(times, 20)), s_longestWait));

    /// <summary>Sends the message, unless one is pending that comes early enough.</summary>
    /// <param name="asked">An operator's message, whose operation is still to be done; null: there is none. Any other look comes again by itself.</param>
    /// <returns>How long until it is visible, and when it is taken for pending; null: none was sent.</returns>
    public async Task<(TimeSpan Delay, DateTimeOffset Pending)?> SendAsync(LookMessage? asked, DateTimeOffset? pending, CancellationToken cancellationToken)
    {
        var now = parts.Clock.GetUtcNow();
        if (_at is not { } next || (asked is null && pending > now && pending <= next))
        {
            return null;
        }

        // The queue counts in whole seconds.
        var delay = TimeSpan.FromSeconds(Math.Ceiling(Math.Max(0, (next - now).TotalSeconds)));
        await parts.Queue.SendAsync(asked ?? LookMessage.For(track.Name, LookReason.Continue), delay, cancellationToken);
        return (delay, now + delay - s_queueGrain);
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
