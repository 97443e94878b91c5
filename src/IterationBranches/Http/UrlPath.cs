namespace IterationBranches.Http;

/// <summary>A relative path whose parts came from settings and services.</summary>
internal static class UrlPath
{
    /// <summary>Escaped part by part, so that a name with a slash stays one part.</summary>
    public static string Of(params IEnumerable<string> parts) => string.Join('/', parts.Select(Uri.EscapeDataString));

    /// <summary>Empty, <c>.</c> and <c>..</c> cannot be escaped: a URL that holds them leads somewhere else.</summary>
    public static bool IsUsable(string part) => !string.IsNullOrWhiteSpace(part) && part is not ("." or "..");
}
