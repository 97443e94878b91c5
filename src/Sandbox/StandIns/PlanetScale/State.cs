namespace IterationBranches.Sandbox.StandIns.PlanetScale;

/// <summary>A branch as an outside check sees it.</summary>
/// <param name="Deleting">Its deletion was accepted, but it can still be seen and its name is still taken.</param>
public sealed record BranchState(
    string Id, string Name, string? ParentBranch, bool Production, bool DeletionProtected, bool Ready, bool Deleting, DateTimeOffset CreatedAt, string ActorId);

/// <summary>A password as an outside check sees it: never its plain text.</summary>
public sealed record PasswordState(string Id, string Name, string BranchId, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, string Role, string ActorId);

/// <summary>Who made something.</summary>
internal sealed record Actor(string Id, string Type, string DisplayName);

internal sealed class Branch(string id, string name, string? parentId, Actor actor, DateTimeOffset createdAt)
{
    public string Id { get; } = id;

    public string Name { get; set; } = name;

    public string? ParentId { get; } = parentId;

    public Actor Actor { get; } = actor;

    public DateTimeOffset CreatedAt { get; } = createdAt;

    public DateTimeOffset UpdatedAt { get; set; } = createdAt;

    public TimeSpan ReadyAfter { get; set; }

    public bool Production { get; init; }

    public bool DeletionProtected { get; set; }

    /// <summary>The branch whose data it was seeded with.</summary>
    public Branch? RestoredFrom { get; init; }

    public DateTimeOffset? DeletionStartedAt { get; set; }

    public TimeSpan DeletionTakes { get; set; }

    public List<Password> Passwords { get; } = [];

    public bool IsReady(DateTimeOffset now) => now - CreatedAt >= ReadyAfter;

    public bool IsGone(DateTimeOffset now) => DeletionStartedAt is { } started && now - started >= DeletionTakes;
}

internal sealed class Password(string id, string name, string role, Branch branch, Actor actor, string username, string plainText, DateTimeOffset createdAt)
{
    public string Id { get; } = id;

    public string Name { get; set; } = name;

    public string Role { get; } = role;

    public Branch Branch { get; } = branch;

    public Actor Actor { get; } = actor;

    public string Username { get; } = username;

    public string PlainText { get; } = plainText;

    public DateTimeOffset CreatedAt { get; } = createdAt;

    public IReadOnlyList<string>? Cidrs { get; set; }

    public long? TtlSeconds { get; init; }

    public bool Replica { get; init; }

    public DateTimeOffset? ExpiresAt { get; set; }

    public bool IsExpired(DateTimeOffset now) => ExpiresAt <= now;

    public bool IsRenewable(DateTimeOffset now) => TtlSeconds is not null && !IsExpired(now);
}
