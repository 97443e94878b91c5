namespace IterationBranches.Sandbox.StandIns.PlanetScale;

/// <summary>A database, and what its owner can set about it.</summary>
public sealed class PlanetScaleDatabase
{
    internal PlanetScaleDatabase(string id, string organization, string name, string kind, DateTimeOffset createdAt) =>
        (Id, Organization, Name, Kind, CreatedAt) = (id, organization, name, kind, createdAt);

    public string Id { get; }

    public string Organization { get; }

    public string Name { get; }

    /// <summary><c>mysql</c> or <c>postgresql</c>.</summary>
    public string Kind { get; }

    /// <summary>False while a new database is being set up: branches are refused with 400.</summary>
    public bool Ready { get; set; } = true;

    public bool AllowDataBranching { get; set; }

    /// <summary>How many branches that are not production may exist at once; PlanetScale's own limit is 100.</summary>
    public int DevelopmentBranchLimit { get; set; } = 100;

    /// <summary>How many branches that were made from a backup may exist at once. PlanetScale says that there is a limit, not which.</summary>
    public int RestoredBranchLimit { get; set; } = 100;

    internal DateTimeOffset CreatedAt { get; }

    internal List<Branch> Branches { get; } = [];

    internal List<DeployRequest> DeployRequests { get; } = [];

    internal History<Branch> FormerBranches { get; } = new();

    internal History<DeployRequest> FormerDeployRequests { get; } = new();

    internal Branch Default { get; set; } = null!;

    internal bool IsMySql => Kind == "mysql";

    internal int DevelopmentBranches => Branches.Count(branch => !branch.Production);

    internal bool IsAtLimit => DevelopmentBranches >= DevelopmentBranchLimit;

    internal bool IsAtRestoreLimit => Branches.Count(branch => branch.RestoredFrom is not null) >= RestoredBranchLimit;

    internal IEnumerable<Branch> ChildrenOf(Branch branch) => Branches.Where(child => child.ParentId == branch.Id);

    internal string? ParentName(Branch branch) => Branches.Find(parent => parent.Id == branch.ParentId)?.Name;
}
