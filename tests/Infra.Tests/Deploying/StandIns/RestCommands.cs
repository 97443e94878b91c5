using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace IterationBranches.Infra.Tests.Deploying.StandIns;

/// <summary>What is asked of Azure Resource Manager and of Azure DevOps directly.</summary>
internal static partial class RestCommands
{
    private const string AzureDevOps = "499b84ac-1321-427f-aa17-267ca6975798";
    private const string References = "/config/configreferences/appsettings";

    public static AzCommand[] All { get; } =
    [
        new("rest", ["--method", "--url"], ["--resource", "--headers", "--body"], Run),
    ];

    private static JsonNode? Run(AzureStandIn azure, AzInvocation call)
    {
        var url = call.Get("--url");
        if (url == $"https://vsaex.dev.azure.com/{azure.State.Organization}/_apis/serviceprincipalentitlements?api-version=7.1-preview.1")
        {
            return AddPrincipal(azure.State, call);
        }

        if (Project().Match(url) is { Success: true } project && project.Groups["organization"].Value == azure.State.Organization)
        {
            return FindProject(azure.State, call, Uri.UnescapeDataString(project.Groups["name"].Value));
        }

        // Without a host az puts the address of Azure Resource Manager before it.
        var site = Site().Match(url);
        if (!site.Success || azure.State.Deployment is null || site.Groups["id"].Value != AzureState.AppId(site.Groups["group"].Value))
        {
            throw new AzException(2, $"no such resource: {url}");
        }

        return (call.Get("--method"), site.Groups["operation"].Value, site.Groups["version"].Value) switch
        {
            ("post", References + "/refresh", "2022-03-01") => Refresh(azure.State),
            ("get", References, "2022-03-01") => ListReferences(azure.State),
            ("post", "/host/default/sync", "2025-03-01") => Sync(azure.State),
            ("post", "/host/default/listkeys", "2025-03-01") => ListKeys(azure),
            ("post", "/functions/ReceiveServiceHook/listkeys", "2025-03-01") => new JsonObject { ["default"] = azure.App?.FunctionKey },
            _ => throw new AzException(2, $"no such operation: {call.Get("--method")} {url}"),
        };
    }

    private static JsonNode? Refresh(AzureState state)
    {
        VaultCommands.Refresh(state);
        return null;
    }

    private static JsonObject ListReferences(AzureState state) => new()
    {
        ["value"] = new JsonArray([.. state.ReferenceStates.Select(reference => (JsonNode)new JsonObject
        {
            ["name"] = reference.Key,
            ["properties"] = new JsonObject { ["status"] = reference.Value, ["vaultName"] = AzureState.SettingsVault },
        })]),
    };

    private static JsonNode? Sync(AzureState state)
    {
        state.Syncs++;
        return null;
    }

    private static JsonObject ListKeys(AzureStandIn azure)
    {
        if (azure.State.KeyRefusals > 0)
        {
            azure.State.KeyRefusals--;
            throw new AzException(1, """Bad Request({"Code":"BadRequest","Message":"Encountered an error (InternalServerError) from host runtime."})""");
        }

        return new() { ["masterKey"] = azure.App?.MasterKey ?? azure.State.MasterKey, ["functionKeys"] = new JsonObject(), ["systemKeys"] = new JsonObject() };
    }

    private static JsonObject FindProject(AzureState state, AzInvocation call, string name)
    {
        CheckAzureDevOps(call, "get");
        return state.Projects.TryGetValue(name, out var id)
            ? new() { ["id"] = id, ["name"] = name }
            : throw new AzException(1, $$"""Not Found({"message":"TF200016: The following project does not exist: {{name}}."})""");
    }

    private static JsonObject AddPrincipal(AzureState state, AzInvocation call)
    {
        CheckAzureDevOps(call, "post");
        var body = JsonNode.Parse(File.ReadAllText(call.PathOf("--body")))!.AsObject();
        var isRight = call.Get("--headers") == "Content-Type=application/json"
            && (string?)body["servicePrincipal"]!["origin"] == "aad"
            && (string?)body["servicePrincipal"]!["subjectKind"] == "servicePrincipal"
            && (string?)body["accessLevel"]!["licensingSource"] == "account"
            && body["projectEntitlements"]!.AsArray().All(project =>
                state.Projects.ContainsValue((string)project!["projectRef"]!["id"]!) && (string?)project["group"]!["groupType"] == "projectReader");
        if (!isRight)
        {
            throw new AzException(2, $"not an entitlement: {body.ToJsonString()}");
        }

        // 200, whatever becomes of it.
        var refusal = state.EntitlementErrors.TryDequeue(out var error) ? error : null;
        if (refusal is null)
        {
            state.Entitlements.Add(body);
        }

        return new()
        {
            ["isSuccess"] = refusal is null,
            ["operationResult"] = new JsonObject
            {
                ["isSuccess"] = refusal is null,
                ["errors"] = refusal is null ? new JsonArray() : new JsonArray(new JsonObject { ["key"] = 5000, ["value"] = refusal }),
            },
        };
    }

    private static void CheckAzureDevOps(AzInvocation call, string method)
    {
        if (call.Get("--resource") != AzureDevOps || call.Get("--method") != method)
        {
            throw new AzException(2, $"not for Azure DevOps: {call}");
        }
    }

    [GeneratedRegex(@"^(https://management\.azure\.com)?(?<id>/subscriptions/[^/]+/resourceGroups/(?<group>[^/]+)/providers/Microsoft\.Web/sites/[^/]+)(?<operation>/[^?]+)\?api-version=(?<version>[\d-]+)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Site();

    [GeneratedRegex(@"^https://dev\.azure\.com/(?<organization>[^/]+)/_apis/projects/(?<name>[A-Za-z0-9%._~-]+)\?api-version=7\.1$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Project();
}
