using IterationBranches.Provisioning;

namespace IterationBranches.AppService;

/// <summary>Lets a site fetch its Key Vault references again.</summary>
internal sealed class SiteRefresher(IAppServiceApi api) : ISiteRefresher
{
    public Task RefreshAsync(string siteId, CancellationToken cancellationToken) =>
        api.RefreshAppSettingsKeyVaultReferencesAsync(siteId.TrimStart('/'), cancellationToken);
}
