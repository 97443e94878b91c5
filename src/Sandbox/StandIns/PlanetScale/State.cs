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

    public DateTimeOffset UpdatedAt { get; set; } = createdAt;

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

    /// <summary>Of MySQL.</summary>
    public List<Password> Passwords { get; } = [];

    /// <summary>Of Postgres.</summary>
    public List<Role> Roles { get; } = [];

    public List<Backup> Backups { get; } = [];

    public IEnumerable<Credential> Credentials => [.. Passwords, .. Roles];

    public bool IsReady(DateTimeOffset now) => now - CreatedAt >= ReadyAfter;

    public bool IsGone(DateTimeOffset now) => DeletionStartedAt is { } started && now - started >= DeletionTakes;

    public bool RemoveCredential(string id) => Passwords.RemoveAll(password => password.Id == id) + Roles.RemoveAll(role => role.Id == id) > 0;
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

    public bool IsExpired(DateTimeOffset now) => ExpiresAt <= now;

    public bool IsRenewable(DateTimeOffset now) => TtlSeconds is not null && !IsExpired(now);

    public void Renew(DateTimeOffset now) => ExpiresAt = now + TimeSpan.FromSeconds(TtlSeconds!.Value);
}

internal sealed class Password(string id, string name, string role, Branch branch, Actor actor, DateTimeOffset createdAt)
    : Credential(id, name, branch, actor, Names.NewUsername(), Names.NewPassword(), createdAt)
{
    public string Role { get; } = role;

    public IReadOnlyList<string>? Cidrs { get; set; }

    public bool Replica { get; init; }

    public override string Rights => Role;
}

internal sealed class Role(string id, string name, IReadOnlyList<string> inheritedRoles, Branch branch, Actor actor, DateTimeOffset createdAt)
    : Credential(id, name, branch, actor, $"pscale_api_{id}.{branch.Id}", Names.NewPassword(), createdAt)
{
    public IReadOnlyList<string> InheritedRoles { get; } = inheritedRoles;

    public string BaseUsername { get; } = $"pscale_api_{id}";

    public DateTimeOffset UpdatedAt { get; set; } = createdAt;

    /// <summary>It has created a table, or something else that needs an owner.</summary>
    public bool OwnsObjects { get; set; }

    public override string Rights => string.Join(',', InheritedRoles);

    public void Reset() => PlainText = Names.NewPassword();
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
}
