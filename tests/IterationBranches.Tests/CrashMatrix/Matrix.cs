using System.Collections.Concurrent;
using System.Diagnostics;

namespace IterationBranches.Tests.CrashMatrix;

/// <summary>Runs of one provisioning, from the poll that finds the sprint to the alias: as it goes when all is well, and with troubles.</summary>
internal static class Matrix
{
    /// <summary>Past every grace: the refusals' hour, the deep look after it, an orphan's 15 minutes, and the deep look after those.</summary>
    private static readonly TimeSpan s_pastAllGraces = TimeSpan.FromHours(3.5);

    private static readonly Lazy<Task<IReadOnlyList<Call>>> s_clean = new(() => RecordAsync(knowsActor: true));
    private static readonly Lazy<Task<IReadOnlyList<Call>>> s_cleanWithoutActor = new(() => RecordAsync(knowsActor: false));

    /// <summary>Every remote call of a run in which nothing goes wrong.</summary>
    public static Task<IReadOnlyList<Call>> CleanAsync(bool knowsActor = true) => (knowsActor ? s_clean : s_cleanWithoutActor).Value;

    /// <summary>The calls of a run with which this can go wrong. Lists go on when all is done: with each poll, and with the deep look.</summary>
    public static async Task<IReadOnlyList<Call>> CallsForAsync(Trouble trouble, bool knowsActor = true)
    {
        var calls = await CleanAsync(knowsActor);
        var later = from last in calls.GroupBy(call => call.Operation).Select(calls => calls.Last())
                    from more in Enumerable.Range(1, last.Operation == "list_secrets" ? 12 : 2)
                    select last with { Nth = last.Nth + more };
        return [.. calls.Concat(Incident.IsOfLists(trouble) ? later : []).Where(call => Incident.IsPossible(call, trouble))];
    }

    /// <returns>What is wrong in the end; empty when nothing is.</returns>
    public static async Task<IReadOnlyList<string>> RunAsync(
        IReadOnlyList<Incident> incidents, bool knowsActor = true, int atOnce = 1, bool breaksLease = false, bool interleaves = false, TimeSpan? within = null, bool? mayHaveOlder = null)
    {
        await using var world = await CrashWorld.StartAsync(knowsActor);
        using var host = new Host(world, incidents, atOnce) { BreaksLease = breaksLease, Interleaves = interleaves };
        try
        {
            await host.StartAsync();
            await host.LiveAsync(within ?? s_pastAllGraces);
        }
        catch (TimeoutException)
        {
            return ["it hangs", Tail(world)];
        }

        List<string> wrong =
        [
            .. EndState.Problems(
                world,
                mayHaveOlder: mayHaveOlder ?? incidents.Any(incident => incident.IsLateVaultWrite)),
            .. host.Surprises,
        ];
        if (!host.IsQuiet)
        {
            wrong.Add("messages are left");
        }

        if (wrong.Count > 0)
        {
            wrong.Add(Tail(world));
        }

        return wrong;
    }

    /// <summary>Runs each, a few at once, and fails with all that went wrong.</summary>
    /// <returns>How many there were.</returns>
    public static async Task AllAsync<T>(string what, IReadOnlyList<T> cases, Func<T, Task<IReadOnlyList<string>>> run)
    {
        var begun = Stopwatch.GetTimestamp();
        var failed = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(cases, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (one, _) =>
        {
            if (await run(one) is { Count: > 0 } wrong)
            {
                failed.Add($"{one}:\n    {string.Join("\n    ", wrong)}");
            }
        });
        TestContext.Current.TestOutputHelper?.WriteLine($"{what}: {cases.Count} runs in {Stopwatch.GetElapsedTime(begun).TotalSeconds:0.0} s");
        Assert.True(failed.IsEmpty, $"{failed.Count} of {cases.Count} ended wrong:\n{string.Join('\n', failed.Order(StringComparer.Ordinal))}");
    }

    private static async Task<IReadOnlyList<Call>> RecordAsync(bool knowsActor)
    {
        await using var world = await CrashWorld.StartAsync(knowsActor);
        using var host = new Host(world, []);
        await host.StartAsync();
        await host.PollAndDrainAsync();
        var wrong = EndState.Problems(world);
        Assert.True(wrong is [], $"{string.Join('\n', wrong)}\n{Tail(world)}");
        return world.Calls.All;
    }

    /// <summary>The last that was said, for whoever reads the failure.</summary>
    public static string Tail(CrashWorld world) => string.Join("\n      ", world.Log.Text.Split('\n')
        .Where(line => line.StartsWith("Information", StringComparison.Ordinal) || line.StartsWith("Warning", StringComparison.Ordinal) || line.StartsWith("Error", StringComparison.Ordinal))
        .Where(line => !line.Contains("Polled", StringComparison.Ordinal))
        .Take(40));
}
