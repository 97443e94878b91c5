using IterationBranches.EndToEnd.Tests.Rig;
using IterationBranches.Testing.Faults;

namespace IterationBranches.EndToEnd.Tests.Soak;

/// <summary>
/// Strikes any call of the app to any service, with chances of a seed; and now and then kills the process by it. The order in
/// which calls come is the machine's, so a seed makes a run alike, not the same.
/// </summary>
internal sealed class RandomFaults
{
    /// <summary>So many calls between two kills, on average.</summary>
    private const int CallsForAKill = 1200;

    private static readonly TimeSpan s_slow = TimeSpan.FromSeconds(2);

    /// <summary>With how often of a thousand. Time-outs are rare: each takes 30 to 100 seconds of a client's patience.</summary>
    private static readonly (int Share, string Kind, Func<Fault> Fault)[] s_kinds =
    [
        (150, "500", () => Fault.Refuse(500, body: "{}")),
        (150, "502 HTML", () => Fault.Refuse(502, body: "<html>Bad gateway</html>", contentType: "text/html")),
        (150, "503", () => Fault.Refuse(503)),
        (100, "503 Retry-After", () => Fault.Refuse(503, retryAfter: "1")),
        (100, "429 Retry-After", () => Fault.Refuse(429, retryAfter: "1", body: "{}")),
        (15, "429", () => Fault.Refuse(429, body: "{}")),
        (245, "lost answer", Fault.LoseResponse),
        (84, "slow", () => Fault.Slow(s_slow)),
        (3, "time-out", () => Fault.TimeOut()),
        (3, "time-out after the effect", () => Fault.TimeOut(afterEffect: true)),
    ];

    private readonly Lock _gate = new();
    private readonly Random _random;
    private readonly double _share;
    private readonly AppRig _rig;
    private readonly Dictionary<string, int> _counts = [];

    public RandomFaults(AppRig rig, SoakSize size)
    {
        (_rig, _share, _random) = (rig, size.FaultShare, new Random(size.Seed));
        foreach (var (_, standIn) in rig.Services)
        {
            standIn.Faults.Otherwise = (_, _) => Draw();
        }
    }

    public bool Kills { get; set; } = true;

    public bool Faults { get; set; } = true;

    public int KillCount { get; private set; }

    public IReadOnlyDictionary<string, int> Counts
    {
        get
        {
            lock (_gate)
            {
                return new SortedDictionary<string, int>(_counts, StringComparer.Ordinal);
            }
        }
    }

    private Fault? Draw()
    {
        lock (_gate)
        {
            if (Kills && _random.Next(CallsForAKill) == 0)
            {
                var afterEffect = _random.Next(2) == 0;
                return Count(afterEffect ? "killed after" : "killed before", Fault.Kill(KillAsync, afterEffect));
            }

            if (!Faults || _random.NextDouble() >= _share)
            {
                return null;
            }

            var drawn = _random.Next(s_kinds.Sum(kind => kind.Share));
            var chosen = s_kinds.First(kind => (drawn -= kind.Share) < 0);
            return Count(chosen.Kind, chosen.Fault());
        }
    }

    private Fault Count(string kind, Fault fault)
    {
        _counts[kind] = _counts.GetValueOrDefault(kind) + 1;
        return fault;
    }

    private Task KillAsync()
    {
        if (_rig.KillProcess())
        {
            lock (_gate)
            {
                KillCount++;
            }
        }

        return Task.CompletedTask;
    }
}
