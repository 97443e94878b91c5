namespace IterationBranches.Tests.Year;

/// <summary>The sprints of the year as the teams plan them, three weeks ahead.</summary>
internal static class Calendar
{
    private const int Ahead = 21;

    /// <summary>Two weeks, with the weekends between them and a break of a month in summer; in releases.</summary>
    private static IEnumerable<Planned> Orders()
    {
        var number = 0;
        for (var start = new DateOnly(2026, 1, 5); start.Year == 2026; start = start.AddDays(14))
        {
            if (start < new DateOnly(2026, 7, 18) || start > new DateOnly(2026, 8, 16))
            {
                yield return new("orders", $"Sprint {++number}", start, start.AddDays(11), start.Month < 7 ? "Release 1" : "Release 2");
            }
        }
    }

    /// <summary>Three weeks, and each begins before the last has ended.</summary>
    private static IEnumerable<Planned> Search() => Row("search", "Search", new(2026, 1, 12), every: 21, days: 24);

    /// <summary>Four weeks, and in spring a gap of three.</summary>
    private static IEnumerable<Planned> Books() => Row("books", "Month", new(2026, 1, 5), every: 28, days: 26)
        .Select((month, i) => i < 3 ? month : month with { Start = month.Start.AddDays(21), Finish = month.Finish.AddDays(21) });

    private static IEnumerable<Planned> Plans() => Row("plans", "Plan", new(2026, 1, 1), every: 42, days: 42);

    public static IReadOnlyList<Team> Teams() =>
    [
        new("orders", "Payments", YearWorld.Shop, lead: 3, "Delete"),
        new("search", "Search", YearWorld.Shop, lead: 5, "Revoke"),
        new("books", "Ledger", YearWorld.Ledger, lead: 3, "Delete"),
        new("plans", "Planning", YearWorld.Drafts, lead: null, "Keep"),
    ];

    /// <summary>What is planned on this day.</summary>
    public static void PlanAhead(Hands hands, DateOnly today)
    {
        foreach (var planned in Orders().Concat(Search()).Concat(Books()).Concat(Plans()))
        {
            var on = planned.Start.AddDays(-Ahead);
            if (on == today || (today == YearWorld.FirstDay && on < today))
            {
                Plan(hands, planned);
            }
        }
    }

    private static void Plan(Hands hands, Planned planned)
    {
        if (planned.Release is { } release && hands.Sprints.All(sprint => sprint.Name != release))
        {
            var isFirst = release == "Release 1";
            hands.AddSprint(planned.Track, release, new(2026, isFirst ? 1 : 7, 1), isFirst ? new(2026, 6, 30) : new(2026, 12, 31));
        }

        hands.AddSprint(planned.Track, planned.Name, planned.Start, planned.Finish, planned.Release);
    }

    private static IEnumerable<Planned> Row(string track, string name, DateOnly first, int every, int days)
    {
        var number = 0;
        for (var start = first; start.Year == 2026; start = start.AddDays(every))
        {
            yield return new(track, $"{name} {++number}", start, start.AddDays(days - 1), null);
        }
    }

    private sealed record Planned(string Track, string Name, DateOnly Start, DateOnly Finish, string? Release);
}
