using System.Text.Json;
using IterationBranches.Infra.Tests.Deploying.StandIns;

namespace IterationBranches.Infra.Tests.Deploying;

public sealed class ReadSettingsTests : IAsyncLifetime
{
    private const string Script = "infra/read-settings.sh";

    private DeploymentRig _rig = null!;

    public async ValueTask InitializeAsync() => _rig = await DeploymentRig.StartWithSecretsAsync();

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task It_prints_the_settings_word_for_word_without_secrets_and_without_telemetry()
    {
        _rig.Azure.SettingsFor = _ => new Dictionary<string, string>
        {
            ["Tracks__orders__Team"] = """The "A" team\Berlin, Größe: 3""",
            ["Tracks__orders__IterationRoot"] = "",
            ["PlanetScale__ServiceToken"] = AzureStandIn.Reference("planetscale-service-token"),
            ["APPLICATIONINSIGHTS_CONNECTION_STRING"] = "InstrumentationKey=of-a-test",
        };
        await _rig.DeployAsync();

        var result = await _rig.RunAsync(Script, ["--resource-group", DeploymentRig.Group]);

        Assert.True(result.ExitCode == 0, result.ToString());
        using var json = JsonDocument.Parse(result.Output);
        Assert.False(json.RootElement.GetProperty("IsEncrypted").GetBoolean());
        Assert.Equal(
            [("Tracks__orders__Team", """The "A" team\Berlin, Größe: 3"""), ("Tracks__orders__IterationRoot", "")],
            json.RootElement.GetProperty("Values").EnumerateObject().Select(setting => (setting.Name, setting.Value.GetString()!)));
    }

    /// <summary>Standard output goes into a file.</summary>
    [Theory]
    [InlineData("deployment group show")]
    [InlineData("functionapp config appsettings list")]
    public async Task What_passes_by_itself_is_said_beside_the_settings(string command)
    {
        await _rig.DeployAsync();
        _rig.RefuseOnce(call => call.Command == command, "(ServiceUnavailable) The service is busy.");

        var result = await _rig.RunAsync(Script, ["--resource-group", DeploymentRig.Group]);

        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Contains("not yet (ERROR: (ServiceUnavailable) The service is busy.); trying again (1 of 3)", result.Errors, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(result.Output);
        Assert.NotEmpty(json.RootElement.GetProperty("Values").EnumerateObject());
    }

    [Fact]
    public async Task Without_a_deployment_there_is_nothing_to_read()
    {
        var result = await _rig.RunAsync(Script, ["--resource-group", "nobodys"]);

        Assert.Equal(1, result.ExitCode);
        Assert.Empty(result.Output);
        Assert.Contains("could not find the deployment in nobodys", result.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--resource-group is missing")]
    [InlineData("--resource-group needs a value", "--resource-group")]
    [InlineData("'--app' is not an option", "--app", "x")]
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
        Assert.Contains("> app.settings.json", result.Output, StringComparison.Ordinal);
    }
}
