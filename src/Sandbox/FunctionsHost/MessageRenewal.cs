using Azure;

namespace IterationBranches.Sandbox.FunctionsHost;

/// <summary>Keeps a message invisible while its function runs, by renewing at half of the time.</summary>
public sealed class MessageRenewal : IAsyncDisposable
{
    private readonly CancellationTokenSource _ended = new();
    private readonly IQueueSource _queue;
    private readonly TimeSpan _visibility;
    private readonly TimeProvider _clock;
    private readonly Task _renewing;
    private QueueDelivery _delivery;

    public MessageRenewal(IQueueSource queue, QueueDelivery delivery, TimeSpan visibility, TimeProvider clock)
    {
        (_queue, _delivery, _visibility, _clock) = (queue, delivery, visibility, clock);
        _renewing = RenewAsync();
    }

    /// <summary>Stops renewing; answers the delivery with its newest pop receipt, without which it cannot be deleted.</summary>
    public async Task<QueueDelivery> EndAsync()
    {
        await _ended.CancelAsync();
        await _renewing;
        return _delivery;
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _ended.Dispose();
    }

    private async Task RenewAsync()
    {
        var delay = _visibility / 2;
        var floor = _visibility / 10;
        while (true)
        {
            await Task.Delay(delay, _clock, _ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_ended.IsCancellationRequested)
            {
                return;
            }

            try
            {
                // Not cancelled halfway: a renewal whose answer is lost leaves a pop receipt that is worth nothing.
                if (await _queue.HideAsync(_delivery, _visibility, CancellationToken.None) is not { } receipt)
                {
                    return;
                }

                _delivery = _delivery with { PopReceipt = receipt };
                delay = _visibility / 2;
            }
            catch (RequestFailedException)
            {
                delay = TimeSpan.FromTicks(Math.Max(floor.Ticks, delay.Ticks / 2));
            }
        }
    }
}
