namespace IterationBranches.Infra.Tests.Deploying;

/// <summary>What infra/deploy.sh is given: checked before Azure is asked for anything.</summary>
public sealed class DeployArgumentsTests : IAsyncLifetime
{
    private DeploymentRig _rig = null!;

    public async ValueTask InitializeAsync() => _rig = await DeploymentRig.StartAsync();

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task Help_names_every_option()
    {
        var result = await _rig.RunAsync("infra/deploy.sh", ["--help"]);

        Assert.Equal(0, result.ExitCode);
        Assert.All(
            ["--resource-group", "--location", "--parameters", "--package", "--subscription", "--ask-secrets", "--what-if", "--help"],
            option => Assert.Contains($"  {option} ", result.Output, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("'--force' is not an option; see --help", "--force")]
    [InlineData("--location needs a value", "--location")]
    [InlineData("--location needs a value", "--location", "")]
    [InlineData("--resource-group is missing", "--location", "x")]
    [InlineData("--location is missing", "--resource-group", "x")]
    [InlineData("--parameters is missing", "--resource-group", "x", "--location", "x")]
    [InlineData("--parameters: there is no file 'none.bicepparam'", "--resource-group", "x", "--location", "x", "--parameters", "none.bicepparam")]
    [InlineData("--package is missing", "--resource-group", "x", "--location", "x", "--parameters", "README.md")]
    [InlineData("--package: there is no file 'none.zip'", "--resource-group", "x", "--location", "x", "--parameters", "README.md", "--package", "none.zip")]
    [InlineData("--package: 'README.md' is not a zip", "--resource-group", "x", "--location", "x", "--parameters", "README.md", "--package", "README.md")]
    public async Task Wrong_arguments_are_named(string problem, params string[] arguments)
    {
        var result = await _rig.RunAsync("infra/deploy.sh", arguments);

        Refused(result, problem);
    }

    [Fact]
    public async Task A_zipped_folder_is_no_package()
    {
        File.Delete(_rig.PackageFile);
        Package.Write(_rig.PackageFile, prefix: "out/");

        Refused(await _rig.DeployAsync(), "has no host.json at its root; zip what is in the published folder, not the folder");
    }

    [Fact]
    public async Task An_executable_that_lost_its_bit_is_noticed()
    {
        File.Delete(_rig.PackageFile);
        Package.Write(_rig.PackageFile, isExecutable: false);

        Refused(await _rig.DeployAsync(), $"'iteration-branches' in '{_rig.PackageFile}' cannot be executed");
    }

    [Fact]
    public async Task A_package_with_settings_of_a_desk_is_refused()
    {
        File.Delete(_rig.PackageFile);
        Package.Write(_rig.PackageFile, more: new Dictionary<string, string> { ["local.settings.json"] = "{}" });

        Refused(await _rig.DeployAsync(), "holds a local.settings.json");
    }

    [Fact]
    public async Task A_package_without_functions_is_refused()
    {
        File.Delete(_rig.PackageFile);
        Package.Write(_rig.PackageFile, functions: []);

        Refused(await _rig.DeployAsync(), "has no function");
    }

    [Fact]
    public async Task A_package_of_a_version_without_the_doctor_is_refused()
    {
        File.Delete(_rig.PackageFile);
        Package.Write(_rig.PackageFile, functions: ["PollIterations"]);

        Refused(await _rig.DeployAsync(), "has no function Doctor");
    }

    [Fact]
    public async Task A_package_of_no_known_host_is_refused()
    {
        File.Delete(_rig.PackageFile);
        Package.Write(_rig.PackageFile, host: """{ "version": "2.0" }""");

        Refused(await _rig.DeployAsync(), "names no customHandler, and there is no functions.metadata");
    }

    [Theory]
    [InlineData("az")]
    [InlineData("unzip")]
    public async Task A_tool_that_is_not_there_is_named(string tool)
    {
        // A PATH with everything but the one.
        foreach (var name in new[] { "bash", "dirname", "cat", "mktemp", "rm", "curl", "az", "unzip" }.Where(name => name != tool))
        {
            var found = Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
            if (found is not null && !File.Exists(Path.Combine(_rig.Bin, name)))
            {
                File.CreateSymbolicLink(Path.Combine(_rig.Bin, name), found);
            }
        }

        File.Delete(Path.Combine(_rig.Bin, tool));
        var result = await _rig.RunBashAsync(
            ["-c", $"PATH='{_rig.Bin}' bash infra/deploy.sh --resource-group x --location x --parameters '{_rig.Parameters}' --package '{_rig.PackageFile}'"]);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"'{tool}' is not on the PATH", result.Errors, StringComparison.Ordinal);
    }

    private void Refused(ScriptResult result, string problem)
    {
        Assert.True(result.ExitCode == 2, result.ToString());
        Assert.Contains("error: ", result.Errors, StringComparison.Ordinal);
        Assert.Contains(problem, result.Errors, StringComparison.Ordinal);
        Assert.Empty(_rig.Azure.Invocations);
    }
}
