using IterationBranches.Provisioning;

namespace IterationBranches.Testing;

/// <summary>The queue without a storage account: what was sent, and when it becomes visible.</summary>
public sealed class InMemoryLookQueue(TimeProvider clock) : ILookQueue
{
    private readonly Lock _lock = new();
    private readonly List<(string Text, DateTimeOffset SentAt, DateTimeOffset VisibleAt)> _messages = [];
    private readonly List<(string Text, string Reason)> _poison = [];

    /// <summary>What every send throws, while it is set.</summary>
    public ServiceException? Down { get; set; }

    /// <summary>While it is set, no send is answered.</summary>
    public bool Hangs { get; set; }

    /// <summary>How many sends have found that it hangs.</summary>
    public int Hung { get; private set; }

    /// <summary>All messages ever sent, visible or not.</summary>
    public int Sent { get; private set; }

    public IReadOnlyList<(string Text, DateTimeOffset VisibleAt)> Messages
    {
        get
        {
            lock (_lock)
            {
                return [.. _messages.Select(message => (message.Text, message.VisibleAt))];
            }
        }
    }

    public IReadOnlyList<(string Text, string Reason)> Poison
    {
        get
        {
            lock (_lock)
            {
                return [.. _poison];
            }
        }
    }

    /// <summary>The oldest visible message, or null.</summary>
    public string? Take()
    {
        lock (_lock)
        {
            var index = _messages.FindIndex(message => message.VisibleAt <= clock.GetUtcNow());
            if (index < 0)
            {
                return null;
            }

            var text = _messages[index].Text;
            _messages.RemoveAt(index);
            return text;
        }
    }

    public async Task SendAsync(LookMessage message, TimeSpan? delay, CancellationToken cancellationToken)
    {
        if (Down is not null)
        {
            throw Down;
        }

        if (Hangs)
        {
            lock (_lock)
            {
                Hung++;
            }

            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }

        lock (_lock)
        {
            Sent++;
            _messages.Add((message.ToJson(), clock.GetUtcNow(), clock.GetUtcNow() + (delay ?? TimeSpan.Zero)));
        }
    }

    public Task<DateTimeOffset?> FindFrontAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var index = _messages.FindIndex(message => message.VisibleAt <= clock.GetUtcNow());
            return Task.FromResult<DateTimeOffset?>(index < 0 ? null : _messages[index].SentAt);
        }
    }

    public Task PoisonAsync(string text, string reason, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _poison.Add((text, reason));
        }

        return Task.CompletedTask;
    }
}
