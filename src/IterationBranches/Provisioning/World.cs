using IterationBranches.Branches;
using IterationBranches.Configuration;
using IterationBranches.Credentials;
using IterationBranches.Iterations;
using IterationBranches.Records;

namespace IterationBranches.Provisioning;

/// <summary>What PlanetScale says of a branch that is about to be deleted.</summary>
/// <param name="Against">Why it is kept, as a person would say it; null: nothing speaks against its deletion.</param>
public sealed record Inspection(string? Against);

/// <summary>What a plan has to know besides, before it can say what comes next: secrets and branches that are rarely of interest.</summary>
/// <param name="Records">Secret names whose versions are to be read.</param>
/// <param name="Aliases">The same, of aliases.</param>
/// <param name="Branches">Ids of branches to inspect before their deletion.</param>
/// <param name="Vault">Whether the vault is to be listed once more, because something is concluded from what no record says.</param>
public sealed record Unread(IReadOnlySet<string> Records, IReadOnlySet<string> Aliases, IReadOnlySet<string> Branches, bool Vault = false)
{
    public static Unread Nothing { get; } = new(new HashSet<string>(), new HashSet<string>(), new HashSet<string>());

    public static Unread OfVault { get; } = Nothing with { Vault = true };

    public bool IsNothing => Records.Count + Aliases.Count + Branches.Count == 0 && !Vault;

    public static Unread Of(IEnumerable<string>? records = null, IEnumerable<string>? aliases = null, IEnumerable<string>? branches = null) =>
        new((records ?? []).ToHashSet(), (aliases ?? []).ToHashSet(), (branches ?? []).ToHashSet());

    public static Unread All(IEnumerable<Unread> parts)
    {
        var all = parts.ToList();
        return Of(all.SelectMany(part => part.Records), all.SelectMany(part => part.Aliases), all.SelectMany(part => part.Branches)) with { Vault = all.Exists(part => part.Vault) };
    }
}

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

    /// <inheritdoc cref="KeyVaultSettings.MaximumValidity"/>
    public TimeSpan MaximumValidity { get; init; } = TimeSpan.FromDays(90);

    public required IReadOnlyList<Iteration> Iterations { get; init; }

    /// <summary>
    /// The other iterations of the project that records of the track name. Null: they could not be seen, and then nothing
    /// is concluded for those records.
    /// </summary>
    public IReadOnlyList<Iteration>? Deselected { get; init; } = [];

    public required Database Database { get; init; }

    public required IReadOnlyList<Branch> Branches { get; init; }

    public required VaultListing Vault { get; init; }

    /// <summary>Whether the vault was listed twice. A list may leave something out; what no record says is concluded from two alone.</summary>
    public bool IsVaultListedTwice { get; init; }

    /// <summary>
    /// The versions of records, the newest first, by secret name: those of the wanted iterations, listed or not, and what the plan
    /// found <see cref="Unread"/>. An empty one says that there is no such record.
    /// </summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<Record>> Versions { get; init; }

    /// <summary>The versions of the track's aliases, the newest first, by secret name; only what the plan found <see cref="Unread"/>.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<Alias>> AliasVersions { get; init; } = new Dictionary<string, IReadOnlyList<Alias>>();

    /// <summary>What speaks against the deletion of a branch, by branch id; only what the plan found <see cref="Unread"/>.</summary>
    public IReadOnlyDictionary<string, Inspection> Inspections { get; init; } = new Dictionary<string, Inspection>();

    /// <summary>The credentials of the branches that our records name, by branch id. A branch that is missing here was not asked.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<Credential>> Credentials { get; init; }

    /// <summary>Why the credentials of some branches are missing there, as a person would say it.</summary>
    public IReadOnlyList<string> Unseen { get; init; } = [];

    /// <summary>Why those of no branch can be seen, though one at least is awake: it is not permitted. Null: some can.</summary>
    public string? WhyNoneSeen { get; init; }

    public required TrackMemory Memory { get; init; }

    /// <summary>What an operator asked for; null: nothing.</summary>
    public LookOperation? Operation { get; init; }

    /// <summary>Who we are on PlanetScale; null while it is unknown, and then nothing unrecorded is ours.</summary>
    public string? ActorId { get; init; }

    /// <summary>Whether this run has tried to find out who we are, and PlanetScale did not say.</summary>
    public bool IsActorUntold { get; init; }

    /// <summary>The branches that this very run made: ours even while PlanetScale names no actor.</summary>
    public IReadOnlySet<string> MadeNow { get; init; } = new HashSet<string>();

    public string Parent => Track.ParentBranch ?? Database.DefaultBranch;

    private BranchIndex? _index;

    // A copy with other branches has its predecessor's index at first.
    private BranchIndex Indexed => _index is { } index && ReferenceEquals(index.Of, Branches) ? index : _index = new BranchIndex(Branches);

    public Branch? BranchById(string id) => Indexed.ById.GetValueOrDefault(id);

    public Branch? BranchByName(string name) => Indexed.ByName.GetValueOrDefault(name);

    /// <summary>The branches that were made from this one.</summary>
    public IEnumerable<Branch> ChildrenOf(Branch branch) => Indexed.ByParent[branch.Name].Where(child => child.Id != branch.Id);

    public World Without(Branch branch) => this with { Branches = [.. Branches.Where(other => other.Id != branch.Id)] };

    public World With(params IReadOnlyCollection<Record> records) => this with { Vault = Vault.With(records) };

    public World With(Alias alias) => this with { Vault = Vault.With(alias) };

    public World WithMade(Branch branch) => With(branch) with
    {
        MadeNow = new HashSet<string>(MadeNow) { branch.Id },
        ActorId = branch.ActorId ?? ActorId,
    };

    public World WithCredentials(string branchId, IReadOnlyList<Credential> credentials) => this with
    {
        Credentials = new Dictionary<string, IReadOnlyList<Credential>>(Credentials) { [branchId] = credentials },
    };

    /// <summary>As they were found by their own ids or names.</summary>
    public World With(params IReadOnlyCollection<Branch> branches)
    {
        var ids = branches.Select(branch => branch.Id).ToHashSet();
        return this with { Branches = [.. Branches.Where(other => !ids.Contains(other.Id)), .. branches] };
    }

    private sealed class BranchIndex(IReadOnlyList<Branch> branches)
    {
        public IReadOnlyList<Branch> Of { get; } = branches;

        public Dictionary<string, Branch> ById { get; } = branches.GroupBy(branch => branch.Id).ToDictionary(group => group.Key, group => group.First());

        public Dictionary<string, Branch> ByName { get; } =
            branches.GroupBy(branch => branch.Name, StringComparer.OrdinalIgnoreCase).ToDictionary(group => group.Key, group => group.First(), StringComparer.OrdinalIgnoreCase);

        public ILookup<string, Branch> ByParent { get; } = branches.ToLookup(branch => branch.Parent ?? "", StringComparer.OrdinalIgnoreCase);
    }
}
