namespace IterationBranches.Sandbox.Packaging;

/// <summary>The function app as it is deployed.</summary>
public static class DeployableApp
{
    /// <summary>The folder that is published, below the repository.</summary>
    public const string Project = "src/Functions";

    /// <summary>What must be at the root: what the Functions host reads, and how it starts the worker.</summary>
    public static IReadOnlyList<string> Required { get; } =
        ["host.json", "functions.metadata", "worker.config.json", "extensions.json", ".azurefunctions/function.deps.json"];
}
