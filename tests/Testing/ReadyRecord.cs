namespace IterationBranches.Testing;

/// <summary>What a record that is ready has, seen from outside.</summary>
public static class ReadyRecord
{
    /// <summary>In the order of their names.</summary>
    public static IReadOnlyList<string> Tags { get; } =
    [
        "CredentialId", "ProviderAddress", "branch-id", "claim", "finish", "iteration-id",
        "iteration-path", "managed-by", "state", "track",
    ];
}
