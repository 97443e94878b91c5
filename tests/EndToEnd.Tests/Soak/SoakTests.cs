using System.Globalization;
using IterationBranches.EndToEnd.Tests.Sandbox;
using IterationBranches.Sandbox.FunctionsHost;

namespace IterationBranches.EndToEnd.Tests.Soak;

/// <summary>
/// Thousands of iterations, faults on every remote call, and a process that is killed again and again. Not part of the
/// ordinary run: <c>dotnet test Functions.sln --filter Category=Soak</c>. <see cref="SoakSize"/> says how a smaller one is run.
/// </summary>
[Trait("Category", "Soak")]
public sealed class SoakTests(PublishedAppFixture app)
{
    /// <summary>The same work over the same data, again and again, in one process: what is more than noise would be a leak.</summary>
    private const double MostGrowth = 1.2;

    [Fact]
    public async Task Thousands_of_iterations_under_faults_and_kills_lose_nothing_double_nothing_and_leak_nothing()
    {
        var output = TestContext.Current.TestOutputHelper!;
        void Say(string line)
        {
            output.WriteLine(line);
            // The output of a test is shown at its end; who waits wants to see that it goes on.
            TestContext.Current.SendDiagnosticMessage(line);
        }

        var size = SoakSize.OfEnvironment();
        Say($"Soak: {size}");
        await using var run = await SoakRun.StartAsync(app.Directory, size, Say);

        await run.PlayAsync();

        var found = await run.ReadEndAsync();
        run.Report(found);
        Assert.True(found.Wrong.Count == 0, $"{found.Wrong.Count} are wrong:\n{string.Join('\n', found.Wrong.Take(100))}\n{run.Tail()}");
        Assert.Empty(run.SentToPoison);
        Assert.Equal(0, run.UnexplainedFailures);
        Assert.True(
            run.SteadyMedians[^1] <= run.SteadyMedians[1] * MostGrowth,
            string.Create(CultureInfo.InvariantCulture, $"the memory grew from {run.SteadyMedians[1]:0} MB to {run.SteadyMedians[^1]:0} MB"));

        var said = string.Join('\n', run.Events.Select(seen => seen.Text));
        Assert.True(run.Secrets.Count >= size.Iterations);
        Assert.Contains(run.Events, seen => seen.Kind == HostEventKind.Log);
        // Which one it is would be one more place where it is written.
        Assert.Equal(0, run.Secrets.Count(secret => said.Contains(secret, StringComparison.Ordinal)));
    }
}
