using System.Net;
using System.Text.RegularExpressions;
using IterationBranches.Iterations;

namespace IterationBranches.Configuration;

/// <summary>
/// The one form of each name that a person may write in several, made when it is read: what is asked for and what is compared
/// are then the same. Each is null when it cannot be meant.
/// </summary>
internal static partial class NormalForms
{
    /// <summary>An organization of Azure DevOps, by its name or the address of its pages.</summary>
    public static string? BoardsOrganization(string text, Uri service) => AddressOf(text, ".visualstudio.com", "dev.azure.com") switch
    {
        { Host: "dev.azure.com" } pages => Part(pages, 0),
        { } pages when pages.Host.EndsWith(".visualstudio.com", StringComparison.Ordinal) => pages.Host.Split('.')[0],
        { } => null,
        // A server of one's own calls it a collection, and takes more.
        null => text,
    } is { } name && (service.Host == "dev.azure.com" ? CloudOrganization() : Collection()).IsMatch(name) ? name : null;

    /// <summary>An organization of PlanetScale, by its name or the address of its pages or of the API.</summary>
    public static string? PlanetScaleOrganization(string text) => AddressOf(text, ".planetscale.com") switch
    {
        { Host: "app.planetscale.com" } pages => Part(pages, 0),
        { Host: "api.planetscale.com" } api when Part(api, 1) is "organizations" => Part(api, 2),
        { } => null,
        null => text,
    } is { } name && PlanetScaleName().IsMatch(name) ? name : null;

    public static string? Database(string text) => PlanetScaleName().IsMatch(text) ? text : null;

    /// <summary>A project or a team, by its name or id; Azure DevOps takes no separator in a name.</summary>
    public static string? ProjectOrTeam(string text) =>
        Guid.TryParse(text, out var id) ? id.ToString() : text.AsSpan().IndexOfAny(@"\/:") < 0 && text is not ("." or "..") ? text : null;

    public static string? IterationRoot(string text) => IterationPaths.Parts(text) is var parts && !parts.Any(part => part is "." or "..") ? string.Join('\\', parts) : null;

    /// <summary>A pattern of a branch's short name, which events have in full.</summary>
    public static string? GitBranch(string text)
    {
        const string heads = "refs/heads/";
        var name = text.StartsWith(heads, StringComparison.OrdinalIgnoreCase) ? text[heads.Length..] : text;
        return GitPattern().IsMatch(name) && !name.StartsWith("refs/", StringComparison.OrdinalIgnoreCase) ? name : null;
    }

    /// <summary>A range, or one address.</summary>
    public static string? AddressRange(string text)
    {
        if (!AddressOrRange().IsMatch(text))
        {
            return null;
        }

        var range = text.Contains('/', StringComparison.Ordinal) ? text : $"{text}/{(text.Contains(':', StringComparison.Ordinal) ? 128 : 32)}";
        return IPNetwork.TryParse(range, out var network) ? network.ToString() : null;
    }

    /// <summary>Null: it is a name, and no address.</summary>
    private static Uri? AddressOf(string text, params string[] hosts)
    {
        var hasScheme = text.Contains("://", StringComparison.Ordinal);
        return (hasScheme || hosts.Any(host => text.Split('/')[0].EndsWith(host, StringComparison.OrdinalIgnoreCase)))
            && Uri.TryCreate(hasScheme ? text : $"https://{text}", UriKind.Absolute, out var address) ? address : null;
    }

    private static string? Part(Uri address, int index) =>
        address.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries) is var parts && index < parts.Length ? Uri.UnescapeDataString(parts[index]) : null;

    [GeneratedRegex("^[A-Za-z0-9]([A-Za-z0-9-]{0,62}[A-Za-z0-9])?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CloudOrganization();

    [GeneratedRegex("""^(?!\.{1,2}$)[^/\\:*?"<>|;#%@]{1,64}$""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Collection();

    [GeneratedRegex("^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PlanetScaleName();

    // https://git-scm.com/docs/git-check-ref-format; * and ? are the pattern's, and nothing excludes.
    [GeneratedRegex(@"^(?![!/+-])[^\s~^:\[\\]{1,250}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex GitPattern();

    // Without it 10.1 would be 10.0.0.1, and an address could name a network card.
    [GeneratedRegex("^([0-9]{1,3}([.][0-9]{1,3}){3}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)(/[0-9]{1,3})?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AddressOrRange();
}
