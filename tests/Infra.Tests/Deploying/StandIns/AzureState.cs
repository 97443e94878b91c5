using System.Text.Json.Nodes;

namespace IterationBranches.Infra.Tests.Deploying.StandIns;

/// <summary>What is in the subscription, and what goes wrong there. Each trouble is as Azure has it; by default there is none.</summary>
public sealed class AzureState
{
    public const string Subscription = "5b000000-0000-4000-8000-000000000001";
    public const string AppName = "func-itbranches-abc123";
    public const string SettingsVault = "kvs-itbranches-abc123";
    public const string RecordsVault = "kvr-itbranches-abc123";
    public const string StorageAccount = "stitbranchesabc123";
    public const string Principal = "1d000000-0000-4000-8000-000000000002";

    public static string AppId(string group) => $"/subscriptions/{Subscription}/resourceGroups/{group}/providers/Microsoft.Web/sites/{AppName}";

    public bool IsLoggedIn { get; set; } = true;

    public HashSet<string> Providers { get; } = new(StringComparer.OrdinalIgnoreCase)
    {
        "Microsoft.Web", "Microsoft.App", "Microsoft.Storage", "Microsoft.KeyVault", "Microsoft.ManagedIdentity", "microsoft.insights",
        "Microsoft.OperationalInsights", "Microsoft.Network",
    };

    /// <summary>How often a provider that is being registered is still said to be.</summary>
    public int Registering { get; set; }

    public bool MayRegister { get; set; } = true;

    public List<string> Regions { get; } = ["West Europe", "Sweden Central"];

    public List<(string Name, string Version)> Runtimes { get; } = [("dotnet-isolated", "8.0"), ("dotnet-isolated", "10.0")];

    public Dictionary<string, string> Groups { get; } = [];

    /// <summary>What the deployments of the template end with, one after the other; then they succeed.</summary>
    public Queue<string> TemplateErrors { get; } = [];

    public JsonObject? Deployment { get; set; }

    /// <summary>An output that is not there, as of another template.</summary>
    public string? MissingOutput { get; set; }

    public Dictionary<string, string> AppSettings { get; } = [];

    /// <summary>When the setting <c>AzureWebJobsStorage</c> appears by itself: "template" or "code".</summary>
    public string? StraySettingAfter { get; set; }

    public Dictionary<string, string> Secrets { get; } = [];

    /// <summary>How often the operator may not see the vault yet, and what it says then.</summary>
    public int VaultRefusals { get; set; }

    public string VaultRefusal { get; set; } = ForbiddenByRbac;

    public const string ForbiddenByRbac = "(Forbidden) Caller is not authorized to perform action on resource.\nCode: Forbidden\nInner error: { \"code\": \"ForbiddenByRbac\" }";

    /// <summary>How many refreshes find a reference not resolvable yet, and why.</summary>
    public int UnresolvedRefreshes { get; set; }

    public string UnresolvedStatus { get; set; } = "AccessToKeyVaultDenied";

    /// <summary>What each reference came to when it was last asked for: not when it is looked at.</summary>
    public Dictionary<string, string> ReferenceStates { get; } = [];

    public Queue<string> CodeErrors { get; } = [];

    /// <summary>Whether the code arrives although <see cref="CodeErrors"/> has an error.</summary>
    public bool CodeArrivesAllTheSame { get; set; }

    /// <summary>The functions of the package that was deployed last; empty: no package yet.</summary>
    public IReadOnlyList<string> Deployed { get; set; } = [];

    /// <summary>How many syncs it takes until the host serves more than its own WarmUp.</summary>
    public int SyncsNeeded { get; set; } = 1;

    public int Syncs { get; set; }

    /// <summary>How often the host does not tell its keys, because it starts.</summary>
    public int KeyRefusals { get; set; }

    public string MasterKey { get; set; } = "Master_Key-0123456789abcdefghijklmnopqrstuvwxyzABCDEF==";

    /// <summary>What the app's doctor answers, one after the other; the last stays.</summary>
    public Queue<(int Status, string Body)> Doctor { get; } = new([(200, HealthyAnswer)]);

    public const string HealthyAnswer =
        """{"healthy":true,"identity":"id-itbranches-abc123","checks":[{"name":"Azure Boards","outcome":"ok","text":"orders: 4 iterations of the team \"Orders\"","mend":null}]}""";

    /// <summary>Of Azure DevOps.</summary>
    public string Organization { get; set; } = "acme";

    /// <summary>Projects of the organization, by name.</summary>
    public Dictionary<string, string> Projects { get; } = new() { ["Shop"] = "9c000000-0000-4000-8000-000000000003", ["Größe & Co"] = "9c000000-0000-4000-8000-000000000004" };

    /// <summary>What Azure DevOps says, with 200, instead of taking the identity.</summary>
    public Queue<string> EntitlementErrors { get; } = [];

    /// <summary>The requests by which the identity was taken.</summary>
    public List<JsonObject> Entitlements { get; } = [];

    /// <summary>Settings of another app, which reads a credential.</summary>
    public Dictionary<string, string> ReaderSettings { get; } = [];

    /// <summary>Role, principal and scope.</summary>
    public List<(string Role, string Principal, string Scope)> RoleAssignments { get; } = [];
}
