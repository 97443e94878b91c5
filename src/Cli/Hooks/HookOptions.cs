using System.CommandLine;

namespace IterationBranches.Cli.Hooks;

/// <summary>What the verbs of <c>hooks</c> have in common. Each secret can come from where no shell's history keeps it.</summary>
internal static class HookOptions
{
    /// <summary>The name that the Azure CLI's own extension for Azure DevOps reads.</summary>
    public const string TokenVariable = "AZURE_DEVOPS_EXT_PAT";
    public const string UrlVariable = "HOOKS_URL";
    public const string KeyVariable = "HOOKS_FUNCTION_KEY";

    public static Option<string?> Url { get; } = new("--url") { Description = $"The app's address, as https://NAME.azurewebsites.net (else from {UrlVariable})" };

    public static Option<string?> Key { get; } = new("--key") { Description = $"The function's key; better --key-file, or {KeyVariable}: a shell keeps what is typed" };

    public static Option<FileInfo?> KeyFile { get; } = File("--key-file", "A file with the function's key; - is standard input");

    public static Option<string?> Password { get; } = new("--password") { Description = "The hooks' password; better --password-file, or ServiceHook__Password as the app has it" };

    public static Option<FileInfo?> PasswordFile { get; } = File("--password-file", "A file with the hooks' password; - is standard input");

    public static Option<FileInfo?> TokenFile { get; } = File("--pat-file", $"A file with your personal access token; - is standard input (else {TokenVariable}, else az login)");

    public static Option<string[]> Tracks { get; } = new("--track") { Description = "Only this track; can be given several times" };

    public static Option<bool> DryRun { get; } = new("--dry-run") { Description = "Only say what would be done" };

    public static Option<bool> Json { get; } = new("--json") { Description = "Print the result as JSON" };

    // Not by FileInfo's own parser, to which "-" is a name like any other.
    private static Option<FileInfo?> File(string name, string description) => new(name) { Description = description };
}
