using IterationBranches.Testing.Faults;

namespace IterationBranches.Tests.Year;

/// <summary>
/// Any list of a collection may be behind, or leave one thing out, while nobody looks: at night and in the morning. What comes of
/// it has been made good by the evening.
/// </summary>
internal sealed class LaggingLists
{
    /// <summary>Of how many lists one is wrong.</summary>
    private const int OneOf = 25;

    private static readonly HashSet<string> s_lists = new(StringComparer.Ordinal) { "list_secrets", "list_branches", "list_passwords", "list_roles" };
    private static readonly TimeSpan s_noon = TimeSpan.FromHours(12);

    private readonly Lock _gate = new();
    private readonly YearWorld _world;
    private readonly Random _random;

    public LaggingLists(YearWorld world, int seed)
    {
        (_world, _random) = (world, new Random(seed));
        world.KeyVault.Faults.Otherwise = (operation, _) => Draw(operation);
        world.PlanetScale.Faults.Otherwise = (operation, _) => Draw(operation);
    }

    /// <summary>How many there were.</summary>
    public int Count { get; private set; }

    private Fault? Draw(string operation)
    {
        if (!s_lists.Contains(operation) || _world.TimeOfDay >= s_noon)
        {
            return null;
        }

        lock (_gate)
        {
            if (_random.Next(OneOf) != 0)
            {
                return null;
            }

            Count++;
            var leftOut = _random.Next(12);
            return _random.Next(2) == 0 ? ListFaults.Lags(TimeSpan.FromMinutes(_random.Next(1, 6))) : ListFaults.LeavesOut(_ => leftOut-- == 0);
        }
    }
}
