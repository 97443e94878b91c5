using IterationBranches.Configuration;

namespace IterationBranches.Iterations;

/// <summary>Where an iteration stands on a day.</summary>
public enum Standing
{
    /// <summary>It should have a branch now.</summary>
    Wanted,

    /// <summary>It will be wanted from <see cref="ScheduledIteration.WantedFrom"/>.</summary>
    NotYetDue,
    Finished,

    /// <summary>It has no start or no finish date.</summary>
    Undated,

    /// <summary>It is the parent, by path, of another in the list: a release, not a sprint.</summary>
    Parent,

    /// <summary>It has a record, and is not in the track's list any more; its dates are those of the project.</summary>
    Deselected,

    /// <summary>It has a record, and is not in the project any more. Made again, it is another iteration.</summary>
    Gone,
}

/// <param name="WantedFrom">The first day with a branch; null when undated, or when the lead time is <c>Always</c>.</param>
public sealed record ScheduledIteration(Iteration Iteration, Standing Standing, DateOnly? WantedFrom);

/// <summary>Which iterations of a track are wanted today, and which one is current.</summary>
public static class Schedule
{
    public static IReadOnlyList<ScheduledIteration> Of(Track track, IReadOnlyList<Iteration> iterations, DateOnly today)
    {
        var parents = ParentsOf(iterations);
        return
        [
            .. iterations
                .Select(iteration => Place(track, iteration, parents, today))
                .OrderBy(placed => placed.Iteration.Start ?? DateOnly.MaxValue)
                .ThenBy(placed => placed.Iteration.Path, StringComparer.Ordinal)
                .ThenBy(placed => placed.Iteration.Id),
        ];
    }

    /// <summary>Started and not finished; of several the later start, then the earlier finish, then the id. Null in a gap.</summary>
    public static Iteration? Current(IReadOnlyList<Iteration> iterations, DateOnly today)
    {
        var parents = ParentsOf(iterations);
        return iterations
            .Where(iteration => iteration.Start <= today && today <= iteration.Finish && !parents.Contains(iteration.Path))
            .OrderByDescending(iteration => iteration.Start)
            .ThenBy(iteration => iteration.Finish)
            .ThenBy(iteration => iteration.Id)
            .FirstOrDefault();
    }

    private static ScheduledIteration Place(Track track, Iteration iteration, HashSet<string> parents, DateOnly today)
    {
        if (iteration is not { Start: { } start, Finish: { } finish })
        {
            return new(iteration, Standing.Undated, null);
        }

        DateOnly? wantedFrom = track.LeadTime is { } lead ? EarlierBy(start, lead) : null;
        var standing =
            parents.Contains(iteration.Path) ? Standing.Parent
            : finish < today ? Standing.Finished
            : today < wantedFrom ? Standing.NotYetDue
            : Standing.Wanted;
        return new(iteration, standing, wantedFrom);
    }

    private static DateOnly EarlierBy(DateOnly start, TimeSpan lead) =>
        start.DayNumber <= lead.Days ? DateOnly.MinValue : start.AddDays(-lead.Days);

    /// <summary>The paths that others lie below. Azure DevOps allows fewer than 14 levels, so there are few for each.</summary>
    private static HashSet<string> ParentsOf(IReadOnlyList<Iteration> iterations)
    {
        var parents = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var iteration in iterations)
        {
            // Whose parent is known has had its own parents added.
            for (var end = iteration.Path.LastIndexOf('\\'); end > 0 && parents.Add(iteration.Path[..end]);)
            {
                end = iteration.Path.LastIndexOf('\\', end - 1);
            }
        }

        return parents;
    }
}
