namespace IterationBranches.Iterations;

/// <summary>
/// The one form in which a path of iterations is asked for, and compared with what an event says: its parts without blanks
/// around them, between single backslashes. Azure Boards takes neither separator in a name.
/// </summary>
internal static class IterationPaths
{
    private static readonly char[] s_separators = ['\\', '/'];

    public static string[] Parts(string path) => path.Split(s_separators, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <param name="path">With the project's name before it, as work items have it.</param>
    /// <param name="root">Without that name; empty: the project itself.</param>
    public static bool IsBelow(string path, string root)
    {
        var roots = Parts(root);
        return Parts(path).Skip(1).Take(roots.Length).SequenceEqual(roots, StringComparer.OrdinalIgnoreCase);
    }
}
