namespace IterationBranches.Sandbox.StandIns.KeyVault;

/// <summary>An answer other than 2xx, in the words of the service.</summary>
internal sealed class KeyVaultRefusal : Exception
{
    private KeyVaultRefusal(int status, string code, string? innerCode, string message)
        : base(message) => (Status, Code, InnerCode) = (status, code, innerCode);

    public int Status { get; }

    public string Code { get; }

    public string? InnerCode { get; }

    public static KeyVaultRefusal BadParameter(string message) => new(400, "BadParameter", null, message);

    /// <summary>What the service says of any value it will not take; it seldom names the property.</summary>
    public static KeyVaultRefusal InvalidValue(string property = "") => BadParameter($"Property {property} has invalid value\r\n");

    public static KeyVaultRefusal InvalidName(string name) => BadParameter($"The request URI contains an invalid name: {name}");

    public static KeyVaultRefusal MissingToken() => new(401, "Unauthorized", null, "AKV10000: Request is missing a Bearer or PoP token.");

    public static KeyVaultRefusal InvalidToken() =>
        new(401, "Unauthorized", null, "[TokenInvalid] Error validating token: it is not of this tenant, is for another audience, or has expired.");

    public static KeyVaultRefusal NotPermitted(string principal, SecretAction action, string? name) => new(403, "Forbidden", "ForbiddenByRbac",
        "Caller is not authorized to perform action on resource.\r\n"
        + "If role assignments, deny assignments or role definitions were changed recently, please observe propagation time.\r\n"
        + $"Caller: appid={principal};oid={principal};iss=https://sts.windows.net/{StandInTokens.Tenant}/\r\n"
        + $"Action: '{action.DataAction}'\r\n"
        + "Resource: '/subscriptions/00000000-0000-0000-0000-000000000000/resourcegroups/sandbox/providers/microsoft.keyvault/vaults/sandbox"
        + (name is null ? "'\r\n" : $"/secrets/{name}'\r\n")
        + "Assignment: (not found)\r\nDenyAssignmentId: null\r\nDecisionReason: null \r\nVault: sandbox;location=local\r\n");

    public static KeyVaultRefusal Disabled() => new(403, "Forbidden", "SecretDisabled", "Operation get is not allowed on a disabled secret.");

    public static KeyVaultRefusal PurgeProtected() => new(403, "Forbidden", "ForbiddenByPolicy",
        "Operation \"purge\" is not allowed because purge protection is enabled for this vault. "
        + "Key Vault service will automatically purge it after the retention period has passed.");

    /// <summary>As https://github.com/hashicorp/packer-plugin-azure/issues/235 shows it.</summary>
    public static KeyVaultRefusal DisallowedByPolicy() => new(403, "Forbidden", "ForbiddenByGovernancePolicy", "Secret was disallowed by policy");

    public static KeyVaultRefusal NotFound(string id) => new(404, "SecretNotFound", null,
        $"A secret with (name/id) {id} was not found in this key vault. If you recently deleted this secret you may be able to recover it using "
        + "the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182");

    public static KeyVaultRefusal IsDeleted(string name) => new(409, "Conflict", "ObjectIsDeletedButRecoverable",
        $"Secret {name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret can only be recovered or purged.");

    public static KeyVaultRefusal IsBeingDeleted(string name) => new(409, "Conflict", "ObjectIsBeingDeleted",
        $"Secret {name} is currently being deleted and cannot be re-created; retry later.");

    public static KeyVaultRefusal IsBeingRecovered(string name) => new(409, "Conflict", "ObjectIsBeingRecovered",
        $"Secret {name} is currently being recovered and cannot be re-created; retry later.");
}
