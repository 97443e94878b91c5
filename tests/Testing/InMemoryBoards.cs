using IterationBranches.Configuration;
using IterationBranches.Iterations;

namespace IterationBranches.Testing;

/// <summary>Azure Boards without a server: the iterations of each track.</summary>
public sealed class InMemoryBoards(CallJournal journal) : IIterationSource
{
    private readonly Dictionary<string, List<Iteration>> _tracks = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The track's list, which a test changes.</summary>
    public IList<Iteration> this[string track] => _tracks.TryGetValue(track, out var list) ? list : _tracks[track] = [];

    /// <summary>What is in the project and in no track's list.</summary>
    public IList<Iteration> Elsewhere { get; } = [];

    public Task<IReadOnlyList<Iteration>> ListProjectAsync(Track track, CancellationToken cancellationToken) => cancellationToken.Answer(() => journal.Read<IReadOnlyList<Iteration>>(
        $"list the iterations of the project of {track.Name}", () => [.. _tracks.Values.SelectMany(list => list).Concat(Elsewhere).DistinctBy(iteration => iteration.Id)]));

    public Task<IReadOnlyList<Iteration>> ListAsync(Track track, CancellationToken cancellationToken) =>
        cancellationToken.Answer(() => journal.Read<IReadOnlyList<Iteration>>($"list the iterations of {track.Name}", () => [.. this[track.Name]]));
}
