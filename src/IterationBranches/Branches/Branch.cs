namespace IterationBranches.Branches;

public enum DatabaseKind
{
    MySql,
    Postgres,

    /// <summary>A kind that PlanetScale had not when this was written.</summary>
    Unknown,
}

/// <param name="AtBranchLimit">PlanetScale refuses further development branches (<c>at_development_branch_usage_limit</c>).</param>
/// <param name="AsOf">PlanetScale's clock when it answered (its <c>Date</c> header); claims carry it, so that a branch's age is judged by one clock.</param>
public sealed record Database(string Name, DatabaseKind Kind, string DefaultBranch, bool Ready, bool AtBranchLimit, DateTimeOffset AsOf)
{
    /// <summary>Whether Data Branching is switched on (<c>allow_data_branching</c>); MySQL only.</summary>
    public bool AllowsDataBranching { get; init; }

    /// <summary>PlanetScale refuses further branches from backups (<c>at_backup_restore_branches_limit</c>).</summary>
    public bool AtRestoreLimit { get; init; }

    /// <summary>How many there are (<c>development_branches_count</c>); null when PlanetScale does not say. It never says how many there may be.</summary>
    public int? DevelopmentBranches { get; init; }
}

/// <param name="Id">The public id, which survives a rename; branches are addressed by it.</param>
/// <param name="Parent">The name of the parent branch, or null.</param>
/// <param name="Protected">Whether deletion protection is on.</param>
/// <param name="ActorId">Who made it: a user's or a service token's actor id; null when PlanetScale does not say.</param>
public sealed record Branch(
    string Id, string Name, string? Parent, bool Ready, bool Production, bool Protected, DateTimeOffset CreatedAt, string? ActorId)
{
    /// <summary>The size of its cluster as PlanetScale writes it (<c>PS_80</c>); null when it does not say.</summary>
    public string? ClusterName { get; init; }

    /// <summary>The id of the branch whose backup it was made from (<c>restored_from_branch</c>), seeded or restored; null: from none.</summary>
    public string? RestoredFrom { get; init; }

    /// <summary>Its schema has changed since PlanetScale last read it (<c>stale_schema</c>), so what is said of the schema is old.</summary>
    public bool StaleSchema { get; init; }

    /// <summary>A development branch that nobody has used for a while sleeps, and then PlanetScale answers 404 to what is inside it.</summary>
    public bool Asleep { get; init; }

    /// <summary>PlanetScale names a time of its deletion, and lists it still.</summary>
    public bool Deleting { get; init; }
}

/// <summary>The data that a new branch begins with.</summary>
public abstract record BranchSeed
{
    private BranchSeed()
    {
    }

    /// <summary>MySQL's Data Branching: the parent's latest successful backup. From a production parent comes a production branch of the parent's size.</summary>
    public sealed record DataBranching : BranchSeed;

    /// <summary>
    /// A backup that is named: the way to the parent's schema and data on Postgres, whose plain branches are empty.
    /// </summary>
    /// <param name="ClusterSize">Of the new branch; at the development size it is a development branch.</param>
    public sealed record Restore(string BackupId, string ClusterSize = Restore.DevelopmentSize) : BranchSeed
    {
        public const string DevelopmentSize = "PS_DEV";
    }
}

/// <summary>A successful backup.</summary>
public sealed record Backup(string Id, string Name, DateTimeOffset CompletedAt, DateTimeOffset? ExpiresAt);

/// <param name="IntoBranch">The name of the branch that it changes.</param>
public sealed record DeployRequest(int Number, string Branch, string IntoBranch);

/// <summary>How the schema of a branch differs from its parent's.</summary>
/// <param name="Tables">Those that only one of the two has, or that are defined otherwise.</param>
/// <param name="IsStale">One of the two has changed since PlanetScale last read it: whether they are equal cannot be said.</param>
public sealed record SchemaDifference(IReadOnlyList<string> Tables, bool IsStale)
{
    public bool IsEqual => Tables.Count == 0 && !IsStale;
}

public interface IBranchProvider
{
    /// <summary>API: <c>get_database</c>.</summary>
    Task<Database> GetDatabaseAsync(string database, CancellationToken cancellationToken);

    /// <summary>All branches, from all pages; one that is being deleted is among them until it is gone. A list may lag: see <see cref="FindBranchAsync"/>. API: <c>list_branches</c>.</summary>
    Task<IReadOnlyList<Branch>> ListBranchesAsync(string database, CancellationToken cancellationToken);

    /// <summary>One branch by its own id or name, which shows it as it is while a list may leave it out. API: <c>get_branch</c>.</summary>
    /// <returns>Null when there is none.</returns>
    Task<Branch?> FindBranchAsync(string database, string idOrName, CancellationToken cancellationToken);

    /// <summary>Not repeated after a lost answer. API: <c>create_branch</c>.</summary>
    /// <param name="seed">Null: the parent's schema and no data on MySQL; neither on Postgres.</param>
    /// <returns>The branch, which is not ready yet; or null when the name is taken.</returns>
    Task<Branch?> CreateBranchAsync(string database, string name, string parent, BranchSeed? seed, CancellationToken cancellationToken);

    /// <summary>
    /// Asks for a deletion, or finds that the branch is gone. PlanetScale deletes later: the branch is listed, and its name
    /// taken, until then. Branches made from it are never deleted with it. API: <c>delete_branch</c>.
    /// </summary>
    Task DeleteBranchAsync(string database, Branch branch, CancellationToken cancellationToken);

    /// <summary>MySQL only: the open deploy requests from the branch or into it. API: <c>list_deploy_requests</c>.</summary>
    Task<IReadOnlyList<DeployRequest>> ListOpenDeployRequestsAsync(string database, Branch branch, CancellationToken cancellationToken);

    /// <summary>MySQL only: what the branch has and its parent has not, or has otherwise; without a parent, every table. API: <c>get_branch_schema</c>, of both.</summary>
    Task<SchemaDifference> CompareSchemaAsync(string database, Branch branch, Branch? parent, CancellationToken cancellationToken);

    /// <summary>The latest successful backup of a branch that is not expired, or null. API: <c>list_backups</c>.</summary>
    /// <param name="branch">Its id or its name.</param>
    Task<Backup?> FindLatestBackupAsync(string database, string branch, CancellationToken cancellationToken);
}
