namespace IterationBranches.Sandbox.FunctionsHost;

public sealed record InvocationCount(int Running, int Succeeded, int Failed);

/// <param name="Error">Why it failed; null when it did not.</param>
/// <param name="Logs">What the worker said during it.</param>
public sealed record InvocationResult(string Function, Guid InvocationId, bool Succeeded, string? Error, IReadOnlyList<string> Logs);

/// <summary>Counts invocations by function.</summary>
public sealed class InvocationLedger
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, InvocationCount> _counts = [];

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

    public bool IsIdle => Counts.Values.All(count => count.Running == 0);

    public void Started(string function) => Change(function, count => count with { Running = count.Running + 1 });

    public void Ended(string function, bool succeeded) => Change(function, count => new InvocationCount(
        count.Running - 1, count.Succeeded + (succeeded ? 1 : 0), count.Failed + (succeeded ? 0 : 1)));

    private void Change(string function, Func<InvocationCount, InvocationCount> change)
    {
        lock (_gate)
        {
            _counts[function] = change(_counts.GetValueOrDefault(function, new InvocationCount(0, 0, 0)));
        }
    }
}
