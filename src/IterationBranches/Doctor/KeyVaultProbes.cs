using Azure.Identity;
using IterationBranches.Configuration;
using IterationBranches.KeyVault;

namespace IterationBranches.Doctor;

/// <summary>The vault of the records: whether the app may do there what it must, and whether it may do more.</summary>
/// <param name="vault">Asked for only when the settings lead to a vault.</param>
internal sealed class KeyVaultProbes(Settings settings, Func<KeyVaultAccess> vault) : ISystemProbes
{
    private const string Name = "Key Vault";

    private static readonly VaultAction[] s_always = [VaultAction.ReadMetadata, VaultAction.GetSecret, VaultAction.SetSecret, VaultAction.Update, VaultAction.Recover];

    public IEnumerable<Probe> Probes() => WrongSettings.Of(settings, Name, "KeyVault__") is { } wrong ? [wrong] : [new(Name, LookAtAsync) { Mend = MendOf }];

    private async Task<IReadOnlyList<Check>> LookAtAsync(CancellationToken cancellationToken)
    {
        VaultAction[] needed = settings.Tracks.Any(track => track.Retire == Retirement.Delete) ? [.. s_always, VaultAction.Delete] : s_always;
        if (await RefusalOfAsync(needed[0], cancellationToken) is { } first && (first.Status != 403 || !KeyVaultMends.IsOfAction(first.Code)))
        {
            // It would be the same for all.
            return [Check.Of(Name, first, MendOf)];
        }

        var refusals = (await Task.WhenAll(needed.Select(action => RefusalOfAsync(action, cancellationToken)))).OfType<KeyVaultException>().ToList();
        List<Check> checks = refusals.Count > 0
            ? [.. refusals.Select(refusal => Check.Of(Name, refusal, MendOf))]
            : [Check.Ok(Name, $"{settings.KeyVault.Uri} lets the app {string.Join(", ", needed.Select(action => KeyVaultAccess.DataAction(action).Split('/')[3]))}")];
        if (!await vault().IsPurgeProtectedAsync(cancellationToken) && await RefusalOfAsync(VaultAction.Purge, cancellationToken) is null)
        {
            checks.Add(Check.Warning(
                Name, "the app may purge deleted secrets, which it never does, and which cannot be undone",
                "Give it a role without purge: a custom one with the data actions it needs, in the place of Key Vault Secrets Officer; or turn on the vault's purge protection, if it is off."));
        }

        return checks;
    }

    private async Task<KeyVaultException?> RefusalOfAsync(VaultAction action, CancellationToken cancellationToken)
    {
        try
        {
            await vault().MayAsync(action, cancellationToken);
            return null;
        }
        catch (KeyVaultException refusal)
        {
            return refusal;
        }
    }

    private string MendOf(ServiceException refusal) => refusal switch
    {
        { Status: 403, Code: "ForbiddenByRbac" or "Forbidden" or null } =>
            $"Give the app's identity a role with that data action on {settings.KeyVault.Uri}, a custom one or Key Vault Secrets Officer; a new role takes effect within minutes.",
        { Status: 403, Code: "ForbiddenByFirewall" } => $"Let the app through the firewall of {settings.KeyVault.Uri}: a private endpoint and network integration, or its outbound addresses.",
        { Status: 403, Code: "ForbiddenByConnection" } => $"Let the app reach {settings.KeyVault.Uri} by a private endpoint, whose name its network resolves; or allow public access to the vault.",
        { Status: 403, Code: "AccessDenied" or "ForbiddenByPolicy" } => $"Give the app's identity that permission in an access policy of {settings.KeyVault.Uri}; or let the vault use roles (Azure RBAC).",
        { Status: 403 } => "Do what the text says.",
        { Status: 401 } => "Name a vault of the identity's own tenant in KeyVault__Uri.",
        { Status: null, InnerException: AuthenticationFailedException } => "Mend the identity first: it gave no token.",
        _ => "Check KeyVault__Uri.",
    };
}
