namespace IterationBranches.Provisioning;

public interface ISiteRefresher
{
    /// <summary>Asks an App Service site to fetch its Key Vault references again; otherwise it does so within a day.</summary>
    /// <param name="siteId">The site's Azure resource id.</param>
    /// <exception cref="ServiceException">It could not be asked.</exception>
    Task RefreshAsync(string siteId, CancellationToken cancellationToken);
}
