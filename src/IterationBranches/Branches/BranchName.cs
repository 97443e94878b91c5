using System.Text;
using IterationBranches.Configuration;
using IterationBranches.Iterations;

namespace IterationBranches.Branches;

/// <summary>
/// The branch name of an iteration: lower case, <c>[a-z0-9-]</c>, at most 60 characters. PlanetScale documents the
/// characters (https://planetscale.com/docs/vitess/integrations/github-actions) and no length; 60 leaves room.
/// </summary>
public static class BranchName
{
    public const int MaximumLength = 60;

    /// <summary>The plain name, from the track's template. Never empty: <c>iteration-{id8}</c> when no letter survives.</summary>
    public static string For(Track track, Iteration iteration)
    {
        var slug = Slug(iteration.Name);
        return Cut(
            Slug(track.BranchName
                .Replace("{iteration}", slug.Length == 0 ? $"iteration-{iteration.Id8}" : slug, StringComparison.Ordinal)
                .Replace("{track}", track.Name, StringComparison.Ordinal)),
            MaximumLength);
    }

    /// <summary>The name when the plain one is taken: with the first 8 hex digits of the iteration's id.</summary>
    public static string Suffixed(Track track, Iteration iteration)
    {
        var plain = For(track, iteration);
        var suffix = $"-{iteration.Id8}";
        return plain.EndsWith(suffix, StringComparison.Ordinal) ? plain : Cut(plain, MaximumLength - suffix.Length) + suffix;
    }

    private static string Slug(string text)
    {
        var slug = new StringBuilder(text.Length);
        foreach (var letter in Transliteration.ToAscii(text))
        {
            if (char.IsAsciiLetterOrDigit(letter))
            {
                slug.Append(char.ToLowerInvariant(letter));
            }
            else if (slug.Length > 0 && slug[^1] != '-')
            {
                slug.Append('-');
            }
        }

        return slug.ToString().TrimEnd('-');
    }

    private static string Cut(string slug, int length) => slug.Length <= length ? slug : slug[..length].TrimEnd('-');
}
