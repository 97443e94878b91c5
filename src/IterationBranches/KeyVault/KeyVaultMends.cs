namespace IterationBranches.KeyVault;

/// <summary>What to do about a 403 of Key Vault. Every one has the outer code <c>Forbidden</c>; the inner code says why.</summary>
internal static class KeyVaultMends
{
    /// <summary>Of a code that is not known nothing is guessed.</summary>
    /// <param name="action">The data action that was asked for, without its beginning.</param>
    public static string Of(string? code, string action) => code switch
    {
        "ForbiddenByRbac" =>
            $"give the app's identity the data action Microsoft.KeyVault/vaults/secrets/{action} on the vault of KeyVault__Uri; a new role takes effect within minutes",
        "AccessDenied" or "ForbiddenByPolicy" =>
            $"the vault of KeyVault__Uri has access policies in the place of roles: give the app's identity the secret permission {PermissionOf(action)} in one, or let the vault use roles (Azure RBAC)",
        "ForbiddenByFirewall" =>
            "let the app through the firewall of the vault of KeyVault__Uri: by a private endpoint and network integration, or by its outbound addresses",
        "ForbiddenByConnection" =>
            "the vault of KeyVault__Uri takes no connection from a public network: let the app reach it by a private endpoint (network integration, and the vault's name in privatelink.vaultcore.azure.net), or allow public access to the vault",
        "ForbiddenByGovernancePolicy" =>
            "an Azure Policy on the vault refuses the write, as one that wants an expiration date or sets a maximum validity period does: set KeyVault__MaximumValidity to the days that it allows, or exempt the vault of KeyVault__Uri from it",
        "SecretDisabled" => "the secret is disabled: enable it",
        null or "Forbidden" =>
            $"see that the app's identity has the data action Microsoft.KeyVault/vaults/secrets/{action} on the vault of KeyVault__Uri, and that the vault's network lets it in",
        _ => "the app knows no mend for this code; do what Key Vault says",
    };

    /// <summary>Whether another action may be allowed.</summary>
    public static bool IsOfAction(string? code) => code is "ForbiddenByRbac" or "AccessDenied" or "ForbiddenByPolicy" or "ForbiddenByGovernancePolicy" or null or "Forbidden";

    private static string PermissionOf(string action) => action.Split('/')[0] switch
    {
        "readMetadata" => "List",
        "getSecret" => "Get",
        "setSecret" or "update" => "Set",
        var other => $"{char.ToUpperInvariant(other[0])}{other[1..]}",
    };
}
