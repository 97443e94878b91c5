using Microsoft.AspNetCore.Http;

namespace IterationBranches.Sandbox.StandIns;

/// <summary>
/// How the list of a collection is shown when it is not as it is. An <see cref="Interference"/> makes it a feature of the request;
/// what is asked for by its own name or id is answered as it is.
/// </summary>
/// <param name="Behind">It is shown as it was so long ago.</param>
internal sealed record ListView(TimeSpan Behind)
{
    /// <summary>The names of what is left out.</summary>
    public Func<string, bool> LeavesOut { get; init; } = _ => false;

    /// <summary>The names of what is shown twice.</summary>
    public Func<string, bool> Repeats { get; init; } = _ => false;

    public static ListView Of(HttpRequest request) => request.HttpContext.Features.Get<ListView>() ?? new(TimeSpan.Zero);

    public IReadOnlyList<T> Show<T>(IReadOnlyList<T> there, History<T> former, DateTimeOffset now, Func<T, string> name)
    {
        var shown = Behind == TimeSpan.Zero ? there : former.AsOf(now - Behind);
        return [.. shown.Where(item => !LeavesOut(name(item))), .. shown.Where(item => Repeats(name(item)))];
    }
}

/// <summary>What a collection has had in it, for lists that are behind.</summary>
internal sealed class History<T>
{
    /// <summary>No list is further behind.</summary>
    private static readonly TimeSpan s_keeps = TimeSpan.FromMinutes(20);

    private readonly List<(DateTimeOffset At, IReadOnlyList<T> Items)> _states = [];

    /// <summary>What is there from now on. What was there at first has always been there.</summary>
    public void Keep(DateTimeOffset now, IReadOnlyList<T> items)
    {
        var at = _states.Count == 0 ? DateTimeOffset.MinValue : now;
        if (_states is [.., var last] && last.At == at)
        {
            _states.RemoveAt(_states.Count - 1);
        }

        _states.Add((at, items));
        var kept = _states.FindLastIndex(state => state.At <= now - s_keeps);
        _states.RemoveRange(0, Math.Max(0, kept));
    }

    public IReadOnlyList<T> AsOf(DateTimeOffset at) => _states.FindLast(state => state.At <= at).Items ?? [];
}
