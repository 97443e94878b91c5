namespace IterationBranches.Sandbox.Packaging;

/// <summary>A form in which the function app is deployed.</summary>
/// <param name="Name">What <c>package --host</c> takes.</param>
/// <param name="Project">The folder that is published, below the repository.</param>
/// <param name="Executable">The file at the root of the package that may be run; on Windows it has <c>.exe</c>.</param>
/// <param name="Required">What must be there besides, as patterns of the file system below the root.</param>
public sealed record DeployableHost(string Name, string Project, string Executable, IReadOnlyList<string> Required)
{
    public static IReadOnlyList<DeployableHost> All { get; } =
    [
        new("custom", "src/Functions", "iteration-branches", ["host.json", "*/function.json"]),
        new("isolated", "src/Functions.Isolated", "iteration-branches-isolated", ["host.json", "functions.metadata", "worker.config.json", "extensions.json", ".azurefunctions/function.deps.json"]),
    ];

    public string ExecutableFor(string runtime) => runtime.StartsWith("win", StringComparison.Ordinal) ? Executable + ".exe" : Executable;
}
