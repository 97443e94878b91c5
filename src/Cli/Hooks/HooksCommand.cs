using System.CommandLine;

namespace IterationBranches.Cli.Hooks;

/// <summary><c>hooks</c>: the app's service hooks in Azure DevOps, by an administrator and with his own credential.</summary>
internal static class HooksCommand
{
    public static Command Create() => new(
        "hooks",
        $"""
        Create, list, delete and test the service hooks that tell the app of new sprints.

        It is for an administrator of the Azure DevOps projects, and never uses the app's own credential: a personal access
        token in the environment variable {HookOptions.TokenVariable} or in --pat-file, or else the login of the Azure CLI (az login).
        Organization, projects and tracks come from the app's settings; no other of its settings is needed.
        """)
    {
        CreateHooks.Create(),
        ListHooks.Create(),
        DeleteHooks.Create(),
        TestHooks.Create(),
    };
}
