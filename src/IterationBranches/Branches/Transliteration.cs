using System.Collections.Frozen;
using System.Text;

namespace IterationBranches.Branches;

/// <summary>
/// Letters of the Latin, Greek and Cyrillic scripts in ASCII. The runtime's own normalization needs ICU, which the
/// Functions host's image need not carry. What is not in the table stays as it is.
/// </summary>
internal static class Transliteration
{
    private static readonly (string Ascii, string Letters)[] s_table =
    [
        // Signs that have no sound of their own.
        ("", "ьъ"),
        ("a", "àáâãäåāăąǎǟǡǻȁȃȧάαаḁẚạảấầẩẫậắằẳẵặ"),
        ("ae", "æ"),
        ("b", "бḃḅḇ"),
        ("c", "çćĉċčћḉ"),
        ("ch", "χч"),
        ("d", "ðďđδдḋḍḏḑḓ"),
        ("dj", "ђ"),
        ("dz", "ǆǳѕџ"),
        ("e", "èéêëēĕėęěȅȇȩəέεеэёḕḗḙḛḝẹẻẽếềểễệ"),
        ("f", "ƒφфḟ"),
        ("g", "ĝğġģǧǵγгѓґḡ"),
        ("h", "ĥħȟḣḥḧḩḫẖ"),
        ("i", "İìíîïĩīĭįıǐȉȋΐήίηιϊийіḭḯỉị"),
        ("ij", "ĳ"),
        ("j", "ĵǰј"),
        ("k", "ķĸǩκкќḱḳḵ"),
        ("kh", "х"),
        ("l", "ĺļľŀłλлḷḹḻḽ"),
        ("lj", "ǉљ"),
        ("m", "μмḿṁṃ"),
        ("n", "ñńņňŉŋǹνнṅṇṉṋ"),
        ("nj", "ǌњ"),
        ("o", "òóôõöøōŏőơǒǫǭȍȏȫȭȯȱοωόώоṍṏṑṓọỏốồổỗộớờởỡợ"),
        ("oe", "œ"),
        ("p", "πпṕṗ"),
        ("ps", "ψ"),
        ("r", "ŕŗřȑȓρрṙṛṝṟ"),
        ("s", "śŝşšſșςσсṡṣṥṧṩẛ"),
        ("sh", "ш"),
        ("shch", "щ"),
        ("ss", "ß"),
        ("t", "ţťŧțτтṫṭṯṱẗ"),
        ("th", "þθ"),
        ("ts", "ц"),
        ("u", "ùúûüũūŭůűųưǔǖǘǚǜȕȗуўṳṵṷṹṻụủứừửữự"),
        ("v", "βвṽṿ"),
        ("w", "ŵẁẃẅẇẉẘ"),
        ("x", "ξẋẍ"),
        ("y", "ýÿŷȳΰυϋύыẏẙỳỵỷỹ"),
        ("ya", "я"),
        ("ye", "є"),
        ("yi", "ї"),
        ("yu", "ю"),
        ("z", "źżžζзẑẓẕ"),
        ("zh", "ж"),
    ];

    private static readonly FrozenDictionary<char, string> s_ascii = s_table
        .SelectMany(row => row.Letters.Select(letter => (Letter: letter, row.Ascii)))
        .ToFrozenDictionary(pair => pair.Letter, pair => pair.Ascii);

    /// <summary>The text in lower case, with every letter of the table replaced, and combining marks left out.</summary>
    public static string ToAscii(string text)
    {
        var ascii = new StringBuilder(text.Length);
        foreach (var letter in text)
        {
            var lower = char.ToLowerInvariant(letter);
            if (s_ascii.TryGetValue(lower, out var replacement))
            {
                ascii.Append(replacement);
            }
            else if (char.GetUnicodeCategory(letter) != System.Globalization.UnicodeCategory.NonSpacingMark)
            {
                ascii.Append(lower);
            }
        }

        return ascii.ToString();
    }
}
