namespace IterationBranches.AzureBoards.Administration;

/// <summary>Where the app takes service hooks. A subscription is ours when it leads there.</summary>
/// <param name="app">The app's own address, as <c>https://NAME.azurewebsites.net</c>.</param>
public sealed class HookAddress(Uri app)
{
    private const string Path = "/api/hooks/azure-devops";

    private readonly string _base = app.GetLeftPart(UriPartial.Authority);

    /// <summary>What <paramref name="text"/> must be to be an app's address; null when it is one. The path of all hooks may be there already.</summary>
    public static string? WhyNot(string text) => Uri.TryCreate(text, UriKind.Absolute, out var address) switch
    {
        true when address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback) =>
            address.UserInfo.Length + address.Query.Length + address.Fragment.Length > 0
                ? "must be the app's address alone, as https://NAME.azurewebsites.net: what is before an @, or after a ? or #, is shown to everybody who may see the subscription"
                : address.AbsolutePath.TrimEnd('/') is "" || address.AbsolutePath.TrimEnd('/').Equals(Path, StringComparison.OrdinalIgnoreCase)
                    ? null
                    : $"must end with the host, as https://NAME.azurewebsites.net; {Path}/TRACK is added to it",
        true when address.Scheme == Uri.UriSchemeHttp => "must begin with https://: Azure DevOps sends a password only there",
        _ => "must be the app's address, as https://NAME.azurewebsites.net",
    };

    public string Of(string track) => $"{_base}{Path}/{track}";

    /// <summary>Whether a subscription's URL leads to this app, whatever its scheme and query.</summary>
    /// <param name="track">The track in the URL, or null when there is none.</param>
    public bool IsOurs(string? url, out string? track)
    {
        track = null;
        var ours = new Uri(_base + Path);
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address)
            || !string.Equals(address.Host, ours.Host, StringComparison.OrdinalIgnoreCase)
            || (address.Port != ours.Port && !(address.IsDefaultPort && ours.IsDefaultPort))
            || !address.AbsolutePath.StartsWith(ours.AbsolutePath, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var rest = address.AbsolutePath[ours.AbsolutePath.Length..];
        track = rest.Trim('/') is { Length: > 0 } name ? Uri.UnescapeDataString(name) : null;
        return rest.Length == 0 || rest[0] == '/';
    }

    public override string ToString() => _base;
}
