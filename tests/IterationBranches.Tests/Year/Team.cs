using IterationBranches.Iterations;

namespace IterationBranches.Tests.Year;

/// <summary>An iteration as people know it.</summary>
internal sealed class Sprint(Guid id, string name, string parentPath, DateOnly? start, DateOnly? finish)
{
    public Guid Id => id;

    public string Id8 => Iteration.ShortId(id);

    public string Name { get; set; } = name;

    public string ParentPath { get; set; } = parentPath;

    public string Path => $@"{ParentPath}\{Name}";

    public DateOnly? Start { get; set; } = start;

    public DateOnly? Finish { get; set; } = finish;

    public bool IsRemoved { get; set; }

    public override string ToString() => Name;
}

/// <summary>What a sprint is to one track: what must be there for it, and what people have done to it.</summary>
internal sealed class Life(Team team, Sprint sprint)
{
    public Team Team => team;

    public Sprint Sprint => sprint;

    public string Record => $"br-{team.Track}-{sprint.Id8}";

    public bool IsSelected { get; set; } = true;

    /// <summary>Whether the plain name of the branch belongs to somebody else.</summary>
    public bool HasSuffix { get; set; }

    /// <summary>What a person did, after which nothing can be said of it until a person mends that; null: nothing.</summary>
    public string? Trouble { get; set; }

    /// <summary>What keeps the branch from being deleted, by what people say.</summary>
    public HashSet<string> Guards { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether it has had its branch, and is to have it until it is retired.</summary>
    public bool IsKnown { get; set; }

    public string? BranchId { get; set; }

    /// <summary>Whether the product has asked for the deletion of the branch.</summary>
    public bool IsDeleted { get; set; }

    /// <summary>The last day on which a person changed what its retirement hangs on.</summary>
    public DateOnly Touched { get; set; }

    /// <summary>The last day on which the alias was to give its credential.</summary>
    public DateOnly? LastAliasDay { get; set; }

    /// <summary>The text of the notice in its record, and since when it has been seen; null: none.</summary>
    public (string Text, DateOnly Since)? Notice { get; set; }

    /// <summary>Whether its record was readable when it was seen last.</summary>
    public bool WasReadable { get; set; }

    /// <summary>The sprint's when the branch was made; the branch is not renamed.</summary>
    public string PlainName { get; set; } = "";

    public string BranchName => $"{team.Track}-{PlainName.ToLowerInvariant().Replace(' ', '-')}{(HasSuffix ? $"-{sprint.Id8}" : "")}";

    public bool IsWanted(DateOnly day) => IsListed && sprint is { Start: { } start, Finish: { } finish }
        && day <= finish && (team.Lead is not { } lead || day >= start.AddDays(-lead));

    public bool IsRunning(DateOnly day) => IsListed && sprint.Start <= day && day <= sprint.Finish;

    /// <summary>From when on its retirement is due; null: never.</summary>
    public DateOnly? DueOn => team.Retire == "Keep" || sprint.IsRemoved ? null : sprint.Finish?.AddDays(Team.Grace + 1);

    /// <summary>On which day its credential is not valid any more, unless the alias gives it; null: never.</summary>
    public DateOnly? EndsOn => sprint.IsRemoved ? null : sprint.Finish?.AddDays(Team.Grace + 2);

    /// <summary>By the end of which day that is so for certain: after the alias gave it there is the rotation's grace.</summary>
    public DateOnly? EndedBy => EndsOn is { } ends
        ? new[] { ends, Touched, LastAliasDay?.AddDays(Team.RotationGrace + 1) ?? ends }.Max().AddDays(2)
        : null;

    /// <summary>By the end of which day it is gone for certain; null: not by itself.</summary>
    public DateOnly? RetiredBy
    {
        get
        {
            if (DueOn is not { } due)
            {
                return null;
            }

            DateOnly[] starts = [due, team.RetireSince, Touched, LastAliasDay?.AddDays(1) ?? due];
            // Seven days' notice; the day after it; and what was refused before is asked again within a day.
            return starts.Max().AddDays(7 + 2);
        }
    }

    public override string ToString() => $"{team.Track}/{sprint.Name}";

    private bool IsListed => IsSelected && !sprint.IsRemoved && !IsParent;

    private bool IsParent => team.Lives.Exists(other => other is { IsSelected: true, Sprint.IsRemoved: false } && other.Sprint.Path.StartsWith(sprint.Path + '\\', StringComparison.Ordinal));
}

/// <summary>A team and its track, as its settings say.</summary>
/// <param name="lead">Days; null: always.</param>
internal sealed class Team(string track, string name, string database, int? lead, string retire)
{
    public const int Grace = 7;
    public const int RotationGrace = 7;

    public string Track => track;

    public string Name => name;

    public string Database => database;

    public int? Lead => lead;

    public string Retire { get; private set; } = retire;

    public DateOnly RetireSince { get; private set; } = YearWorld.FirstDay;

    public bool RetireUndeployed { get; private set; }

    public List<Life> Lives { get; } = [];

    public string Alias => $"ConnectionStrings--{track}";

    /// <summary>Why the alias is not written; null: it is.</summary>
    public string? AliasTrouble { get; set; }

    /// <summary>Whose credential the alias gave last.</summary>
    public Life? Given { get; set; }

    public Life? CurrentOn(DateOnly day) => Lives.Where(life => life.IsRunning(day))
        .OrderByDescending(life => life.Sprint.Start).ThenBy(life => life.Sprint.Finish).ThenBy(life => life.Sprint.Id).FirstOrDefault();

    public void Choose(string retirement, bool retireUndeployed, DateOnly today) =>
        (Retire, RetireUndeployed, RetireSince) = (retirement, retireUndeployed, today);

    public override string ToString() => track;
}
