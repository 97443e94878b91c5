namespace IterationBranches.Tests.CrashMatrix;

/// <summary>Troubles in company: two at once, every message twice at once, and two processes of which one loses its lease.</summary>
[Trait("Category", "CrashMatrix")]
public sealed class RandomTests
{
    private const int Seeds = 200;

    [Fact]
    public async Task Two_troubles_at_random_end_well()
    {
        var calls = await Matrix.CleanAsync();

        await Matrix.AllAsync("Two troubles", Cases(Seeds, random => [Any(random, calls), Any(random, calls)]), chosen => Matrix.RunAsync(chosen.Incidents));
    }

    [Fact]
    public async Task Every_message_delivered_twice_at_once_ends_well()
    {
        var calls = await Matrix.CleanAsync();

        await Matrix.AllAsync(
            "Twice at once", Cases(Seeds / 2, random => random.Next(5) == 0 ? [] : [Any(random, calls)]), chosen => Matrix.RunAsync(chosen.Incidents, atOnce: 2));
    }

    /// <summary>No time passes: who comes after the other does so within the same second.</summary>
    [Theory]
    [InlineData(Trouble.PausedBefore)]
    [InlineData(Trouble.PausedAfter)]
    public async Task Of_two_processes_the_one_that_loses_its_lease_does_no_harm_when_it_wakes_up_after_the_other(Trouble trouble)
    {
        var calls = await Matrix.CleanAsync();

        await Matrix.AllAsync($"Lease lost, {trouble}", calls, call => Matrix.RunAsync([new(call, trouble)], breaksLease: true));
    }

    [Fact]
    public async Task Of_two_processes_the_one_that_loses_its_lease_does_no_harm_when_it_wakes_up_in_the_middle_of_the_other_s_work()
    {
        var calls = await Matrix.CleanAsync();

        await Matrix.AllAsync(
            "Lease lost, interleaved",
            Cases(Seeds, random =>
            {
                var first = calls[random.Next(calls.Count)];
                var second = calls[random.Next(calls.Count)];
                // The other comes to this call after the first one has, so it is a later one of its operation.
                var later = second with { Nth = 1 + calls.Take(calls.ToList().IndexOf(first) + 1).Count(call => call.Service == second.Service && call.Operation == second.Operation) };
                return [new(first, Pause(random)), new(later, Pause(random))];
            }),
            chosen => Matrix.RunAsync(chosen.Incidents, breaksLease: true, interleaves: true));
    }

    private static Trouble Pause(Random random) => random.Next(2) == 0 ? Trouble.PausedBefore : Trouble.PausedAfter;

    private static Incident Any(Random random, IReadOnlyList<Call> calls)
    {
        while (true)
        {
            var call = calls[random.Next(calls.Count)];
            var trouble = (Trouble)random.Next(Enum.GetValues<Trouble>().Length);
            if (Incident.IsPossible(call, trouble))
            {
                return new(call, trouble);
            }
        }
    }

    private static List<Case> Cases(int count, Func<Random, Incident[]> choose) => [.. Enumerable.Range(0, count).Select(seed => new Case(seed, choose(new Random(seed))))];

    private sealed record Case(int Seed, Incident[] Incidents)
    {
        public override string ToString() => $"seed {Seed}: {string.Join(" and ", Incidents.AsEnumerable())}";
    }
}
