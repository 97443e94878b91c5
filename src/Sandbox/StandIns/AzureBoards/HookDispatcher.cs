namespace IterationBranches.Sandbox.StandIns.AzureBoards;

/// <summary>One event for one subscription, as the bytes that are sent.</summary>
internal sealed record Notification(HookSubscription Subscription, string EventType, ReadOnlyMemory<byte> Body);

/// <summary>
/// What follows an answer, as documented (https://learn.microsoft.com/azure/devops/service-hooks/troubleshoot): 408, 502,
/// 503 and 504 are tried again at once, eight times; 410 ends the subscription; anything else puts it on probation,
/// which only its own notification, tried seven times in 36 hours, can end. No answer at all is not documented; it counts as anything else.
/// </summary>
internal sealed class HookDispatcher(TimeProvider clock) : IAsyncDisposable
{
    private static readonly TimeSpan[] s_transient = [.. new[] { 1, 2, 4, 8, 16, 32, 60, 60 }.Select(seconds => TimeSpan.FromSeconds(seconds))];
    private static readonly TimeSpan[] s_probation = [.. new[] { 20, 40, 80, 160, 320, 640, 900 }.Select(minutes => TimeSpan.FromMinutes(minutes))];

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Told of each attempt, when it is settled what follows.</summary>
    public required Action<HookDelivery> Delivered { get; init; }

    /// <summary>The first attempt; the others follow by the clock.</summary>
    /// <returns>Null when the event is lost: the subscription is on probation, or disabled.</returns>
    public async Task<HookDelivery?> SendAsync(Notification notification)
    {
        lock (_lock)
        {
            if (notification.Subscription.Status != HookStatus.Enabled)
            {
                notification.Subscription.LostEvents++;
                return null;
            }
        }

        return await AttemptAsync(new(notification));
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _stopping.Dispose();
    }

    private async Task<HookDelivery> AttemptAsync(Progress progress)
    {
        var (subscription, eventType, body) = progress.Notification;
        var delivery = await HookSender.SendAsync(subscription, eventType, body) with { Attempt = ++progress.Attempts };
        TimeSpan? pause;
        lock (_lock)
        {
            pause = Judge(progress, delivery.Status);
        }

        if (pause is { } wait && !_stopping.IsCancellationRequested)
        {
            // Before the attempt is told of: who hears of it may move the clock.
            _ = AgainAsync(progress, Task.Delay(wait, clock, _stopping.Token));
        }

        Delivered(delivery);
        return delivery;
    }

    private async Task AgainAsync(Progress progress, Task pause)
    {
        try
        {
            await pause;
        }
        catch (OperationCanceledException)
        {
            return;
        }

        if (progress.Notification.Subscription.Status is HookStatus.Enabled or HookStatus.OnProbation)
        {
            await AttemptAsync(progress);
        }
    }

    /// <returns>How long until the next attempt; null when there is none.</returns>
    private static TimeSpan? Judge(Progress progress, int status)
    {
        var subscription = progress.Notification.Subscription;
        switch (status)
        {
            case >= 200 and < 300:
                subscription.Status = subscription.Status == HookStatus.OnProbation ? HookStatus.Enabled : subscription.Status;
                return null;
            case 410:
                subscription.Status = HookStatus.DisabledBySystem;
                return null;
            case 408 or 502 or 503 or 504 when subscription.Status == HookStatus.Enabled && progress.Retries < s_transient.Length:
                return s_transient[progress.Retries++];
        }

        if (!progress.IsOnProbation)
        {
            if (subscription.Status != HookStatus.Enabled)
            {
                // Another notification is the one that is tried.
                return null;
            }

            (progress.IsOnProbation, subscription.Status) = (true, HookStatus.OnProbation);
        }

        if (progress.ProbationRetries < s_probation.Length)
        {
            return s_probation[progress.ProbationRetries++];
        }

        subscription.Status = HookStatus.DisabledBySystem;
        return null;
    }

    /// <summary>How far one notification has come.</summary>
    private sealed class Progress(Notification notification)
    {
        public Notification Notification { get; } = notification;

        public int Attempts { get; set; }

        public int Retries { get; set; }

        public bool IsOnProbation { get; set; }

        public int ProbationRetries { get; set; }
    }
}
