namespace IterationBranches.Testing;

/// <summary>What the peers in memory were asked, in order; and the place where a test makes something go wrong.</summary>
public sealed class CallJournal
{
    private readonly List<string> _reads = [];
    private readonly List<string> _writes = [];

    /// <summary>Told of each call before it takes effect; what it throws is the call's answer.</summary>
    public Action<string>? Before { get; set; }

    /// <summary>Told of each call after it took effect; what it throws is an answer that was lost.</summary>
    public Action<string>? After { get; set; }

    public IReadOnlyList<string> Reads => _reads;

    /// <summary>The calls that changed something.</summary>
    public IReadOnlyList<string> Writes => _writes;

    public void Clear()
    {
        _reads.Clear();
        _writes.Clear();
    }

    internal T Read<T>(string call, Func<T> answer)
    {
        Before?.Invoke(call);
        _reads.Add(call);
        return answer();
    }

    internal T Write<T>(string call, Func<T> answer)
    {
        Before?.Invoke(call);
        var given = answer();
        // Nothing given, nothing changed.
        (given is null ? _reads : _writes).Add(call);
        After?.Invoke(call);
        return given;
    }
}

internal static class Answers
{
    public static Task<T> Answer<T>(this CancellationToken cancellationToken, Func<T> answer)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(answer());
    }
}

/// <summary>An outside system says no.</summary>
public sealed class PeerException(Failure failure, string message, int? status = null) : ServiceException(failure, message, status);
