using System.Text.Json.Nodes;
using IterationBranches.Infra.Tests.Deploying.StandIns;
using IterationBranches.Infra.Tests.Templates;

namespace IterationBranches.Infra.Tests.Deploying;

/// <summary>infra/deploy.sh when something is wrong: it says what, and what to do, and what was done stays.</summary>
public sealed class DeployFailureTests : IAsyncLifetime
{
    private DeploymentRig _rig = null!;

    public async ValueTask InitializeAsync() => _rig = await DeploymentRig.StartWithSecretsAsync();

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task Nobody_is_logged_in()
    {
        _rig.State.IsLoggedIn = false;

        await FailsAsync("there is no subscription to work in", "Log in first: az login", last: "account show");
    }

    [Fact]
    public async Task The_Azure_CLI_is_too_old()
    {
        Refuse(call => call.Command.StartsWith("functionapp list-flex", StringComparison.Ordinal), "'list-flexconsumption-locations' is misspelled or not recognized by the system.");

        await FailsAsync("could not list the regions of the Flex Consumption plan", "The Azure CLI is too old", last: "functionapp list-flexconsumption-locations");
    }

    [Fact]
    public async Task The_subscription_is_another()
    {
        var result = await _rig.DeployAsync("--subscription", "nobodys");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("Subscription 'nobodys' not found", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_provider_may_not_be_registered()
    {
        _rig.State.Providers.Remove("Microsoft.App");
        _rig.State.MayRegister = false;

        await FailsAsync("could not register Microsoft.App", $"az provider register --namespace Microsoft.App --subscription {AzureState.Subscription}", last: "provider register");
    }

    [Fact]
    public async Task A_provider_takes_too_long()
    {
        _rig.State.Providers.Remove("Microsoft.App");
        _rig.State.Registering = 1000;

        await FailsAsync("Microsoft.App is still not registered", "az provider show --namespace Microsoft.App", last: "provider show");
    }

    [Fact]
    public async Task The_region_has_no_Flex_plan()
    {
        _rig.State.Regions.Remove("West Europe");

        await FailsAsync("the Flex Consumption plan is not offered in 'westeurope'", "It is in: swedencentral", last: "functionapp list-flexconsumption-locations");
    }

    [Fact]
    public async Task The_region_has_no_isolated_worker()
    {
        _rig.State.Runtimes.RemoveAll(runtime => runtime.Name == "dotnet-isolated");

        await FailsAsync(
            "the region 'westeurope' does not offer the runtime 'dotnet-isolated 10.0'", "az functionapp list-flexconsumption-runtimes --location westeurope --runtime dotnet-isolated",
            last: "functionapp list-flexconsumption-runtimes");
    }

    [Fact]
    public async Task The_region_has_another_version_of_the_runtime()
    {
        _rig.State.Runtimes.Remove(("dotnet-isolated", "10.0"));

        await FailsAsync("does not offer the runtime 'dotnet-isolated 10.0'", "Take another --location", last: "functionapp list-flexconsumption-runtimes");
    }

    [Theory]
    [InlineData()]
    [InlineData("--what-if")]
    public async Task The_resource_group_is_in_another_region(params string[] more)
    {
        _rig.State.Groups[DeploymentRig.Group] = "swedencentral";

        await FailsAsync(
            $"the resource group '{DeploymentRig.Group}' is in 'swedencentral', and the template is deployed to where its group is, not to 'westeurope'",
            $"Use --location swedencentral; or another --resource-group; or delete this one, if nobody needs what is in it: az group delete --name {DeploymentRig.Group}",
            last: "group show", more);
        Assert.Null(_rig.State.Deployment);
    }

    [Theory]
    [InlineData("(RoleDefinitionWithSameNameExists) A custom role with the same name already exists in this directory.", "change baseName in the parameters")]
    [InlineData("(RoleAssignmentUpdateNotPermitted) Tenant ID, application ID, principal ID, and scope are not allowed to be updated.", "A role assignment is in the way")]
    [InlineData("(ConflictError) A vault with the same name already exists in deleted state.", "az keyvault recover --name NAME")]
    [InlineData("(AuthorizationFailed) The client 'x' does not have authorization to perform action 'Microsoft.Authorization/roleDefinitions/write'", "customRecordsRole = false")]
    [InlineData("(AuthorizationFailed) The client 'x' does not have authorization to perform action 'Microsoft.Authorization/roleAssignments/write'", "You need Owner on the resource group")]
    [InlineData("(Unauthorized) This region has quota of 0 instances for your subscription.", "take another --location")]
    [InlineData("(RequestDisallowedByPolicy) Resource 'st' was disallowed by policy.", "A policy of your organisation forbids it")]
    [InlineData("main.bicepparam(3,7) : Error BCP033: Expected a value of type \"string\"", "The parameters do not fit the template")]
    [InlineData("(SomethingNew) Nobody has seen this.", "The message above is Azure's")]
    public async Task The_template_is_refused(string error, string mend)
    {
        _rig.State.TemplateErrors.Enqueue(error);

        await FailsAsync("could not deploy the template", mend, last: "deployment group create");
        Assert.Equal(1, _rig.Count("deployment group create"));
    }

    [Fact]
    public async Task The_template_never_gets_through()
    {
        for (var i = 0; i < 6; i++)
        {
            _rig.State.TemplateErrors.Enqueue("(PrincipalNotFound) Principal 1d00 does not exist in the directory.");
        }

        await FailsAsync("could not deploy the template, after 6 tries", "run this again in some minutes", last: "deployment group create");
    }

    [Theory]
    [InlineData("hostName")]
    [InlineData("settingsVaultName")]
    [InlineData("functionAppId")]
    [InlineData("workspaceName")]
    public async Task The_template_is_another(string output)
    {
        _rig.State.MissingOutput = output;

        await FailsAsync("lacks an output of infra/main.bicep", "Is ", last: "deployment group show");
    }

    [Theory]
    [InlineData("AccessToKeyVaultDenied", "may not read kvs-itbranches-abc123")]
    [InlineData("SecretNotFound", "az keyvault secret list --vault-name kvs-itbranches-abc123")]
    [InlineData("MSINotEnabled", "were changed by hand")]
    [InlineData("OtherReasons", "See the app's settings in the portal")]
    public async Task A_reference_is_never_resolved(string status, string mend)
    {
        _rig.State.UnresolvedRefreshes = 1000;
        _rig.State.UnresolvedStatus = status;

        await FailsAsync("not every Key Vault reference can be resolved", mend, last: "rest get appsettings");
    }

    [Fact]
    public async Task The_package_never_gets_in()
    {
        for (var i = 0; i < 10; i++)
        {
            _rig.State.CodeErrors.Enqueue("InaccessibleStorageException: The storage account is not accessible.");
        }

        await FailsAsync("could not deploy the package, after 10 tries", "Roles can take up to an hour to arrive", last: "functionapp deployment source config-zip");
    }

    [Fact]
    public async Task The_package_is_refused()
    {
        _rig.State.CodeErrors.Enqueue("The package is not a zip.");

        await FailsAsync("could not deploy the package", "The message above is Azure's", last: "functionapp deployment source config-zip");
        Assert.Equal(1, _rig.Count("functionapp deployment source config-zip"));
    }

    [Fact]
    public async Task The_host_serves_nothing_but_WarmUp()
    {
        _rig.State.SyncsNeeded = 1000;

        NamesTheLog(await FailsAsync(
            "the host does not list Doctor PollIterations ProvisionBranch ReceiveServiceHook", "A second deployment often helps", last: "functionapp function list"));
    }

    [Fact]
    public async Task The_host_does_not_tell_its_key()
    {
        _rig.State.KeyRefusals = 1000;

        await FailsAsync("could not read the host's key, after 8 tries", "run this again in some minutes", last: "rest post listkeys");
    }

    [Fact]
    public async Task The_app_does_not_answer()
    {
        _rig.State.Doctor.Clear();
        _rig.State.Doctor.Enqueue((500, "boom"));

        NamesTheLog(await FailsAsync($"https://{_rig.Azure.HostName}/api/doctor answers 500", "The code is deployed.", last: "rest post listkeys"));
    }

    [Fact]
    public async Task The_doctor_finds_something()
    {
        _rig.State.Doctor.Clear();
        _rig.State.Doctor.Enqueue((200,
            """{"healthy":false,"identity":"x","checks":[{"name":"Azure Boards","outcome":"failed","text":"the identity is not in acme","mend":"add it"}]}"""));

        var result = await _rig.DeployAsync();

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("failed  Azure Boards: the identity is not in acme\n           add it\n", result.Output, StringComparison.Ordinal);
        Assert.Contains("On a first deployment that is the identity", result.Output, StringComparison.Ordinal);
        Assert.Contains("infra/add-to-azure-devops.sh", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task There_is_nothing_to_compare_with()
    {
        var result = await _rig.DeployAsync("--what-if");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"az group create --name {DeploymentRig.Group} --location westeurope", result.Errors, StringComparison.Ordinal);
        Assert.Empty(_rig.State.Groups);
    }

    [Fact]
    public async Task The_changes_cannot_be_shown()
    {
        _rig.State.Groups[DeploymentRig.Group] = "westeurope";
        Refuse(call => call.Command == "deployment group what-if", "InvalidTemplate");

        var result = await _rig.DeployAsync("--what-if");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("could not compare", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_resource_group_may_not_be_made()
    {
        Refuse(call => call.Command == "group create", "(AuthorizationFailed) The client 'x' does not have authorization to perform action 'Microsoft.Resources/subscriptions/resourcegroups/write'");

        await FailsAsync("could not make the resource group", "You need Owner on the resource group", last: "group create");
    }

    [Fact]
    public async Task The_host_cannot_sync_but_has_its_functions_all_the_same()
    {
        _rig.State.SyncsNeeded = 0;
        Refuse(call => call.Command == "rest" && call.Get("--url").Contains("/sync?", StringComparison.Ordinal), "Internal Server Error");

        var result = await _rig.DeployAsync();

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Contains("the host cannot sync its triggers yet (ERROR: Internal Server Error)", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_failed_is_continued_by_the_next()
    {
        _rig.State.CodeErrors.Enqueue("The package is not a zip.");
        Assert.Equal(1, (await _rig.DeployAsync()).ExitCode);

        var result = await _rig.DeployAsync();

        Assert.True(result.ExitCode == 0, result.ToString());
    }

    private void Refuse(Func<AzInvocation, bool> which, string error) =>
        _rig.Azure.Others = call => which(call) ? throw new AzException(1, error) : Task.FromResult<JsonNode?>(null);

    /// <summary>The Flex Consumption plan has no log stream: it is all in the workspace.</summary>
    private static void NamesTheLog(ScriptResult result)
    {
        Assert.Contains("'No poll for an hour' in docs/runbook.md", result.Errors, StringComparison.Ordinal);
        Assert.Contains("\n## No poll for an hour\n", Repository.Runbook, StringComparison.Ordinal);
        Assert.Contains("az monitor log-analytics query ", result.Errors, StringComparison.Ordinal);
        Assert.Contains("--workspace-name log-itbranches-abc123 ", result.Errors, StringComparison.Ordinal);
        Assert.Contains($"AppTraces, AppExceptions | where AppRoleName =~ '{AzureState.AppName}'", result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("az webapp", result.Errors, StringComparison.Ordinal);
    }

    private async Task<ScriptResult> FailsAsync(string problem, string mend, string last, params string[] more)
    {
        var result = await _rig.DeployAsync(more);

        Assert.True(result.ExitCode == 1, result.ToString());
        Assert.Contains("\nerror: ", result.Errors, StringComparison.Ordinal);
        Assert.Contains(problem, result.Errors, StringComparison.Ordinal);
        Assert.Contains(mend, result.Errors, StringComparison.Ordinal);
        Assert.Contains("run the same command again to continue", result.Errors, StringComparison.Ordinal);
        Assert.Equal(last, _rig.Commands[^1]);
        return result;
    }
}
