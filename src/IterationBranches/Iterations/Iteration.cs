using IterationBranches.Configuration;

namespace IterationBranches.Iterations;

/// <summary>A node of Azure Boards. Its identity is the id; name and path change.</summary>
/// <param name="Path">As the team list and work items write it: <c>Project\Release 5\Sprint 42</c>.</param>
/// <param name="Start">The first day, or null when the iteration is not scheduled.</param>
/// <param name="Finish">The last day, inclusive.</param>
public sealed record Iteration(Guid Id, string Name, string Path, DateOnly? Start, DateOnly? Finish)
{
    /// <summary>The first 8 hex digits of the id.</summary>
    public string Id8 => ShortId(Id);

    public static string ShortId(Guid id) => id.ToString("N")[..8];

    public override string ToString() => Name;
}

public interface IIterationSource
{
    /// <summary>Every iteration of the track's team, or of the subtree that its <c>IterationRoot</c> names; dated or not.</summary>
    /// <exception cref="ServiceException">Azure DevOps refused. An answer that is not understood is never an empty list.</exception>
    Task<IReadOnlyList<Iteration>> ListAsync(Track track, CancellationToken cancellationToken);

    /// <summary>Every iteration of the track's project, whichever team has selected it.</summary>
    /// <exception cref="ServiceException">As <see cref="ListAsync"/>.</exception>
    Task<IReadOnlyList<Iteration>> ListProjectAsync(Track track, CancellationToken cancellationToken);
}
