namespace IterationBranches.Sandbox.StandIns.PlanetScale;

/// <summary>Who made something.</summary>
internal sealed record Actor(string Id, string Type, string DisplayName);

internal sealed class Branch(string id, string name, string? parentId, Actor actor, DateTimeOffset createdAt)
{
    public const string DevelopmentSize = "PS_DEV";

    public string Id { get; } = id;

    public string Name { get; set; } = name;

    public string? ParentId { get; } = parentId;

    public Actor Actor { get; } = actor;

    public DateTimeOffset CreatedAt { get; } = createdAt;

    public TimeSpan ReadyAfter { get; set; }

    public bool Production { get; init; }

    public string ClusterSize { get; init; } = DevelopmentSize;

    public bool DeletionProtected { get; set; }

    /// <summary>The branch whose backup it was made from.</summary>
    public Branch? RestoredFrom { get; init; }

    public bool HasData { get; init; }

    /// <summary>The definition of each table.</summary>
    public SortedDictionary<string, string> Schema { get; init; } = new(StringComparer.Ordinal);

    public bool StaleSchema { get; set; }

    public DateTimeOffset? DeletionStartedAt { get; set; }

    public TimeSpan DeletionTakes { get; set; }

    /// <summary>Passwords of MySQL, roles of Postgres.</summary>
    public List<Credential> Credentials { get; } = [];

    public List<Backup> Backups { get; } = [];

    public History<Credential> FormerCredentials { get; } = new();

    public bool IsReady(DateTimeOffset now) => now - CreatedAt >= ReadyAfter;

    public Branch Copy() => (Branch)MemberwiseClone();

    public bool IsGone(DateTimeOffset now) => DeletionStartedAt is { } started && now - started >= DeletionTakes;
}

/// <summary>What a password and a role have in common.</summary>
internal abstract class Credential(string id, string name, Branch branch, Actor actor, string username, string plainText, DateTimeOffset createdAt)
{
    public string Id { get; } = id;

    public string Name { get; set; } = name;

    public Branch Branch { get; } = branch;

    public Actor Actor { get; } = actor;

    public string Username { get; } = username;

    public string PlainText { get; protected set; } = plainText;

    public DateTimeOffset CreatedAt { get; } = createdAt;

    public long? TtlSeconds { get; init; }

    public DateTimeOffset? ExpiresAt { get; set; }

    /// <summary>What it may do, in PlanetScale's words.</summary>
    public abstract string Rights { get; }

    public Credential Copy() => (Credential)MemberwiseClone();

    public bool IsExpired(DateTimeOffset now) => ExpiresAt <= now;

    public bool IsRenewable(DateTimeOffset now) => TtlSeconds is not null && !IsExpired(now);

    public void Renew(DateTimeOffset now) => ExpiresAt = now + TimeSpan.FromSeconds(TtlSeconds!.Value);
}

internal sealed class Password(string id, string name, string role, Branch branch, Actor actor, DateTimeOffset createdAt)
    : Credential(id, name, branch, actor, Names.NewUsername(), Names.NewPassword(), createdAt)
{
    public string Role { get; } = role;

    public IReadOnlyList<string>? Cidrs { get; init; }

    public bool Replica { get; init; }

    public override string Rights => Role;
}

/// <param name="State"><c>success</c>, or one of the others of the API.</param>
/// <param name="Schema">Of the branch, when it was taken.</param>
internal sealed record Backup(
    string Id, string State, Branch Branch, IReadOnlyDictionary<string, string> Schema, DateTimeOffset CompletedAt, DateTimeOffset? ExpiresAt)
{
    public bool IsUsable(DateTimeOffset now) => State == "success" && !(ExpiresAt <= now);
}

internal sealed class DeployRequest(int number, Branch branch, Branch intoBranch, DateTimeOffset createdAt)
{
    public int Number { get; } = number;

    public Branch Branch { get; } = branch;

    public Branch IntoBranch { get; } = intoBranch;

    public DateTimeOffset CreatedAt { get; } = createdAt;

    public DateTimeOffset? ClosedAt { get; set; }

    public DeployRequest Copy() => (DeployRequest)MemberwiseClone();
}
