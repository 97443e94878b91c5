using System.Globalization;

namespace IterationBranches.Tests.CrashMatrix;

/// <summary>
/// Every two calls of a provisioning, each struck by what leaves most behind: a kill before or after the effect, a lost
/// answer, or a list that lags or leaves something out. The ordinary run takes a sample of 200. <c>CRASH_PAIRS=all</c> takes every pair, or a number as many, and
/// <c>CRASH_SHARD=2/4</c> the second quarter of them:
/// <c>CRASH_PAIRS=all CRASH_SHARD=1/4 dotnet test tests/IterationBranches.Tests --filter FullyQualifiedName~PairTests</c>.
/// </summary>
[Trait("Category", "CrashMatrix")]
public sealed class PairTests
{
    private const int Sample = 200;
    private const int Seed = 1;

    private static readonly Trouble[] s_strong = [Trouble.KilledBefore, Trouble.KilledAfter, Trouble.AnswerLost, Trouble.Lags, Trouble.WithoutBranch, Trouble.WithoutRecord, Trouble.WithoutAlias, Trouble.WithoutCredential];

    [Fact]
    public async Task Every_two_calls_of_which_each_is_struck_end_well()
    {
        var calls = await Matrix.CleanAsync();
        List<Pair> all =
        [
            .. from first in Enumerable.Range(0, calls.Count)
               from second in Enumerable.Range(first + 1, calls.Count - first - 1)
               from one in s_strong
               from other in s_strong
               where Incident.IsPossible(calls[first], one) && Incident.IsPossible(calls[second], other)
               select new Pair(calls[first], one, calls[second], other),
        ];
        var chosen = Choose(all, Environment.GetEnvironmentVariable("CRASH_PAIRS"), Environment.GetEnvironmentVariable("CRASH_SHARD"));

        await Matrix.AllAsync($"{chosen.Count} of {all.Count} pairs", chosen, pair => Matrix.RunAsync([new(pair.First, pair.One), new(pair.Second, pair.Other)]));
    }

    [Fact]
    public void Shards_have_every_pair_once()
    {
        List<int> all = [.. Enumerable.Range(0, 1003)];

        Assert.Equal(all, Enumerable.Range(1, 4).SelectMany(shard => Choose(all, "all", $"{shard}/4")).Order());
        Assert.Equal(Sample, Choose(all, null, null).Distinct().Count());
        Assert.Equal(7, Choose(all, "7", "").Count);
    }

    private static List<T> Choose<T>(IReadOnlyList<T> all, string? pairs, string? shard)
    {
        var count = string.IsNullOrEmpty(pairs) ? Sample : pairs == "all" ? all.Count : int.Parse(pairs, NumberStyles.None, CultureInfo.InvariantCulture);
        // Shuffled, so that each shard has something of everything.
        var shuffled = all.ToArray();
        new Random(Seed).Shuffle(shuffled);
        var parts = string.IsNullOrEmpty(shard) ? [1, 1] : shard.Split('/').Select(part => int.Parse(part, NumberStyles.None, CultureInfo.InvariantCulture)).ToArray();
        return [.. shuffled.Take(count).Where((_, i) => i % parts[1] == parts[0] - 1)];
    }

    private sealed record Pair(Call First, Trouble One, Call Second, Trouble Other)
    {
        public override string ToString() => $"{One} at {First} and {Other} at {Second}";
    }
}
