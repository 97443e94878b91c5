using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using IterationBranches.EndToEnd.Tests.Sandbox;

namespace IterationBranches.EndToEnd.Tests.CrashMatrix;

/// <summary>
/// A sample of the crash matrix with nothing simulated but the services: the published process, real SIGKILL and SIGSTOP,
/// Azurite's leases and queue. Whatever strikes one call of a provisioning, redelivery and polls carry it on to the same end.
/// <c>CRASH_SEED</c> (1) chooses another sample, and <c>CRASH_CASES</c> (20) a larger one.
/// </summary>
[Trait("Category", "CrashMatrix")]
public sealed class PublishedProcessTests(PublishedAppFixture app)
{
    /// <summary>A case waits more than it works: for a dead process' lease, and for branches.</summary>
    private const int Lanes = 4;

    // Kills and lost answers are what only this rig does for real; what a client makes of a status is tried at every call in process.
    private static readonly Trouble[] s_share =
    [
        Trouble.PausedBefore, Trouble.KilledBefore, Trouble.KilledAfter, Trouble.AnswerLost, Trouble.KilledBefore, Trouble.KilledAfter,
        Trouble.PausedAfter, Trouble.KilledBefore, Trouble.KilledAfter, Trouble.Unavailable, Trouble.KilledBefore, Trouble.KilledAfter, Trouble.AnswerLost,
        Trouble.ServerError, Trouble.KilledBefore, Trouble.KilledAfter, Trouble.TooManyRequestsUntil, Trouble.AnswerLost, Trouble.BadGateway, Trouble.KilledAfter,
    ];

    [Fact]
    public async Task Whatever_strikes_the_process_at_one_call_it_ends_well()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGSTOP.");
        var output = TestContext.Current.TestOutputHelper!;
        var begun = Stopwatch.GetTimestamp();
        var lanes = await Task.WhenAll(Enumerable.Range(1, Lanes).Select(number => Lane.StartAsync(app.Directory, number)));
        try
        {
            var calls = await lanes[0].RecordAsync();
            output.WriteLine($"A provisioning makes {calls.Count} remote calls:\n  {string.Join("\n  ", calls)}");
            Assert.Equal(
                ["set_secret", "create_branch", "update_secret", "create_password", "set_secret", "set_secret"],
                calls.Where(call => call is { IsWrite: true, Service: "PlanetScale" or "Key Vault" }).Select(call => call.Operation));

            var seed = Number("CRASH_SEED", 1);
            var cases = new ConcurrentQueue<Incident>(Sample(calls, seed, Number("CRASH_CASES", 20)));
            output.WriteLine($"{cases.Count} cases with seed {seed}:");
            var failed = new ConcurrentBag<string>();
            await Task.WhenAll(lanes.Select(async lane =>
            {
                while (cases.TryDequeue(out var incident))
                {
                    var started = Stopwatch.GetTimestamp();
                    var found = await lane.RunAsync(incident);
                    output.WriteLine(
                        $"  {incident}: {(found.Wrong.Count == 0 ? "well" : "WRONG")} after {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s; " +
                        $"{found.Orphans} credentials that nobody knows, too young to be deleted; {found.Older} that only an older version names");
                    if (found.Wrong.Count > 0)
                    {
                        failed.Add($"{incident}:\n    {string.Join("\n    ", found.Wrong)}\n      {lane.Tail()}");
                    }
                }
            }));
            output.WriteLine($"{Stopwatch.GetElapsedTime(begun).TotalSeconds:0} s in all");
            Assert.True(failed.IsEmpty, string.Join('\n', failed));
        }
        finally
        {
            await Task.WhenAll(lanes.Select(lane => lane.DisposeAsync().AsTask()));
        }
    }

    private static IEnumerable<Incident> Sample(IReadOnlyList<Call> calls, int seed, int count)
    {
        var random = new Random(seed);
        // Tokens are kept: whether one is asked for depends on the age of the process.
        var certain = calls.Where(call => call.Service != "identity").ToList();
        return [.. Enumerable.Range(0, count).Select(i => new Incident(certain[random.Next(certain.Count)], s_share[i % s_share.Length]))];
    }

    private static int Number(string variable, int standard) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) : standard;
}
