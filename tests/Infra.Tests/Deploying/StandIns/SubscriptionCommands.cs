using System.Text.Json.Nodes;

namespace IterationBranches.Infra.Tests.Deploying.StandIns;

/// <summary>The subscription, its providers and its regions.</summary>
internal static class SubscriptionCommands
{
    public static AzCommand[] All { get; } =
    [
        new("account show", [], [], (_, _) => new JsonObject { ["id"] = AzureState.Subscription, ["name"] = "Product development", ["state"] = "Enabled" }),
        new("ad signed-in-user show", [], [], (_, _) => new JsonObject { ["id"] = Operator, ["userPrincipalName"] = "ada@example.com" }),
        new("provider list", [], [], (azure, _) => new JsonArray([.. azure.State.Providers.Select(name => Provider(name, "Registered"))])),
        new("provider show", ["--namespace"], [], ShowProvider),
        new("provider register", ["--namespace"], [], Register),
        new("functionapp list-flexconsumption-locations", [], ["--zone-redundant"], (azure, _) =>
            new JsonArray([.. azure.State.Regions.Select(name => (JsonNode)new JsonObject { ["name"] = name })])),
        new("functionapp list-flexconsumption-runtimes", ["--location", "--runtime"], [], ListRuntimes),
        new("group exists", ["--name"], [], (azure, call) => azure.State.Groups.ContainsKey(call.Get("--name"))),
        new("group show", ["--name"], [], (azure, call) => azure.State.Groups.TryGetValue(call.Get("--name"), out var region)
            // However it was written when the group was made.
            ? new JsonObject { ["name"] = call.Get("--name"), ["location"] = region.Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant() }
            : throw new AzException(3, $"(ResourceGroupNotFound) Resource group '{call.Get("--name")}' could not be found.")),
        new("group create", ["--name", "--location"], ["--tags"], (azure, call) =>
        {
            azure.State.Groups[call.Get("--name")] = call.Get("--location");
            return new JsonObject { ["name"] = call.Get("--name") };
        }),
        new("group delete", ["--name"], ["--yes"], (azure, call) =>
        {
            _ = call.Get("--yes");
            return azure.State.Groups.Remove(call.Get("--name")) ? null : throw new AzException(3, $"(ResourceGroupNotFound) Resource group '{call.Get("--name")}' could not be found.");
        }),
    ];

    /// <summary>Whoever is logged in.</summary>
    public const string Operator = "0e000000-0000-4000-8000-000000000009";

    private static JsonObject Provider(string name, string state) => new JsonObject { ["namespace"] = name, ["registrationState"] = state };

    private static JsonObject ShowProvider(AzureStandIn azure, AzInvocation call)
    {
        var name = call.Get("--namespace");
        if (azure.State.Registering > 0)
        {
            azure.State.Registering--;
            return Provider(name, "Registering");
        }

        return Provider(name, azure.State.Providers.Contains(name) ? "Registered" : "NotRegistered");
    }

    private static JsonNode? Register(AzureStandIn azure, AzInvocation call)
    {
        if (!azure.State.MayRegister)
        {
            throw new AzException(1, $"(AuthorizationFailed) The client 'ada@example.com' does not have authorization to perform action '{call.Get("--namespace")}/register/action'.");
        }

        azure.State.Providers.Add(call.Get("--namespace"));
        return null;
    }

    private static JsonArray ListRuntimes(AzureStandIn azure, AzInvocation call)
    {
        if (!azure.State.Regions.Exists(region => region.Replace(" ", "").Equals(call.Get("--location").Replace(" ", ""), StringComparison.OrdinalIgnoreCase)))
        {
            throw new AzException(1, $"Location '{call.Get("--location")}' is not supported.");
        }

        return new JsonArray([.. azure.State.Runtimes.Where(runtime => runtime.Name == call.Get("--runtime")).Select(runtime => (JsonNode)new JsonObject
        {
            ["name"] = runtime.Name,
            // What people are shown; it can differ from what a template must say.
            ["version"] = runtime.Version.Split('.')[0],
            ["sku"] = new JsonObject
            {
                ["skuCode"] = "FC1",
                ["functionAppConfigProperties"] = new JsonObject
                {
                    ["runtime"] = new JsonObject { ["name"] = runtime.Name, ["version"] = runtime.Version },
                },
            },
        })]);
    }
}
