namespace IterationBranches.Sandbox.FunctionsHost;

public sealed record InvocationCount(int Running, int Succeeded, int Failed);

/// <summary>What came of an invocation, all its retries included.</summary>
public sealed record InvocationResult(string Function, Guid InvocationId, bool Succeeded, string? Error, IReadOnlyList<string> Logs);

/// <summary>Counts invocations, and wakes whoever waits for them.</summary>
public sealed class InvocationLedger
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, InvocationCount> _counts = [];
    private long _version;
    private int _retrying;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyDictionary<string, InvocationCount> Counts
    {
        get
        {
            lock (_gate)
            {
                return new Dictionary<string, InvocationCount>(_counts);
            }
        }
    }

    /// <summary>How many run (or wait for a retry), how often anything changed, and a task that ends with the next change.</summary>
    public (int Running, long Version, Task Changed) Snapshot()
    {
        lock (_gate)
        {
            return (_retrying + _counts.Values.Sum(count => count.Running), _version, _changed.Task);
        }
    }

    public void Started(string function) => Change(function, count => count with { Running = count.Running + 1 });

    public void Ended(string function, bool succeeded) => Change(function, count => new InvocationCount(
        count.Running - 1, count.Succeeded + (succeeded ? 1 : 0), count.Failed + (succeeded ? 0 : 1)));

    /// <summary>Between two attempts nothing runs, and yet it is not over.</summary>
    public async Task DelayAsync(Task delay)
    {
        Interlocked.Increment(ref _retrying);
        await delay.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Interlocked.Decrement(ref _retrying);
        Touch();
    }

    /// <summary>Something else happened that may end someone's waiting.</summary>
    public void Touch() => Change(null, count => count);


    private void Change(string? function, Func<InvocationCount, InvocationCount> change)
    {
        lock (_gate)
        {
            if (function is not null)
            {
                _counts[function] = change(_counts.GetValueOrDefault(function, new InvocationCount(0, 0, 0)));
            }

            _version++;
            _changed.TrySetResult();
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
