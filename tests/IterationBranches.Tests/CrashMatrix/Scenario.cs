using IterationBranches.Provisioning;

namespace IterationBranches.Tests.CrashMatrix;

/// <summary>A part of a branch's life: how it stands when the calls begin to count, and what happens then, day by day.</summary>
internal sealed record Scenario(string Name)
{
    /// <summary>Of the track, by their names behind <c>Tracks__orders__</c>.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Puts them where the app reads them.</summary>
    public void Change(Dictionary<string, string?> values)
    {
        foreach (var (name, value) in Settings)
        {
            values[$"Tracks__{CrashWorld.Track}__{name}"] = value;
        }
    }

    /// <summary>Whether Sprint 43 follows.</summary>
    public bool HasNext { get; init; }

    /// <summary>The polls before, each to its end; nothing goes wrong with them.</summary>
    public required IReadOnlyList<DateTimeOffset> Before { get; init; }

    public required IReadOnlyList<Chapter> Chapters { get; init; }

    /// <summary>What people do just when a process is struck; null: nothing.</summary>
    public Action<Stage, Incident>? WhenStruck { get; init; }

    /// <summary>Whether a credential may end as soon as nothing gives it: an operator said so.</summary>
    public bool RevokesAtOnce { get; init; }

    public override string ToString() => Name;
}

/// <summary>What happens on one day: a poll, or an operator's message, and all that follows from it.</summary>
/// <param name="Writes">The writes to PlanetScale and Key Vault when nothing goes wrong.</param>
/// <param name="Holds">What must hold when all is over.</param>
internal sealed record Chapter(DateTimeOffset At, string Writes, LifeState Holds)
{
    /// <summary>What people do first; null: nothing.</summary>
    public Action<Stage>? Happens { get; init; }

    /// <summary>What an operator asks for, instead of the poll; null: nothing.</summary>
    public Func<Stage, LookOperation>? Asks { get; init; }

    /// <summary>What must hold if <see cref="Scenario.WhenStruck"/> came in between; null: the same.</summary>
    public LifeState? HoldsWhenStruck { get; init; }

    /// <summary>Whether something stands against the deletion of Sprint 42's branch meanwhile.</summary>
    public bool IsGuarded { get; init; }

    /// <summary>Whether it is there for what must hold alone: none of its calls goes wrong.</summary>
    public bool IsQuiet { get; init; }
}
