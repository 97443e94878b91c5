using IterationBranches.Branches;
using IterationBranches.Configuration;
using IterationBranches.Credentials;
using IterationBranches.Iterations;
using IterationBranches.Records;

namespace IterationBranches.Provisioning;

/// <summary>What one look at a track found: wanted, found, and the clock. All that <see cref="Plan"/> knows.</summary>
public sealed record World
{
    public required Track Track { get; init; }

    /// <summary>The PlanetScale organization, for <see cref="Record.ProviderAddress"/>.</summary>
    public required string Organization { get; init; }

    public required DateTimeOffset Now { get; init; }

    /// <summary>The day in <c>Boards__TimeZone</c>.</summary>
    public required DateOnly Today { get; init; }

    public required TimeZoneInfo TimeZone { get; init; }

    public required IReadOnlyList<Iteration> Iterations { get; init; }

    public required Database Database { get; init; }

    public required IReadOnlyList<Branch> Branches { get; init; }

    public required VaultListing Vault { get; init; }

    /// <summary>The versions of the records that are wanted, the newest first, by secret name.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<Record>> Versions { get; init; }

    /// <summary>The credentials of the branches that our records name, by branch id. A branch that is missing here was not asked.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<Credential>> Credentials { get; init; }

    public required TrackMemory Memory { get; init; }

    /// <summary>Who we are on PlanetScale; null while it is unknown, and then nothing unrecorded is ours.</summary>
    public string? ActorId { get; init; }

    /// <summary>The branches that this very run made: ours even while PlanetScale names no actor.</summary>
    public IReadOnlySet<string> MadeNow { get; init; } = new HashSet<string>();

    public string Parent => Track.ParentBranch ?? Database.DefaultBranch;

    public Branch? BranchById(string id) => Branches.FirstOrDefault(branch => branch.Id == id);

    public Branch? BranchByName(string name) => Branches.FirstOrDefault(branch => string.Equals(branch.Name, name, StringComparison.OrdinalIgnoreCase));

    public World With(Record record) => this with { Vault = Vault.With(record) };

    public World WithMade(Branch branch) => this with
    {
        Branches = [.. Branches.Where(other => other.Id != branch.Id), branch],
        MadeNow = new HashSet<string>(MadeNow) { branch.Id },
        ActorId = branch.ActorId ?? ActorId,
    };

    public World WithCredentials(string branchId, IReadOnlyList<Credential> credentials) => this with
    {
        Credentials = new Dictionary<string, IReadOnlyList<Credential>>(Credentials) { [branchId] = credentials },
    };
}
