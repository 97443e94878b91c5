using System.Globalization;

namespace IterationBranches.Configuration;

/// <summary>Finds a character that cannot be in a setting, and names it; the setting itself may be a secret, and is not shown.</summary>
public static class Characters
{
    /// <summary>One that nobody sees, as an editor, a page or a pipe leaves it; null: there is none. The joiners of emojis and of some scripts may be.</summary>
    public static string? Unseen(string text) => First(text, one => one is not ('\u200C' or '\u200D') && char.GetUnicodeCategory(one)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);

    /// <summary>One that an address does not have; null: there is none.</summary>
    public static string? NotOfAddress(string text) => First(text, one => one is <= ' ' or >= '\x7f' or '"' or '<' or '>' or '\\' or '^' or '`' or '{' or '|' or '}');

    /// <summary>One that no token and no id has; null: there is none.</summary>
    public static string? NotOfToken(string text) => First(text, one => one is <= ' ' or >= '\x7f' or '"' or '\'' or ':' or ',' or ';');

    private static string? First(string text, Func<char, bool> isWrong)
    {
        var place = text.AsSpan().IndexOfAny([.. text.Where(isWrong).Take(1)]);
        return place < 0 ? null : $"character {place + 1} is {Describe(text[place])}";
    }

    private static string Describe(char one) => $"U+{(int)one:X4}{one switch
    {
        '\uFEFF' => ", a byte order mark",
        '\u200B' => ", a zero-width space",
        '\u00A0' => ", a no-break space",
        '\u2013' or '\u2014' => ", a dash that is no hyphen",
        '\r' or '\n' => ", a line break",
        ' ' => ", a blank",
        ':' => ", a colon",
        '"' or '\'' => ", a quotation mark",
        _ => "",
    }}";
}
