using IterationBranches.Sandbox.App;
using IterationBranches.Testing;

namespace IterationBranches.EndToEnd.Tests.Sandbox;

/// <summary>The commands of the README, as a reader types them.</summary>
public sealed class CommandLineTests
{
    [Fact]
    public async Task Serve_writes_the_settings_with_which_any_host_can_run_the_app()
    {
        var file = Path.Combine(Path.GetTempPath(), $"sandbox-{Guid.NewGuid():N}.env");
        using var serve = AppProcess.StartSandbox("serve", "--env-file", file, "--keyvault-url", "https://localhost:1");
        try
        {
            while (await serve.StandardOutput.ReadLineAsync().WaitAsync(Bound.Wait) is { } line && !line.Contains("The settings are in", StringComparison.Ordinal))
            {
                Assert.False(serve.HasExited, line);
            }

            var settings = File.ReadAllLines(file).Select(line => line.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
            Assert.Equal("https://localhost:1", settings["KeyVault__Uri"]);
            Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(file) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));

            // With the stand-in's own address the app works against it.
            var (exitCode, output, errors) = await CliCommand.RunAsync(["plan", "--track", "orders"], settings);
            Assert.Equal(1, exitCode);
            Assert.Contains("orders: could not be looked at: Key Vault could not be reached", output + errors, StringComparison.Ordinal);
        }
        finally
        {
            serve.Kill(entireProcessTree: true);
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("demo")]
    [InlineData("serve")]
    [InlineData("host")]
    [InlineData("package")]
    public async Task Every_verb_explains_itself(string verb)
    {
        var (exitCode, output, _) = await AppProcess.RunAsync(AppProcess.StartSandbox(verb, "--help"));

        Assert.Equal(0, exitCode);
        Assert.Contains("Usage:", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_option_is_an_error()
    {
        var (exitCode, _, errors) = await AppProcess.RunAsync(AppProcess.StartSandbox("demo", "--onec"));

        Assert.Equal(2, exitCode);
        Assert.Contains("--onec", errors, StringComparison.Ordinal);
    }
}
