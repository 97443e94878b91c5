using System.ComponentModel;
using System.Diagnostics;

namespace IterationBranches.Sandbox.FunctionsHost.Flex;

/// <summary>
/// The app root on a file system that refuses every write, in a mount namespace that only the worker sees. Permissions would not
/// do: root passes them. Only on Linux, for root or where users may have namespaces of their own.
/// </summary>
public sealed class ReadOnlyRoot
{
    // The working directory was entered before the mount, and would lead past it.
    private const string Enter = """mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && cd "$2" && shift 2 && exec "$@" """;

    private static readonly string[] s_namespaces = ["--mount", "--user --map-root-user --mount"];

    private readonly string _path;
    private readonly string _namespace;

    private ReadOnlyRoot(string path, string namespaces) => (_path, _namespace) = (path, namespaces);

    /// <returns>Null: this machine has no such mounts.</returns>
    public static async Task<ReadOnlyRoot?> FindAsync(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        foreach (var root in s_namespaces.Select(namespaces => new ReadOnlyRoot(path, namespaces)))
        {
            if (await root.WorksAsync())
            {
                return root;
            }
        }

        return null;
    }

    /// <summary>What starts a program with the root mounted so; the program takes the place of the process that is started.</summary>
    public ProcessStartInfo Start(string executable, IEnumerable<string> arguments, string workingDirectory) => new(
        "unshare", [.. _namespace.Split(' '), "--", "sh", "-c", Enter, "sh", _path, workingDirectory, executable, .. arguments])
    { WorkingDirectory = workingDirectory };

    private async Task<bool> WorksAsync()
    {
        var start = Start("true", [], _path);
        start.RedirectStandardError = true;
        try
        {
            using var process = Process.Start(start)!;
            await process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            // There is no unshare.
            return false;
        }
    }
}
