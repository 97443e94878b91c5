using System.Buffers.Text;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace IterationBranches.Sandbox.StandIns.KeyVault;

/// <summary>Pages of at most 25, with an opaque token that says after which item to go on.</summary>
internal static class SecretPaging
{
    private const int Most = 25;

    /// <param name="key">What the list is in order of; names and versions are compared without regard to case.</param>
    public static SecretPage Page(
        HttpRequest request, string origin, IReadOnlyList<SecretView> all, Func<SecretView, string> key, Func<SecretView, SecretBundle> bundle)
    {
        var size = Size(request);
        var after = After(request);
        var rest = all
            .Where(view => after is null || string.Compare(key(view), after, StringComparison.OrdinalIgnoreCase) > 0)
            .OrderBy(key, StringComparer.OrdinalIgnoreCase)
            .ToList();
        var page = rest.Take(size).ToList();
        var next = rest.Count > size ? Next(request, origin, size, key(page[^1])) : null;
        return new SecretPage([.. page.Select(bundle)], next);
    }

    private static int Size(HttpRequest request)
    {
        if (!request.Query.TryGetValue("maxresults", out var given))
        {
            return Most;
        }

        return int.TryParse(given, out var size) && size is >= 1 and <= Most ? size : throw KeyVaultRefusal.InvalidValue("maxresults");
    }

    private static string? After(HttpRequest request)
    {
        if (!request.Query.TryGetValue("$skiptoken", out var token))
        {
            return null;
        }

        try
        {
            return Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token.ToString()));
        }
        catch (FormatException)
        {
            throw KeyVaultRefusal.InvalidValue("$skiptoken");
        }
    }

    private static string Next(HttpRequest request, string origin, int size, string last) =>
        $"{origin}{request.Path}?api-version={request.Query["api-version"]}"
        + $"&$skiptoken={Base64Url.EncodeToString(Encoding.UTF8.GetBytes(last))}&maxresults={size}";
}
