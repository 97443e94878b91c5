using IterationBranches.Sandbox.FunctionsHost;
using IterationBranches.Testing;

namespace IterationBranches.EndToEnd.Tests.FunctionsHostTests;

public sealed class HostCommandTests : IDisposable
{
    private readonly AppRoot _app = new();

    public void Dispose() => _app.Dispose();

    [Fact]
    public void The_values_of_a_local_settings_file_are_app_settings()
    {
        _app.Write("local.settings.json", """{ "IsEncrypted": false, "Values": { "A": "b", "N": 1 /* a number */ } }""");

        var values = SettingsFiles.ReadLocalSettings(Path.Combine(_app.Directory, "local.settings.json"));

        Assert.Equal(new Dictionary<string, string> { ["A"] = "b", ["N"] = "1" }, values);
    }

    [Fact]
    public void An_env_file_has_a_setting_a_line()
    {
        _app.Write(".env", "# comment\n\nA=b=c\n  D = e \r\n");

        var values = SettingsFiles.ReadEnvFile(Path.Combine(_app.Directory, ".env"));

        Assert.Equal(new Dictionary<string, string> { ["A"] = "b=c", ["D"] = "e" }, values);
    }

    [Fact]
    public void A_line_that_is_no_setting_is_named()
    {
        _app.Write(".env", "A=b\nnonsense");

        var error = Assert.Throws<HostConfigurationException>(() => SettingsFiles.ReadEnvFile(Path.Combine(_app.Directory, ".env")));

        Assert.Contains("line 2", error.Message);
    }

    /// <summary>As the real host: who watches its process sees no error.</summary>
    [Fact]
    public async Task A_worker_that_dies_three_times_ends_the_host_with_exit_code_0()
    {
        _app.Function("Poll", AppRoot.Timer).Write(".env", "PollSchedule=0 */5 * * * *");

        var command = HostCommand.Create().Parse(["--app", _app.Directory, "--port", "0", "--env-file", Path.Combine(_app.Directory, ".env")]);

        Assert.Equal(0, await command.InvokeAsync().WaitAsync(Bound.Wait));
    }

    [Fact]
    public async Task A_folder_that_is_no_app_is_exit_code_2() =>
        Assert.Equal(2, await HostCommand.Create().Parse(["--app", Path.Combine(_app.Directory, "nothing")]).InvokeAsync());
}
