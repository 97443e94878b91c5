using IterationBranches.Infra.Tests.Deploying.StandIns;
using IterationBranches.Infra.Tests.Templates;

namespace IterationBranches.Infra.Tests.Deploying;

/// <summary>infra/deploy.sh when all goes well, or comes right by itself.</summary>
public sealed class DeployTests : IAsyncLifetime
{
    private DeploymentRig _rig = null!;

    public async ValueTask InitializeAsync() => _rig = await DeploymentRig.StartWithSecretsAsync();

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task It_makes_everything_in_this_order()
    {
        var result = await _rig.DeployAsync();

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal(
            [
                "account show", "provider list", "functionapp list-flexconsumption-locations", "functionapp list-flexconsumption-runtimes",
                "group exists", "group create", "deployment group create", "deployment group show",
                "functionapp config appsettings list", "keyvault secret list", "rest post refresh", "rest get appsettings",
                "functionapp config appsettings list", "functionapp deployment source config-zip", "functionapp config appsettings list",
                "rest post sync", "functionapp function list", "rest post listkeys",
            ],
            _rig.Commands);
        Assert.Equal(Package.Functions, _rig.State.Deployed.Order());
        Assert.Equal("westeurope", _rig.State.Groups[DeploymentRig.Group]);
        Assert.Contains("Deployed, and well", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_call_names_the_one_subscription()
    {
        await _rig.DeployAsync("--subscription", AzureState.Subscription);

        Assert.All(_rig.Azure.Invocations.Where(call => call.Command != "rest"), call => Assert.Equal(AzureState.Subscription, call.Find("--subscription")));
    }

    [Fact]
    public async Task A_second_run_makes_nothing_twice()
    {
        await _rig.DeployAsync();
        var result = await _rig.DeployAsync();

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal(1, _rig.Count("group create"));
        Assert.Equal(0, _rig.Count("keyvault secret set"));
        Assert.Equal(2, _rig.Count("deployment group create"));
    }

    [Fact]
    public async Task It_prints_what_the_doctor_says()
    {
        _rig.State.Doctor.Clear();
        _rig.State.Doctor.Enqueue((200,
            """
            {
              "healthy": true, "identity": "x",
              "checks": [
                { "name": "Azure Boards", "outcome": "ok", "text": "orders: team \"Orders\", C:\\x", "mend": null },
                { "name": "PlanetScale", "outcome": "warning", "text": "the token\u0027s last use is old", "mend": "nothing, if it\u0027s new" }
              ]
            }
            """));

        var result = await _rig.DeployAsync();

        Assert.Contains("   ok  Azure Boards: orders: team \"Orders\", C:\\x\n", result.Output, StringComparison.Ordinal);
        Assert.Contains("   warning  PlanetScale: the token's last use is old\n           nothing, if it's new\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_ends_with_the_next_steps()
    {
        var result = await _rig.DeployAsync();

        Assert.Contains($"infra/add-to-azure-devops.sh --organization ORG --project PROJECT --resource-group {DeploymentRig.Group}", result.Output, StringComparison.Ordinal);
        Assert.Contains($"iteration-branches hooks create --url https://{_rig.Azure.HostName}", result.Output, StringComparison.Ordinal);
        Assert.Contains(AzureState.RecordsVault, result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_provider_that_is_not_registered_is_and_waited_for()
    {
        _rig.State.Providers.Remove("Microsoft.App");
        _rig.State.Registering = 3;

        var result = await _rig.DeployAsync();

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal("Microsoft.App", Assert.Single(_rig.Azure.Invocations, call => call.Command == "provider register").Get("--namespace"));
        Assert.Equal(4, _rig.Count("provider show"));
    }

    [Fact]
    public async Task A_region_may_be_written_as_the_portal_writes_it()
    {
        // The second time the group is there.
        for (var i = 0; i < 2; i++)
        {
            var result = await _rig.RunAsync(
                "infra/deploy.sh", ["--resource-group", "g", "--location", "West Europe", "--parameters", _rig.Parameters, "--package", _rig.PackageFile]);

            Assert.True(result.ExitCode == 0, result.ToString());
        }

        Assert.Equal(1, _rig.Count("group show"));
    }

    [Fact]
    public async Task A_region_that_the_parameters_name_need_not_be_the_groups()
    {
        _rig.State.Groups[DeploymentRig.Group] = "swedencentral";
        await File.AppendAllTextAsync(_rig.Parameters, "param location = 'westeurope'\n");

        var result = await _rig.DeployAsync();

        Assert.True(result.ExitCode == 0, result.ToString());
    }

    [Theory]
    [InlineData("(PrincipalNotFound) Principal 1d00 does not exist in the directory.")]
    [InlineData("(DeploymentActive) The deployment with resource id … cannot be saved, because this would overwrite an existing deployment which is still active.")]
    [InlineData("(ServiceUnavailable) The request timed out.")]
    public async Task A_template_that_comes_too_early_is_deployed_again(string error)
    {
        _rig.State.TemplateErrors.Enqueue(error);
        _rig.State.TemplateErrors.Enqueue(error);

        var result = await _rig.DeployAsync();

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal(3, _rig.Count("deployment group create"));
        Assert.Contains($"not yet (ERROR: {error[..30]}", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_JSON_parameters_file_comes_with_the_template()
    {
        var json = Path.Combine(_rig.Folder, "parameters.json");
        await File.WriteAllTextAsync(json, """{ "parameters": {} }""");

        var result = await _rig.RunAsync("infra/deploy.sh", ["--resource-group", "g", "--location", "westeurope", "--parameters", json, "--package", _rig.PackageFile]);

        // The template itself is checked where it is written; here it only has to be named.
        var create = _rig.Azure.Invocations.First(call => call.Command == "deployment group create");
        Assert.Equal("@" + json, create.Get("--parameters"));
        Assert.Equal(Path.Combine(Repository.Root, "infra", "main.bicep"), create.Get("--template-file"));
        Assert.True(result.ExitCode == 0, result.ToString());
    }

    /// <summary>As az rest says it: the reason of the status, and in brackets the body.</summary>
    [Theory]
    [InlineData("Too Many Requests({\"error\":{\"code\":\"429\"}})")]
    [InlineData("Internal Server Error()")]
    [InlineData("Bad Gateway(<html></html>)")]
    [InlineData("Service Unavailable(The service is unavailable.)")]
    [InlineData("Gateway Timeout()")]
    [InlineData("Gateway Time-out()")]
    [InlineData("(GatewayTimeout) The gateway did not receive a response from 'Microsoft.Web' within the specified time period.")]
    public async Task What_Azure_is_too_busy_for_is_asked_again(string error)
    {
        _rig.RefuseOnce(call => call.Command == "rest" && call.Get("--url").Contains("/refresh?", StringComparison.Ordinal), error);

        var result = await _rig.DeployAsync();

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Contains($"not yet (ERROR: {error}"[..30], result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task References_are_refreshed_until_the_role_has_arrived()
    {
        _rig.State.UnresolvedRefreshes = 4;

        var result = await _rig.DeployAsync();

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Contains("AccessToKeyVaultDenied", result.Output, StringComparison.Ordinal);
        Assert.All(_rig.State.ReferenceStates.Values, state => Assert.Equal("Resolved", state));
    }

    [Theory]
    [InlineData("template")]
    [InlineData("code")]
    public async Task A_stray_AzureWebJobsStorage_is_deleted(string after)
    {
        _rig.State.StraySettingAfter = after;

        var result = await _rig.DeployAsync();

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.DoesNotContain("AzureWebJobsStorage", _rig.State.AppSettings.Keys);
        Assert.Contains("deleted the setting AzureWebJobsStorage", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("AccountKey", result.All, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("InaccessibleStorageException: The storage account is not accessible.")]
    [InlineData("An error occured during deployment. Status Code: 403, Details: Forbidden")]
    [InlineData("An error occured during deployment. Status Code: 503, Details: Site Unavailable")]
    public async Task A_package_that_comes_too_early_is_deployed_again(string error)
    {
        _rig.State.CodeErrors.Enqueue(error);
        _rig.State.CodeErrors.Enqueue(error);

        var result = await _rig.DeployAsync();

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal(3, _rig.Count("functionapp deployment source config-zip"));
    }

    [Theory]
    [InlineData("Deployment was successful but the app appears to be unhealthy. Please check the app logs.")]
    [InlineData("Failed to fetch host key to check for function app status")]
    public async Task A_package_that_arrived_is_not_deployed_again_because_az_did_not_see_it_run(string error)
    {
        _rig.State.CodeErrors.Enqueue(error);
        _rig.State.CodeArrivesAllTheSame = true;

        var result = await _rig.DeployAsync();

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal(1, _rig.Count("functionapp deployment source config-zip"));
    }

    [Fact]
    public async Task Triggers_are_synced_until_every_function_of_the_package_is_listed()
    {
        _rig.State.SyncsNeeded = 3;

        var result = await _rig.DeployAsync();

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal(3, _rig.Count("functionapp function list"));
        Assert.Contains("not yet: Doctor PollIterations ProvisionBranch ReceiveServiceHook (1 of 12)", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_still_starts_is_waited_for()
    {
        _rig.State.KeyRefusals = 2;
        _rig.State.Doctor.Clear();
        _rig.State.Doctor.Enqueue((503, ""));
        _rig.State.Doctor.Enqueue((200, AzureState.HealthyAnswer));

        var result = await _rig.DeployAsync();

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Contains("/api/doctor answers 503; it may still be starting (1 of 10)", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_if_changes_nothing()
    {
        _rig.State.Groups[DeploymentRig.Group] = "westeurope";
        _rig.State.Providers.Remove("Microsoft.App");

        var result = await _rig.DeployAsync("--what-if");

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Contains("24 to create", result.Output, StringComparison.Ordinal);
        Assert.Contains("Microsoft.App is not registered; a deployment registers it", result.Output, StringComparison.Ordinal);
        Assert.Equal("deployment group what-if", _rig.Commands[^1]);
        Assert.Null(_rig.State.Deployment);
        Assert.DoesNotContain("provider register", _rig.Commands);
    }

    [Fact]
    public async Task It_says_what_is_in_the_package_and_on_what_it_runs()
    {
        var result = await _rig.DeployAsync();

        Assert.Contains($"{_rig.PackageFile}: dotnet-isolated 10.0, functions {string.Join(' ', Package.Functions)}\n", result.Output, StringComparison.Ordinal);
        Assert.Contains("the runtime dotnet-isolated 10.0", result.Output, StringComparison.Ordinal);
    }
}
