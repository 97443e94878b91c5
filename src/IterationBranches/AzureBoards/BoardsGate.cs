namespace IterationBranches.AzureBoards;

/// <summary>
/// What all requests to the organization share: at most four at once, and the time until which Azure DevOps asked for
/// quiet. It slows down before it refuses, with status 200 and <c>Retry-After</c>
/// (https://learn.microsoft.com/azure/devops/integrate/concepts/rate-limits).
/// </summary>
public sealed class BoardsGate(TimeProvider time) : IDisposable
{
    public const int AtOnce = 4;

    private readonly SemaphoreSlim _slots = new(AtOnce);
    private long _closedUntil;

    /// <summary>How long no request should be sent; zero when the gate is open.</summary>
    public TimeSpan Remaining
    {
        get
        {
            var ticks = Interlocked.Read(ref _closedUntil) - time.GetUtcNow().UtcTicks;
            return ticks > 0 ? new TimeSpan(ticks) : TimeSpan.Zero;
        }
    }

    /// <summary>Closes the gate; an earlier call that closed it for longer stands.</summary>
    public void Close(TimeSpan duration)
    {
        var until = (time.GetUtcNow() + duration).UtcTicks;
        for (var seen = Interlocked.Read(ref _closedUntil); seen < until;)
        {
            var before = Interlocked.CompareExchange(ref _closedUntil, until, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }

    /// <summary>Waits for one of the slots; <see cref="Leave"/> gives it back.</summary>
    public Task EnterAsync(CancellationToken cancellationToken) => _slots.WaitAsync(cancellationToken);

    public void Leave() => _slots.Release();

    public void Dispose() => _slots.Dispose();
}
