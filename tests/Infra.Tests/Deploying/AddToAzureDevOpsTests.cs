using IterationBranches.Infra.Tests.Deploying.StandIns;

namespace IterationBranches.Infra.Tests.Deploying;

public sealed class AddToAzureDevOpsTests : IAsyncLifetime
{
    private const string Script = "infra/add-to-azure-devops.sh";

    private DeploymentRig _rig = null!;

    public async ValueTask InitializeAsync() => _rig = await DeploymentRig.StartWithSecretsAsync();

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task The_identity_of_the_deployment_becomes_a_reader_of_the_projects()
    {
        await _rig.DeployAsync();

        var result = await _rig.RunAsync(Script, ["--organization", "acme", "--project", "Shop", "--project", "Größe & Co", "--resource-group", DeploymentRig.Group]);

        Assert.True(result.ExitCode == 0, result.ToString());
        var request = Assert.Single(_rig.State.Entitlements);
        Assert.Equal(AzureState.Principal, (string?)request["servicePrincipal"]!["originId"]);
        Assert.Equal("express", (string?)request["accessLevel"]!["accountLicenseType"]);
        Assert.Equal(_rig.State.Projects.Values, request["projectEntitlements"]!.AsArray().Select(project => (string?)project!["projectRef"]!["id"]));
    }

    [Fact]
    public async Task A_principal_and_a_licence_can_be_named()
    {
        var result = await _rig.RunAsync(Script, ["--organization", "acme", "--project", "Shop", "--principal", "1d-other", "--license", "stakeholder"]);

        Assert.True(result.ExitCode == 0, result.ToString());
        var request = Assert.Single(_rig.State.Entitlements);
        Assert.Equal("1d-other", (string?)request["servicePrincipal"]!["originId"]);
        Assert.Equal("stakeholder", (string?)request["accessLevel"]!["accountLicenseType"]);
    }

    [Fact]
    public async Task An_identity_that_Azure_DevOps_does_not_know_yet_is_added_again()
    {
        _rig.State.EntitlementErrors.Enqueue("VS403283: Could not add user 'id-itbranches' at this time.");
        _rig.State.EntitlementErrors.Enqueue("VS403283: Could not add user 'id-itbranches' at this time.");

        var result = await AddAsync();

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Contains("not yet (VS403283: Could not add user 'id-itbranches' at this time.); trying again (2 of 8)", result.Output, StringComparison.Ordinal);
        Assert.Single(_rig.State.Entitlements);
    }

    /// <summary>While the request is being written.</summary>
    [Fact]
    public async Task A_project_that_is_found_at_the_second_try_is_in_the_request_and_nothing_else()
    {
        _rig.RefuseOnce(call => call.Command == "rest" && call.Get("--url").Contains("/_apis/projects/", StringComparison.Ordinal), "(ServiceUnavailable) The service is busy.");

        var result = await AddAsync();

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Contains("trying again (1 of 3)", result.Errors, StringComparison.Ordinal);
        Assert.Equal(_rig.State.Projects["Shop"], (string?)Assert.Single(_rig.State.Entitlements)["projectEntitlements"]!.AsArray().Single()!["projectRef"]!["id"]);
    }

    [Theory]
    [InlineData("VS403283: Could not add user at this time.", 8, "Is acme connected to the identity's tenant")]
    [InlineData("VS402382: No licenses are left of this type.", 1, "--license stakeholder")]
    [InlineData("VS403367: You need to be an administrator.", 1, "Project Collection Administrator")]
    public async Task A_refusal_is_one_although_the_answer_is_200(string error, int times, string mend)
    {
        for (var i = 0; i < times; i++)
        {
            _rig.State.EntitlementErrors.Enqueue(error);
        }

        var result = await AddAsync();

        Assert.True(result.ExitCode == 1, result.ToString());
        Assert.Contains(error, result.Errors, StringComparison.Ordinal);
        Assert.Contains("acme refused the identity", result.Errors, StringComparison.Ordinal);
        Assert.Contains(mend, result.Errors, StringComparison.Ordinal);
        Assert.Empty(_rig.State.EntitlementErrors);
        Assert.Empty(_rig.State.Entitlements);
    }

    [Fact]
    public async Task A_project_that_is_not_there_is_named()
    {
        var result = await _rig.RunAsync(Script, ["--organization", "acme", "--project", "Shoe", "--principal", "x"]);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("could not find the project 'Shoe' in acme", result.Errors, StringComparison.Ordinal);
        Assert.Empty(_rig.State.Entitlements);
    }

    [Theory]
    [InlineData("--organization must be the name", "--organization", "https://dev.azure.com/acme", "--project", "Shop", "--principal", "x")]
    [InlineData("--project is missing", "--organization", "acme", "--principal", "x")]
    [InlineData("--resource-group or --principal is missing", "--organization", "acme", "--project", "Shop")]
    [InlineData("--license must be express or stakeholder, not 'gold'", "--organization", "acme", "--project", "Shop", "--principal", "x", "--license", "gold")]
    [InlineData("'--colour' is not an option", "--colour", "blue")]
    public async Task Wrong_arguments_are_named(string problem, params string[] arguments)
    {
        var result = await _rig.RunAsync(Script, arguments);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(problem, result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_explains_it()
    {
        var result = await _rig.RunAsync(Script, ["--help"]);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("Project Collection Administrator", result.Output, StringComparison.Ordinal);
    }

    private Task<ScriptResult> AddAsync() => _rig.RunAsync(Script, ["--organization", "acme", "--project", "Shop", "--principal", AzureState.Principal]);
}
