using System.Text;
using Azure;

namespace IterationBranches.Sandbox.FunctionsHost;

/// <summary>What a queue holds while nothing of it runs.</summary>
/// <param name="Delayed">Messages that are not visible yet: sent or given back with a delay, or left by someone who died.</param>
public sealed record QueueState(string Function, string Queue, int Visible, int Delayed);

/// <summary>Drives one queue function: polls, runs a batch at once, renews, deletes, gives back, poisons.</summary>
public sealed class QueueListener(
    FunctionJson function,
    QueueTrigger trigger,
    QueueOptions options,
    TimeSpan processingVisibility,
    IQueueSource queue,
    Invoker invoker,
    InvocationLedger ledger,
    TimeProvider clock,
    Func<double> chance,
    HostEvents events) : IDisposable
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private readonly CancellationTokenSource _stopping = new();
    // Held from before a receive until its messages are counted as in flight, so that none is ever overlooked.
    private readonly SemaphoreSlim _receiving = new(1);
    private readonly SemaphoreSlim _nudge = new(0, 1);
    private readonly Lock _gate = new();
    private readonly HashSet<Task> _inFlight = [];
    private Task _polling = Task.CompletedTask;

    public FunctionJson Function => function;

    public void Start() => _polling = Task.Run(PollAsync, CancellationToken.None);

    /// <summary>Stops polling; the messages in flight go on.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await _polling;
    }

    /// <summary>Ends when every message in flight has been dealt with.</summary>
    public Task DrainAsync() => Task.WhenAll(InFlight());

    /// <summary>Looks now rather than after the back-off. The real host's listener is woken like this only by its own output bindings.</summary>
    public void Nudge()
    {
        lock (_gate)
        {
            if (_nudge.CurrentCount == 0)
            {
                _nudge.Release();
            }
        }
    }

    /// <summary>Null while a message of the queue is in flight.</summary>
    public async Task<QueueState?> FindStateAsync(CancellationToken cancellationToken)
    {
        await _receiving.WaitAsync(cancellationToken);
        try
        {
            if (InFlight().Length > 0)
            {
                return null;
            }

            var (visible, all) = await queue.CountAsync(cancellationToken);
            return new QueueState(function.Name, trigger.QueueName, visible, Math.Max(0, all - visible));
        }
        finally
        {
            _receiving.Release();
        }
    }

    /// <summary>Runs the function on a text as if it had come from the queue.</summary>
    public Task<InvocationResult> InvokeAsync(string text)
    {
        var now = clock.GetUtcNow();
        var delivery = new QueueDelivery(Guid.NewGuid().ToString(), "", 1, now, now.AddDays(7), now, text);
        return invoker.InvokeAsync(function, stamp => InvocationBody.ForQueue(trigger.BindingName, text, delivery, stamp));
    }

    public void Dispose()
    {
        _stopping.Dispose();
        _receiving.Dispose();
        _nudge.Dispose();
    }

    private async Task PollAsync()
    {
        var backoff = new PollingBackoff(options.MaxPollingInterval, chance);
        try
        {
            while (true)
            {
                await HasRoomAsync();
                if (await ReceiveAsync() > 0)
                {
                    backoff.Found();
                    continue;
                }

                ledger.Touch();
                await DelayAsync(backoff.AfterEmptyPoll());
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Stopped.
        }
    }

    private async Task HasRoomAsync()
    {
        while (InFlight() is var running && running.Length > options.NewBatchThreshold)
        {
            await Task.WhenAny(running).WaitAsync(_stopping.Token);
        }
    }

    private async Task<int> ReceiveAsync()
    {
        await _receiving.WaitAsync(_stopping.Token);
        try
        {
            var deliveries = await queue.ReceiveAsync(options.BatchSize, processingVisibility, _stopping.Token);
            lock (_gate)
            {
                foreach (var delivery in deliveries)
                {
                    _inFlight.Add(TrackAsync(delivery));
                }
            }

            return deliveries.Count;
        }
        catch (RequestFailedException e)
        {
            events.Tell(HostEventKind.Diagnostic, function.Name, $"The queue '{trigger.QueueName}' cannot be read: {e.Status} {e.ErrorCode}");
            return 0;
        }
        finally
        {
            _receiving.Release();
        }
    }

    private async Task DelayAsync(TimeSpan delay)
    {
        using var woken = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        await Task.WhenAny(Task.Delay(delay, clock, woken.Token), _nudge.WaitAsync(woken.Token));
        await woken.CancelAsync();
        _stopping.Token.ThrowIfCancellationRequested();
    }

    private Task[] InFlight()
    {
        lock (_gate)
        {
            return [.. _inFlight];
        }
    }

    private Task TrackAsync(QueueDelivery delivery)
    {
        var work = Task.Run(() => ProcessAsync(delivery), CancellationToken.None);
        _ = work.ContinueWith(Forget, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        return work;
    }

    private void Forget(Task work)
    {
        lock (_gate)
        {
            _inFlight.Remove(work);
        }

        ledger.Touch();
    }

    private async Task ProcessAsync(QueueDelivery delivery)
    {
        try
        {
            if (Decode(delivery.Body) is not { } text)
            {
                await PoisonAsync(delivery, "it is not base64");
            }
            else if (delivery.DequeueCount > options.MaxDequeueCount)
            {
                await PoisonAsync(delivery, $"it was delivered {delivery.DequeueCount} times, and its last run never ended");
            }
            else
            {
                await RunAsync(delivery, text);
            }
        }
        catch (RequestFailedException e)
        {
            events.Tell(HostEventKind.Diagnostic, function.Name, $"The message {delivery.Id} stays invisible for a while: {e.Status} {e.ErrorCode}");
        }
    }

    private async Task RunAsync(QueueDelivery delivery, string text)
    {
        InvocationResult result;
        await using (var renewal = new MessageRenewal(queue, delivery, processingVisibility, clock))
        {
            result = await invoker.InvokeAsync(function, stamp => InvocationBody.ForQueue(trigger.BindingName, text, delivery, stamp));
            delivery = await renewal.EndAsync();
        }

        if (result.Succeeded)
        {
            await queue.DeleteAsync(delivery, CancellationToken.None);
        }
        else if (invoker.IsStopping)
        {
            // A host that dies gives nothing back: the message reappears when its visibility lapses.
        }
        else if (delivery.DequeueCount >= options.MaxDequeueCount)
        {
            await PoisonAsync(delivery, $"it failed {delivery.DequeueCount} times");
        }
        else
        {
            await queue.HideAsync(delivery, options.VisibilityTimeout, CancellationToken.None);
        }
    }

    private async Task PoisonAsync(QueueDelivery delivery, string why)
    {
        if (await queue.CopyToPoisonAsync(delivery, CancellationToken.None))
        {
            await queue.DeleteAsync(delivery, CancellationToken.None);
            events.Tell(HostEventKind.PoisonMessage, function.Name, $"The message {delivery.Id} is moved to '{trigger.QueueName}-poison': {why}.");
        }
        else
        {
            events.Tell(HostEventKind.PoisonMessage, function.Name, $"The message {delivery.Id} comes again when it is visible, for '{trigger.QueueName}' has no poison queue: {why}.");
        }
    }

    private string? Decode(string body)
    {
        if (!options.Base64)
        {
            return body;
        }

        var bytes = new byte[body.Length];
        return Convert.TryFromBase64String(body, bytes, out var length) ? Utf8.GetString(bytes, 0, length) : null;
    }
}
