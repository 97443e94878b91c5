using IterationBranches.Provisioning;

namespace IterationBranches.Testing;

/// <summary>The queue without a storage account: what was sent, and when it becomes visible.</summary>
public sealed class InMemoryLookQueue(TimeProvider clock) : ILookQueue
{
    private readonly Lock _lock = new();
    private readonly List<(string Text, DateTimeOffset VisibleAt)> _messages = [];
    private readonly List<(string Text, string Reason)> _poison = [];

    /// <summary>What every send throws, while it is set.</summary>
    public ServiceException? Down { get; set; }

    /// <summary>All messages ever sent, visible or not.</summary>
    public int Sent { get; private set; }

    public IReadOnlyList<(string Text, DateTimeOffset VisibleAt)> Messages
    {
        get
        {
            lock (_lock)
            {
                return [.. _messages];
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

    public Task SendAsync(LookMessage message, TimeSpan? delay, CancellationToken cancellationToken)
    {
        if (Down is not null)
        {
            return Task.FromException(Down);
        }

        lock (_lock)
        {
            Sent++;
            _messages.Add((message.ToJson(), clock.GetUtcNow() + (delay ?? TimeSpan.Zero)));
        }

        return Task.CompletedTask;
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
