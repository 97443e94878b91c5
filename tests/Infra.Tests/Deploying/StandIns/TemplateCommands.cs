using System.Text.Json.Nodes;

namespace IterationBranches.Infra.Tests.Deploying.StandIns;

/// <summary>Deployments of the template.</summary>
internal static class TemplateCommands
{
    public static AzCommand[] All { get; } =
    [
        new("deployment group create", ["--resource-group", "--name", "--parameters"], ["--template-file"], Create),
        new("deployment group show", ["--resource-group", "--name"], [], (azure, call) =>
        {
            FindGroup(azure, call);
            return azure.State.Deployment?.DeepClone() ?? throw new AzException(3, $"(DeploymentNotFound) Deployment '{call.Get("--name")}' could not be found.");
        }),
        new("deployment group what-if", ["--resource-group", "--name", "--parameters"], ["--template-file"], (azure, call) =>
        {
            FindGroup(azure, call);
            CheckTemplate(call);
            return "Resource changes: 24 to create.";
        }),
    ];

    public static void FindGroup(AzureStandIn azure, AzInvocation call)
    {
        if (!azure.State.Groups.ContainsKey(call.Get("--resource-group")))
        {
            throw new AzException(3, $"(ResourceGroupNotFound) Resource group '{call.Get("--resource-group")}' could not be found.");
        }
    }

    private static JsonNode? Create(AzureStandIn azure, AzInvocation call)
    {
        FindGroup(azure, call);
        var parameters = CheckTemplate(call);
        if (azure.State.TemplateErrors.TryDequeue(out var error))
        {
            throw new AzException(1, error);
        }

        var state = azure.State;
        // Incremental deployments leave what they do not name; the app settings are replaced as a whole.
        state.AppSettings.Clear();
        foreach (var (name, value) in azure.SettingsFor(parameters))
        {
            state.AppSettings[name] = value;
        }

        if (state.StraySettingAfter == "template")
        {
            state.AppSettings["AzureWebJobsStorage"] = "";
        }

        state.ReferenceStates.Clear();
        foreach (var (name, secret) in VaultCommands.References(state))
        {
            state.ReferenceStates[name] = state.Secrets.ContainsKey(secret) ? "Resolved" : "SecretNotFound";
        }

        state.Deployment = Deployment(azure, call);
        return state.Deployment.DeepClone();
    }

    /// <summary>A .bicepparam names its template by itself, and az refuses a second naming; JSON does not.</summary>
    private static string CheckTemplate(AzInvocation call)
    {
        var path = call.PathOf("--parameters");
        if (path.EndsWith(".bicepparam", StringComparison.Ordinal))
        {
            return call.Find("--template-file") is null && File.ReadAllText(path).Contains("using '", StringComparison.Ordinal)
                ? path
                : throw new AzException(2, "Only a .bicep template is allowed with a .bicepparam file");
        }

        if (!call.Get("--parameters").StartsWith('@') || !File.Exists(call.PathOf("--template-file")))
        {
            throw new AzException(2, $"Failed to parse '{call.Get("--parameters")}'");
        }

        JsonNode.Parse(File.ReadAllText(path));
        return path;
    }

    private static JsonObject Deployment(AzureStandIn azure, AzInvocation call)
    {
        var outputs = new JsonObject();
        foreach (var (name, value) in new Dictionary<string, string>
        {
            ["functionAppName"] = AzureState.AppName,
            ["functionAppId"] = AzureState.AppId(call.Get("--resource-group")),
            ["hostName"] = azure.HostName,
            ["identityName"] = "id-itbranches-abc123",
            ["identityPrincipalId"] = AzureState.Principal,
            ["storageAccountName"] = AzureState.StorageAccount,
            ["queueName"] = "provision-branch",
            ["settingsVaultName"] = AzureState.SettingsVault,
            ["recordsVaultName"] = AzureState.RecordsVault,
            ["recordsVaultUri"] = $"https://{AzureState.RecordsVault}.vault.azure.net/",
            ["workspaceName"] = "log-itbranches-abc123",
        }.Where(output => output.Key != azure.State.MissingOutput))
        {
            outputs[name] = new JsonObject { ["type"] = "String", ["value"] = value };
        }

        return new()
        {
            ["name"] = call.Get("--name"),
            ["properties"] = new JsonObject
            {
                ["provisioningState"] = "Succeeded",
                ["outputs"] = outputs,
            },
        };
    }
}
