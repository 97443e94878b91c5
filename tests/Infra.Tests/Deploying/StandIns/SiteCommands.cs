using System.IO.Compression;
using System.Text.Json.Nodes;

namespace IterationBranches.Infra.Tests.Deploying.StandIns;

/// <summary>The function app: its settings, its code and its functions.</summary>
internal static class SiteCommands
{
    public static AzCommand[] All { get; } =
    [
        new("functionapp config appsettings list", ["--resource-group", "--name"], [], (azure, call) =>
        {
            Find(azure, call);
            return new JsonArray([.. azure.State.AppSettings.Select(setting => (JsonNode)new JsonObject
            {
                ["name"] = setting.Key, ["value"] = setting.Value, ["slotSetting"] = false,
            })]);
        }),
        new("functionapp config appsettings delete", ["--resource-group", "--name", "--setting-names"], [], (azure, call) =>
        {
            Find(azure, call);
            foreach (var name in call.All("--setting-names"))
            {
                azure.State.AppSettings.Remove(name);
            }

            return null;
        }),
        new("functionapp deployment source config-zip", ["--resource-group", "--name", "--src"], ["--timeout", "--build-remote"], Deploy),
        new("functionapp function list", ["--resource-group", "--name"], [], (azure, call) =>
        {
            Find(azure, call);
            string[] served = azure.State.Deployed.Count == 0 ? [] : azure.State.Syncs >= azure.State.SyncsNeeded ? [.. azure.State.Deployed] : ["WarmUp"];
            return new JsonArray([.. served.Select(name => (JsonNode)new JsonObject { ["name"] = $"{AzureState.AppName}/{name}" })]);
        }),
        new("storage account show", ["--name"], ["--resource-group"], (_, call) => new JsonObject { ["id"] = AccountId(call.Get("--name")) }),
        new("webapp show", ["--resource-group", "--name"], [], (_, call) => new JsonObject { ["id"] = SiteId(call.Get("--resource-group"), call.Get("--name")) }),
        new("webapp identity assign", ["--resource-group", "--name"], [], (_, _) => new JsonObject { ["principalId"] = Reader, ["type"] = "SystemAssigned" }),
        new("webapp config appsettings set", ["--resource-group", "--name", "--settings"], [], (azure, call) =>
        {
            foreach (var setting in call.All("--settings").Select(setting => setting.Split('=', 2)))
            {
                azure.State.ReaderSettings[setting[0]] = setting[1];
            }

            return null;
        }),
    ];

    public static string AccountId(string name) => $"/subscriptions/{AzureState.Subscription}/resourceGroups/iteration-branches/providers/Microsoft.Storage/storageAccounts/{name}";

    public static string SiteId(string group, string name) => $"/subscriptions/{AzureState.Subscription}/resourceGroups/{group}/providers/Microsoft.Web/sites/{name}";

    /// <summary>Another app, which reads a credential.</summary>
    public const string Reader = "7e000000-0000-4000-8000-000000000005";

    private static void Find(AzureStandIn azure, AzInvocation call)
    {
        TemplateCommands.FindGroup(azure, call);
        if (azure.State.Deployment is null || call.Get("--name") != AzureState.AppName)
        {
            throw new AzException(3, $"(ResourceNotFound) The Resource 'Microsoft.Web/sites/{call.Get("--name")}' was not found.");
        }
    }

    private static JsonNode? Deploy(AzureStandIn azure, AzInvocation call)
    {
        Find(azure, call);
        var error = azure.State.CodeErrors.TryDequeue(out var text) ? text : null;
        if (error is not null && !azure.State.CodeArrivesAllTheSame)
        {
            throw new AzException(1, error);
        }

        using var zip = ZipFile.OpenRead(call.PathOf("--src"));
        azure.State.Deployed = ReadFunctions(zip);
        azure.State.Syncs = 0;
        if (azure.State.StraySettingAfter == "code")
        {
            azure.State.AppSettings["AzureWebJobsStorage"] = "DefaultEndpointsProtocol=https;AccountName=stitbranches;AccountKey=c2VjcmV0";
        }

        return error is null ? null : throw new AzException(1, error);
    }

    /// <summary>As the host lists them for the portal: from what the worker's build wrote down.</summary>
    private static string[] ReadFunctions(ZipArchive zip)
    {
        using var metadata = zip.GetEntry("functions.metadata")!.Open();
        return [.. JsonNode.Parse(metadata)!.AsArray().Select(function => (string)function!["name"]!)];
    }
}
