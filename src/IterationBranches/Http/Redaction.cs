using System.Text.RegularExpressions;

namespace IterationBranches.Http;

/// <summary>What may be shown of a text that a service sent.</summary>
internal static partial class Redaction
{
    private const int Longest = 300;

    // Far behind what is shown; a page of megabytes is not searched.
    private const int LongestSearched = 16 * 1024;

    /// <summary>The text on one line without secrets, cut to 300 characters. First redacted, then cut: half a secret has no shape.</summary>
    /// <param name="secrets">The secrets that the request carried.</param>
    public static string Show(string text, params ReadOnlySpan<string?> secrets)
    {
        text = text.Length <= LongestSearched ? text : text[..LongestSearched];
        foreach (var secret in secrets)
        {
            if (!string.IsNullOrWhiteSpace(secret))
            {
                text = text
                    .Replace(secret, "***", StringComparison.Ordinal)
                    .Replace(Uri.EscapeDataString(secret), "***", StringComparison.Ordinal);
            }
        }

        text = TokenShape.Replace(text, "***");
        text = AuthorizationShape.Replace(text, "${kept}***");
        text = SecretField.Replace(text, "${kept}***");
        text = Whitespace.Replace(text, " ").Trim();
        return text.Length <= Longest ? text : text[..Longest] + "…";
    }

    // https://github.com/gitleaks/gitleaks, rules/planetscale.go; with % for the percent-encoded form.
    [GeneratedRegex(@"pscale_(tkn|pw|oauth)_[\w=.\-%]+", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TokenShape { get; }

    [GeneratedRegex(@"(?<kept>authorization[""']?\s*[:=]\s*[""']?((bearer|basic)\s+)?|\b(bearer|basic)\s+(?=[\w+/=.\-~]{16}))[^\s""'<,;]+", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex AuthorizationShape { get; }

    [GeneratedRegex(@"(?<kept>[""'](plain_text|password|token|secret)[""']\s*:\s*[""'])[^""']*", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SecretField { get; }

    [GeneratedRegex(@"[\s\p{Cc}]+", RegexOptions.None, 1000)]
    private static partial Regex Whitespace { get; }
}
