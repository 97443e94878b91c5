using System.Diagnostics;

namespace IterationBranches.Sandbox.FunctionsHost.CoreTools;

/// <summary>The program <c>func</c> of the Azure Functions Core Tools.</summary>
/// <param name="Path">The file.</param>
public sealed record FuncProgram(string Path)
{
    // npm puts a script beside it on Windows.
    private static readonly string[] s_names = OperatingSystem.IsWindows() ? ["func.exe", "func.cmd"] : ["func"];

    /// <param name="path">The file, or its folder; null: on the PATH.</param>
    /// <exception cref="HostConfigurationException">It is not there.</exception>
    public static FuncProgram Find(string? path)
    {
        var folders = path is null ? (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries) : [path];
        var found = File.Exists(path) ? path : folders.SelectMany(folder => s_names.Select(name => System.IO.Path.Combine(folder, name))).FirstOrDefault(File.Exists);
        return found is null
            ? throw new HostConfigurationException(
                $"func of the Azure Functions Core Tools 4 was not found {(path is null ? "on the PATH" : $"at {path}")}. Install them (npm install --global azure-functions-core-tools@4), or give its path: --func PATH.")
            : new(System.IO.Path.GetFullPath(found));
    }

    /// <summary>What runs it in a folder.</summary>
    public ProcessStartInfo Start(IEnumerable<string> arguments, string workingDirectory)
    {
        var isScript = System.IO.Path.GetExtension(Path).Equals(".cmd", StringComparison.OrdinalIgnoreCase);
        return new ProcessStartInfo(isScript ? "cmd.exe" : Path, isScript ? ["/c", Path, .. arguments] : arguments) { WorkingDirectory = workingDirectory };
    }
}
