using IterationBranches.AppService;
using IterationBranches.Configuration;

namespace IterationBranches.Doctor;

/// <summary>The sites of <c>RefreshSites</c>, each once: whether the app may let them fetch their references, and whether they find what these name.</summary>
internal sealed class SiteProbes(Settings settings, Func<SiteReader> sites) : ISystemProbes
{
    public IEnumerable<Probe> Probes()
    {
        var all = settings.Tracks.SelectMany(track => track.RefreshSites).Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        return all.Count > 0 && WrongSettings.Of(settings, "App Service", "ResourceManager__") is { } wrong
            ? [wrong]
            : all.Select(site => new Probe(NameOf(site), cancellationToken => LookAtAsync(site, cancellationToken)) { Mend = refusal => MendOf(refusal, site) });
    }

    private static string NameOf(string site) => $"App Service, {site.Split('/')[^1]}";

    private async Task<IReadOnlyList<Check>> LookAtAsync(string site, CancellationToken cancellationToken)
    {
        var unresolved = (await sites().ListReferencesAsync(site, cancellationToken)).Where(reference => reference.Status is not ("Resolved" or "Initialized")).ToList();
        return
        [
            await sites().MayConfigureAsync(site, cancellationToken)
                ? Check.Ok(NameOf(site), "the app may let it fetch its references again")
                : Check.Failed(NameOf(site), "the app may see the site and not change it, so it cannot let it fetch its references again", Role(site)),
            .. unresolved.Select(reference => Check.Warning(
                NameOf(site), $"its setting {reference.Setting} is a reference that is not resolved: {reference.Status}",
                "Give the site's own identity the role Key Vault Secrets User on the vault, and correct the reference.")),
        ];
    }

    private static string MendOf(ServiceException refusal, string site) => refusal.Status == 404 ? $"Correct Tracks__…__RefreshSites: there is no {site}." : Role(site);

    private static string Role(string site) => $"Give the app's identity a role such as Website Contributor on {site}.";
}
