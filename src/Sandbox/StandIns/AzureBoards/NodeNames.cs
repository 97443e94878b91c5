using System.Buffers;
using System.Text.RegularExpressions;

namespace IterationBranches.Sandbox.StandIns.AzureBoards;

/// <summary>What Azure Boards accepts as the name of an iteration, and where (https://learn.microsoft.com/azure/devops/organizations/settings/about-areas-iterations).</summary>
internal static partial class NodeNames
{
    /// <summary>Below the root.</summary>
    public const int MaxDepth = 13;

    private static readonly SearchValues<char> s_forbidden = SearchValues.Create("\\/$?*:\"&<>#%+");

    /// <param name="node">The one that is renamed or moved, which does not stand in its own way.</param>
    public static void Check(string name, IterationNode parent, IterationNode? node = null)
    {
        if (name.Length is 0 or > 255 || name.Any(char.IsControl) || name.AsSpan().ContainsAny(s_forbidden) || name is "." or ".." || Reserved().IsMatch(name))
        {
            throw new ArgumentException($"TF237088: An iteration cannot be named '{name}'.", nameof(name));
        }

        if (parent.FindChild(name) is { } sibling && sibling != node)
        {
            throw new ArgumentException($"TF237018: There is an iteration '{name}' under '{parent.Path}' already.", nameof(name));
        }

        if (parent.Levels.Count > MaxDepth || parent.Path.Length + name.Length + 1 >= 4000)
        {
            throw new ArgumentException($"The iteration '{name}' would be too deep.", nameof(name));
        }
    }

    [GeneratedRegex(@"^(PRN|COM\d|LPT\d|NUL|CON|AUX)\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Reserved();
}
