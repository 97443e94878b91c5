using System.Text.Json.Nodes;

namespace IterationBranches.Infra.Tests.Deploying.StandIns;

/// <summary>The vault of the settings, and what the app's references come to.</summary>
internal static class VaultCommands
{
    public static AzCommand[] All { get; } =
    [
        new("keyvault show", ["--name"], [], (_, call) => new JsonObject
        {
            ["id"] = IdOf(call.Get("--name")),
        }),
        new("keyvault secret list", ["--vault-name"], [], (azure, call) =>
        {
            Enter(azure, call);
            return new JsonArray([.. azure.State.Secrets.Keys.Select(name => (JsonNode)new JsonObject
            {
                ["name"] = name, ["attributes"] = new JsonObject { ["enabled"] = true },
            })]);
        }),
        new("keyvault secret set", ["--vault-name", "--name", "--file", "--encoding"], [], Set),
        new("keyvault secret show", ["--vault-name", "--name"], [], (azure, call) =>
        {
            Enter(azure, call);
            return azure.State.Secrets.TryGetValue(call.Get("--name"), out var value)
                ? new JsonObject { ["name"] = call.Get("--name"), ["value"] = value }
                : throw new AzException(3, $"(SecretNotFound) A secret with (name/id) {call.Get("--name")} was not found in this key vault.");
        }),
        new("role assignment create", ["--role", "--scope", "--assignee-object-id", "--assignee-principal-type"], [], (azure, call) =>
        {
            azure.State.RoleAssignments.Add((call.Get("--role"), call.Get("--assignee-object-id"), call.Get("--scope")));
            return new JsonObject { ["roleDefinitionName"] = call.Get("--role") };
        }),
    ];

    public static string IdOf(string vault) => $"/subscriptions/{AzureState.Subscription}/resourceGroups/shop/providers/Microsoft.KeyVault/vaults/{vault}";

    /// <summary>The records vault opens to whoever has a role on it; to own the resource group is none.</summary>
    public static void EnterRecords(AzureState state)
    {
        if (!state.RoleAssignments.Contains(("Key Vault Secrets User", SubscriptionCommands.Operator, IdOf(AzureState.RecordsVault))))
        {
            throw new AzException(1, AzureState.ForbiddenByRbac);
        }
    }

    /// <summary>Settings that are references, and the secrets that they name.</summary>
    public static IEnumerable<(string Setting, string Secret)> References(AzureState state) =>
        from setting in state.AppSettings
        where setting.Value.StartsWith("@Microsoft.KeyVault(SecretUri=", StringComparison.Ordinal)
        select (setting.Key, setting.Value.TrimEnd(')').Split('/')[^1]);

    /// <summary>The platform asks the vault again, with the app's identity.</summary>
    public static void Refresh(AzureState state)
    {
        var isRefused = state.UnresolvedRefreshes-- > 0;
        foreach (var (setting, secret) in References(state))
        {
            state.ReferenceStates[setting] = isRefused ? state.UnresolvedStatus : state.Secrets.ContainsKey(secret) ? "Resolved" : "SecretNotFound";
        }
    }

    private static void Enter(AzureStandIn azure, AzInvocation call)
    {
        if (call.Get("--vault-name") != AzureState.SettingsVault)
        {
            throw new AzException(1, $"<urllib3.connection.HTTPSConnection>: Failed to resolve '{call.Get("--vault-name")}.vault.azure.net'");
        }

        if (azure.State.VaultRefusals > 0)
        {
            azure.State.VaultRefusals--;
            throw new AzException(1, azure.State.VaultRefusal);
        }
    }

    private static JsonObject Set(AzureStandIn azure, AzInvocation call)
    {
        Enter(azure, call);
        var file = call.Get("--file");
        if (!OperatingSystem.IsWindows() && file != "/dev/stdin" && File.GetUnixFileMode(file) != (UnixFileMode.UserRead | UnixFileMode.UserWrite))
        {
            throw new AzException(2, $"{file} can be read by others");
        }

        if (call.Get("--encoding") != "utf-8" || call.Find("--output") != "none")
        {
            // The answer holds the value.
            throw new AzException(2, "the secret would be printed");
        }

        // As it is: a line end would become part of the secret.
        azure.State.Secrets[call.Get("--name")] = File.ReadAllText(call.PathOf("--file"));
        return new JsonObject { ["name"] = call.Get("--name"), ["value"] = azure.State.Secrets[call.Get("--name")] };
    }
}
