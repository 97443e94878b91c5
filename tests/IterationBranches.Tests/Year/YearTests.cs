using System.Diagnostics;
using System.Globalization;
using IterationBranches.Tests.CrashMatrix;

namespace IterationBranches.Tests.Year;

/// <summary>
/// A whole year of four tracks against the stand-ins, at three polls a day, with lists that are behind. Each evening everything
/// is looked at from outside: what should be there is there and lets in, what is others' is as they left it, and nothing went
/// before its time.
/// </summary>
[Trait("Category", "Year")]
public sealed class YearTests
{
    /// <summary>A number, or <c>random</c>: another year by chance than the ordinary run's.</summary>
    public const string SeedVariable = "YEAR_SEED";

    private const int Days = 365;

    /// <summary>Of a day with much to do; a run that cannot stop burns more in an hour.</summary>
    private const int MostCalls = 1500;
    private const int MostErrors = 8;

    private static readonly TimeSpan s_morning = TimeSpan.FromHours(9);
    private static readonly TimeSpan s_evening = TimeSpan.FromHours(23.5);
    private static readonly TimeSpan s_pollEvery = TimeSpan.FromHours(10);

    [Fact]
    public Task A_year_of_sprints_goes_well_whatever_people_do() => LiveAsync(seed: 2026, isScripted: true);

    [Fact]
    public Task A_year_by_chance_goes_well() => LiveAsync(Environment.GetEnvironmentVariable(SeedVariable) switch
    {
        null or "" => 1,
        "random" => Random.Shared.Next(),
        var number => int.Parse(number, NumberStyles.None, CultureInfo.InvariantCulture),
    }, isScripted: false);

    private static async Task LiveAsync(int seed, bool isScripted)
    {
        var begun = Stopwatch.GetTimestamp();
        var teams = Calendar.Teams();
        await using var world = await YearWorld.StartAsync(teams);
        using var host = new Host(world, []);
        var foreign = new Foreign(world);
        foreach (var database in (string[])[YearWorld.Shop, YearWorld.Ledger, YearWorld.Drafts])
        {
            foreign.AddBranch(database, world.PlanetScale.Branches(database)[0].Id);
        }

        var hands = new Hands(world, teams, foreign);
        var destructions = new Destructions(hands);
        var (script, chance) = (new Script(hands), new Chance(hands, seed));
        var lists = new LaggingLists(world, seed);
        await host.StartAsync();
        var lines = 0;
        var calls = 0;
        var most = 0;
        for (var day = YearWorld.FirstDay; day < YearWorld.FirstDay.AddDays(Days); day = day.AddDays(1))
        {
            await LiveUntilAsync(world, host, day, s_morning);
            PassUntil(world, day, s_morning);
            Evening.AfterNight(hands);
            Calendar.PlanAhead(hands, day);
            if (isScripted)
            {
                var settings = world.Settings;
                await script.PlayAsync(day);
                if (world.Settings != settings)
                {
                    host.Restart();
                }
            }

            if (!isScripted || day.DayOfYear > 195)
            {
                await chance.PlayAsync(day, often: isScripted ? 0.2 : 0.4);
            }

            await LiveUntilAsync(world, host, day, s_evening);
            PassUntil(world, day, s_evening);
            var said = world.Log.After(lines);
            var errors = said.Where(line => line.StartsWith("Error", StringComparison.Ordinal)).ToList();
            List<string> wrong = [.. new Evening(hands, destructions).Problems(), .. host.Surprises, .. world.Queue.Poison.Select(poison => $"poison: {poison}")];
            wrong.AddRange(host.IsQuiet ? [] : ["messages are left over night"]);
            wrong.AddRange(errors.Count <= MostErrors ? [] : [$"{errors.Count} errors were logged"]);
            wrong.AddRange(world.CallCount - calls <= MostCalls ? [] : [$"{world.CallCount - calls} calls were made"]);
            Assert.True(wrong.Count == 0, Story(day, seed, wrong, chance, said));
            most = Math.Max(most, world.CallCount - calls);
            (lines, calls) = (lines + said.Count, world.CallCount);
            PassUntil(world, day.AddDays(1), TimeSpan.Zero);
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"seed {seed}: {Days} days in {Stopwatch.GetElapsedTime(begun).TotalSeconds:0} s, {calls} calls, {most} on one day at most, {lists.Count} lists that were wrong; {string.Join(", ", destructions.Seen.OrderBy(seen => seen.Key, StringComparer.Ordinal).Select(seen => $"{seen.Value} {seen.Key}"))}");
    }

    /// <summary>By the clock on the wall: a day in spring has an hour less, and one in autumn an hour more.</summary>
    private static Task LiveUntilAsync(YearWorld world, Host host, DateOnly day, TimeSpan time) =>
        host.LiveAsync(YearWorld.InstantOf(day, time) - world.Clock.GetUtcNow(), s_pollEvery);

    private static void PassUntil(YearWorld world, DateOnly day, TimeSpan time) => world.Clock.Advance(YearWorld.InstantOf(day, time) - world.Clock.GetUtcNow());

    private static string Story(DateOnly day, int seed, IEnumerable<string> wrong, Chance chance, IEnumerable<string> said) => string.Join('\n',
        [$"On the evening of {day:O} ({SeedVariable}={seed}):", .. wrong, "What happened by chance:", .. chance.Done.TakeLast(25), "What was said this day:", .. said.Where(line => !line.Contains("Polled", StringComparison.Ordinal)).TakeLast(60)]);
}
