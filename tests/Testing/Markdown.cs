using System.Text.RegularExpressions;

namespace IterationBranches.Testing;

/// <summary>What the documents say of themselves.</summary>
public static partial class Markdown
{
    /// <summary>The anchors of the headings, as GitHub makes them.</summary>
    public static IEnumerable<string> Anchors(string text) =>
        Heading().Matches(text).Select(heading => NotOfAnAnchor().Replace(heading.Groups["text"].Value.ToLowerInvariant(), "").Replace(' ', '-'));

    [GeneratedRegex("^#+ (?<text>.+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NotOfAnAnchor();
}
