using System.Text;
using System.Threading.Channels;
using IterationBranches.Sandbox.FunctionsHost;

namespace IterationBranches.EndToEnd.Tests.FunctionsHostTests;

/// <summary>A queue as Azure Storage has it: invisible messages, dequeue counts, and pop receipts that change with every touch.</summary>
public sealed class MemoryQueue(TimeProvider clock) : IQueueSource
{
    private readonly Lock _gate = new();
    private readonly List<QueueDelivery> _messages = [];
    private readonly Channel<TimeSpan> _hidden = Channel.CreateUnbounded<TimeSpan>();
    private int _receipts;

    public List<string> Poison { get; } = [];

    public bool HasPoisonQueue { get; set; } = true;

    /// <summary>Ends with the next renewal or give-back.</summary>
    public ValueTask<TimeSpan> NextHidingAsync() => _hidden.Reader.ReadAsync();

    public void Send(string text) => SendRaw(Convert.ToBase64String(Encoding.UTF8.GetBytes(text)));

    public void SendRaw(string body, long dequeueCount = 0)
    {
        var now = clock.GetUtcNow();
        lock (_gate)
        {
            _messages.Add(new QueueDelivery(Guid.NewGuid().ToString(), "", dequeueCount, now, now.AddDays(7), now, body));
        }
    }

    public Task<IReadOnlyList<QueueDelivery>> ReceiveAsync(int most, TimeSpan visibility, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<QueueDelivery>>(
                [.. _messages.Where(IsVisible).Take(most).ToList().Select(message => Replace(message, visibility, message.DequeueCount + 1))]);
        }
    }

    public Task<string?> HideAsync(QueueDelivery delivery, TimeSpan visibility, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var receipt = Find(delivery) is { } message ? Replace(message, visibility, message.DequeueCount).PopReceipt : null;
            _hidden.Writer.TryWrite(visibility);
            return Task.FromResult(receipt);
        }
    }

    public Task DeleteAsync(QueueDelivery delivery, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (Find(delivery) is { } message)
            {
                _messages.Remove(message);
            }
        }

        return Task.CompletedTask;
    }

    public Task<bool> CopyToPoisonAsync(QueueDelivery delivery, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (HasPoisonQueue)
            {
                Poison.Add(delivery.Body);
            }
        }

        return Task.FromResult(HasPoisonQueue);
    }

    public Task<(int Visible, int All)> CountAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult((_messages.Count(IsVisible), _messages.Count));
        }
    }

    private bool IsVisible(QueueDelivery message) => message.NextVisibleOn <= clock.GetUtcNow();

    private QueueDelivery? Find(QueueDelivery delivery) =>
        _messages.Find(message => message.Id == delivery.Id && message.PopReceipt == delivery.PopReceipt);

    private QueueDelivery Replace(QueueDelivery message, TimeSpan visibility, long dequeueCount)
    {
        var changed = message with
        {
            PopReceipt = $"receipt-{++_receipts}",
            NextVisibleOn = clock.GetUtcNow() + visibility,
            DequeueCount = dequeueCount,
        };
        _messages[_messages.IndexOf(message)] = changed;
        return changed;
    }
}
