using IterationBranches.Configuration;
using IterationBranches.Iterations;

namespace IterationBranches.Tests.Iterations;

public sealed class ScheduleTests
{
    private static readonly Track s_track = new() { Name = "orders", Project = "Meridian", Database = "shop", Alias = "alias", Retire = Retirement.Keep };

    [Theory]
    [InlineData("2026-08-20", Standing.NotYetDue)]
    [InlineData("2026-08-21", Standing.Wanted)]
    [InlineData("2026-08-24", Standing.Wanted)]
    [InlineData("2026-09-04", Standing.Wanted)]
    [InlineData("2026-09-05", Standing.Finished)]
    public void A_sprint_is_wanted_from_its_lead_time_to_its_last_day(string today, Standing standing)
    {
        var placed = Assert.Single(Schedule.Of(s_track, [Sprint("Sprint 42", "2026-08-24", "2026-09-04")], DateOnly.Parse(today)));

        Assert.Equal((standing, new DateOnly(2026, 8, 21)), (placed.Standing, placed.WantedFrom));
    }

    [Fact]
    public void The_first_day_of_all_has_no_day_before_it() =>
        Assert.Equal(Standing.Wanted, Assert.Single(Schedule.Of(s_track, [Sprint("Always", "0001-01-01", "9999-12-31")], new(2026, 8, 26))).Standing);

    [Fact]
    public void They_come_in_the_order_of_their_start_and_the_undated_last()
    {
        var undated = Sprint("Backlog", "2026-01-01", "2026-01-02") with { Start = null };

        var order = Schedule.Of(s_track, [undated, Sprint("B", "2026-08-24", "2026-09-04"), Sprint("A", "2026-08-24", "2026-09-04"), Sprint("C", "2026-08-10", "2026-08-21")], new(2026, 8, 26));

        Assert.Equal(["C", "A", "B", "Backlog"], order.Select(placed => placed.Iteration.Name));
    }

    [Fact]
    public void A_parent_is_never_current_and_in_a_gap_nothing_is()
    {
        var release = Sprint("Release 5", "2026-08-01", "2026-09-30") with { Path = @"Meridian\Release 5" };
        var sprint = Sprint("Sprint 42", "2026-08-24", "2026-09-04") with { Path = @"Meridian\Release 5\Sprint 42" };

        Assert.Equal(sprint, Schedule.Current([release, sprint], new(2026, 9, 4)));
        Assert.Null(Schedule.Current([release, sprint], new(2026, 9, 5)));
        // Undated ones are never current.
        Assert.Null(Schedule.Current([sprint with { Finish = null }], new(2026, 8, 26)));
    }

    private static Iteration Sprint(string name, string start, string finish) => new(Guid.NewGuid(), name, $@"Meridian\{name}", DateOnly.Parse(start), DateOnly.Parse(finish));
}
