namespace IterationBranches.Sandbox.StandIns.PlanetScale;

/// <summary>A branch as an outside check sees it.</summary>
/// <param name="Deleting">Its deletion was accepted, but it can still be seen and its name is still taken.</param>
public sealed record BranchState(
    string Id, string Name, string? ParentBranch, bool Production, bool DeletionProtected, bool Ready, bool Deleting, DateTimeOffset CreatedAt, string ActorId)
{
    /// <summary>The name of the branch whose backup it was made from, or null.</summary>
    public string? RestoredFrom { get; init; }

    /// <summary>Whether there are rows in its tables.</summary>
    public bool HasData { get; init; }

    /// <summary>With commas, in their order; a text, so that two states can be compared.</summary>
    public required string Tables { get; init; }

    public required string ClusterSize { get; init; }
}

/// <summary>A password of MySQL or a role of Postgres as an outside check sees it: never its plain text.</summary>
/// <param name="Role">A password's role; of a Postgres role the ones that it inherits, with commas.</param>
public sealed record PasswordState(string Id, string Name, string BranchId, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, string Role, string ActorId);
