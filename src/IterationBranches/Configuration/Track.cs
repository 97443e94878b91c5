using IterationBranches.Branches;
using IterationBranches.Credentials;

namespace IterationBranches.Configuration;

/// <summary>The text in which a record holds a connection.</summary>
public enum SecretFormat
{
    /// <summary><c>Server=…;Port=3306;…</c>, as MySqlConnector reads it; on Postgres <c>Host=…;Port=5432;…</c>, as Npgsql does.</summary>
    AdoNet,

    /// <summary><c>mysql://…</c>; on Postgres <c>postgresql://…?sslmode=verify-full</c>.</summary>
    Url,

    /// <summary>A URL as Prisma reads it (<c>sslaccept=strict</c>).</summary>
    Prisma,

    /// <summary>As go-sql-driver/mysql reads it; on Postgres a URL, as pgx does.</summary>
    Go,

    /// <summary>A document with every field.</summary>
    Json,
}

/// <summary>What happens to a branch after its iteration.</summary>
public enum Retirement
{
    Keep,
    Revoke,
    Delete,
}

/// <summary>One Azure Boards team, or iteration subtree, tied to one PlanetScale database. Settings, validated.</summary>
public sealed record Track
{
    public required string Name { get; init; }

    /// <summary>Name or id of the Azure DevOps project.</summary>
    public required string Project { get; init; }

    /// <summary>Name or id of the team; null: the project's default team.</summary>
    public string? Team { get; init; }

    /// <summary>Path below the project (<c>Release 5</c>); with it the project's tree is read instead of a team's list.</summary>
    public string? IterationRoot { get; init; }

    public required string Database { get; init; }

    /// <summary>Null: the database's default branch.</summary>
    public string? ParentBranch { get; init; }

    /// <summary>A template with <c>{iteration}</c> and <c>{track}</c>.</summary>
    public string BranchName { get; init; } = "{iteration}";

    /// <summary>How long before its start an iteration gets its branch, in whole days; null: always.</summary>
    public TimeSpan? LeadTime { get; init; } = TimeSpan.FromDays(3);

    /// <summary>How long after the finish day the credential stays valid, in whole days.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromDays(7);

    public TimeSpan RotationGrace { get; init; } = TimeSpan.FromDays(7);

    public CredentialRole Role { get; init; } = CredentialRole.Admin;

    public IReadOnlyList<string> AllowedCidrs { get; init; } = [];

    public SecretFormat SecretFormat { get; init; } = SecretFormat.AdoNet;

    /// <summary>The name of the alias.</summary>
    public required string Alias { get; init; }

    public required Retirement Retire { get; init; }

    /// <summary>Whether a branch is deleted though its schema is not its parent's.</summary>
    public bool RetireUndeployed { get; init; }

    /// <summary>Whether branches are made with the parent's data.</summary>
    public bool DataBranching { get; init; }

    /// <summary>Whether a branch that Data Branching made may be a production one, with its cost and its data.</summary>
    public bool AllowProductionBranch { get; init; }

    /// <summary>The size of a branch that is restored from a backup (Postgres).</summary>
    public string ClusterSize { get; init; } = BranchSeed.Restore.DevelopmentSize;

    /// <summary>Patterns (<c>*</c>, <c>?</c>) of Git branches whose first push causes a look.</summary>
    public IReadOnlyList<string> GitBranches { get; init; } = [];

    /// <summary>Resource ids of App Service sites that are asked to fetch their Key Vault references again when the alias moves.</summary>
    public IReadOnlyList<string> RefreshSites { get; init; } = [];

    public override string ToString() => Name;
}
