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
    public Task A_zipped_folder_is_no_package() =>
        RefusedAsync("has no host.json at its root; zip what is in the published folder, not the folder", prefix: "out/");

    [Fact]
    public Task A_package_with_settings_of_a_desk_is_refused() =>
        RefusedAsync("holds a local.settings.json, and with it somebody's secrets", changes: ("local.settings.json", "{}"));

    [Theory]
    [InlineData("functions.metadata")]
    [InlineData("worker.config.json")]
    [InlineData("extensions.json")]
    public Task A_package_without_what_the_host_reads_at_its_root_is_refused(string file) =>
        RefusedAsync($"has no {file} at its root, which the build of an isolated worker (dotnet-isolated 10.0) writes; was it made by an older version?", changes: [(file, null), ($"bin/{file}", "{}")]);

    [Theory]
    [InlineData(".azurefunctions/")]
    [InlineData("bin/.azurefunctions/extension.dll")]
    public Task A_package_without_the_host_s_extensions_is_refused(string instead) =>
        RefusedAsync("has no folder .azurefunctions at its root", changes: [(".azurefunctions/extension.dll", null), (instead, "")]);

    [Theory]
    [InlineData("""{ "description": { "language": "node", "defaultWorkerPath": "iteration-branches.dll" } }""", "says the language 'node', not 'dotnet-isolated'")]
    [InlineData("{}", "says the language '', not 'dotnet-isolated'")]
    [InlineData("""{ "description": { "language": "dotnet-isolated", "defaultWorkerPath": "app.dll" } }""", "starts 'app.dll', which is not in it")]
    [InlineData("""{ "description": { "language": "dotnet-isolated" } }""", "starts '', which is not in it")]
    public Task A_package_whose_worker_could_not_be_started_is_refused(string worker, string problem) =>
        RefusedAsync(problem, changes: ("worker.config.json", worker));

    [Fact]
    public Task A_package_without_functions_is_refused() => RefusedAsync("has no function\n", functions: []);

    [Fact]
    public Task A_package_of_a_version_without_the_doctor_is_refused() => RefusedAsync("has no function Doctor", functions: ["PollIterations"]);

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

    /// <summary>With the package that is wrong in this, and with what to do about it.</summary>
    private async Task RefusedAsync(string problem, string prefix = "", IEnumerable<string>? functions = null, params (string Name, string? Text)[] changes)
    {
        File.Delete(_rig.PackageFile);
        Package.Write(_rig.PackageFile, prefix, functions, changes);

        var result = await _rig.DeployAsync();

        Refused(result, problem);
        Assert.Contains("Take the zip of the release that these templates are from, or make it: dotnet run --project src/Sandbox -- package --output iteration-branches.zip", result.Errors, StringComparison.Ordinal);
    }

    private void Refused(ScriptResult result, string problem)
    {
        Assert.True(result.ExitCode == 2, result.ToString());
        Assert.Contains("error: ", result.Errors, StringComparison.Ordinal);
        Assert.Contains(problem, result.Errors, StringComparison.Ordinal);
        Assert.Empty(_rig.Azure.Invocations);
    }
}
