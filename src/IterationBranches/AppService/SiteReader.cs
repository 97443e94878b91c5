using System.Text.RegularExpressions;

namespace IterationBranches.AppService;

/// <param name="Status"><c>Resolved</c>, or why not.</param>
internal sealed record SiteReference(string Setting, string Status);

/// <summary>What Azure Resource Manager says of a site of <c>RefreshSites</c>, and of what the app may do with it.</summary>
internal sealed class SiteReader(IAppServiceApi api)
{
    /// <summary>The site's settings that are Key Vault references.</summary>
    public async Task<IReadOnlyList<SiteReference>> ListReferencesAsync(string siteId, CancellationToken cancellationToken)
    {
        var list = await api.GetAppSettingsKeyVaultReferencesAsync(siteId.TrimStart('/'), cancellationToken) ?? throw AppServiceRefusals.NotUnderstood("it is empty");
        return [.. (list.Value ?? []).OfType<Reference>().Select(reference => new SiteReference(reference.Name ?? "", reference.Properties?.Status ?? "Unknown"))];
    }

    /// <summary>Whether the roles of the app on the site let it change the site's configuration.</summary>
    public async Task<bool> MayConfigureAsync(string siteId, CancellationToken cancellationToken)
    {
        var list = await api.ListPermissionsForResourceAsync(siteId.TrimStart('/'), cancellationToken) ?? throw AppServiceRefusals.NotUnderstood("it is empty");
        var action = siteId.Contains("/slots/", StringComparison.OrdinalIgnoreCase) ? "Microsoft.Web/sites/slots/config/write" : "Microsoft.Web/sites/config/write";
        return (list.Value ?? []).OfType<Permission>().Any(permission => Covers(permission.Actions, action) && !Covers(permission.NotActions, action));
    }

    private static bool Covers(string?[]? patterns, string action) => (patterns ?? []).OfType<string>().Any(pattern =>
        Regex.IsMatch(action, $"^{Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal)}$", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking, TimeSpan.FromSeconds(1)));
}
