namespace IterationBranches.Sandbox.Packaging;

/// <summary>The function app as it is deployed.</summary>
public static class DeployableApp
{
    /// <summary>The folder that is published, below the repository.</summary>
    public const string Project = "src/Functions";

    /// <summary>The file at the root of the package that may be run; on Windows it has <c>.exe</c>.</summary>
    public const string Executable = "IterationBranches.Functions";

    /// <summary>What must be there besides, below the root: what the Functions host reads, and how it starts the worker.</summary>
    public static IReadOnlyList<string> Required { get; } =
        ["host.json", "functions.metadata", "worker.config.json", "extensions.json", ".azurefunctions/function.deps.json"];

    public static string ExecutableFor(string runtime) => runtime.StartsWith("win", StringComparison.Ordinal) ? Executable + ".exe" : Executable;
}
