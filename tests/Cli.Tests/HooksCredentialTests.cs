using IterationBranches.Sandbox.StandIns;
using IterationBranches.Sandbox.StandIns.AzureBoards;

namespace IterationBranches.Cli.Tests;

/// <summary>Where <c>hooks</c> takes its secrets from: files, standard input, the environment, the Azure CLI's login.</summary>
public sealed class HooksCredentialTests
{
    private const string Principal = "dddddddd-0000-4000-8000-000000000004";

    [Fact]
    public async Task Every_secret_can_come_from_a_file()
    {
        await using var bench = await HooksBench.StartAsync();
        foreach (var name in new[] { "AZURE_DEVOPS_EXT_PAT", "HOOKS_FUNCTION_KEY", "ServiceHook__Password" })
        {
            bench.Environment[name] = null;
        }

        using var files = new Files();
        var (exitCode, output, error) = await bench.RunAsync(
            "create",
            "--pat-file", files.Of("pat", HooksBench.Token + "\n"),
            "--key-file", files.Of("key", HooksBench.Key + "\r\n"),
            "--password-file", files.Of("password", HooksBench.Password + "\n"));

        Assert.True(exitCode == 0, output + error);
        Assert.Equal(7, bench.Boards.Subscriptions.Count);
    }

    [Fact]
    public async Task A_file_comes_before_the_environment_and_standard_input_is_one_file()
    {
        await using var bench = await HooksBench.StartAsync();
        bench.Environment["AZURE_DEVOPS_EXT_PAT"] = "a-token-that-nobody-knows";

        Assert.Equal(1, (await bench.RunAsync("list")).ExitCode);
        Assert.Equal(0, (await bench.RunWithInputAsync(HooksBench.Token + "\n", "list", "--pat-file", "-")).ExitCode);
        var twice = await bench.RunWithInputAsync(HooksBench.Token, "create", "--pat-file", "-", "--key-file", "-");

        Assert.Equal(2, twice.ExitCode);
        Assert.Contains("standard input can hold one secret", twice.Error);
    }

    [Fact]
    public async Task A_token_or_a_key_with_a_character_that_none_has_is_named_before_anybody_is_asked()
    {
        await using var bench = await HooksBench.StartAsync();
        bench.Environment["AZURE_DEVOPS_EXT_PAT"] = $"\u200B{HooksBench.Token}";
        bench.Environment["HOOKS_FUNCTION_KEY"] = $"{HooksBench.Key}\u2013";

        var (exitCode, output, error) = await bench.RunAsync("create");

        Assert.Equal(2, exitCode);
        Assert.Contains("--pat-file (or AZURE_DEVOPS_EXT_PAT): must hold one personal access token alone; character 1 is U+200B, a zero-width space", error);
        Assert.Contains($"--key-file (or HOOKS_FUNCTION_KEY): must hold one key alone; character {HooksBench.Key.Length + 1} is U+2013, a dash that is no hyphen", error);
        Assert.DoesNotContain(HooksBench.Token, output + error);
        Assert.Empty(bench.Boards.Calls.All);
    }

    [Fact]
    public async Task Without_a_token_the_login_of_the_Azure_CLI_is_used()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the stand-in for az is a shell script");
        await using var bench = await HooksBench.StartAsync();
        bench.Boards.AddUser(Principal, hooks: HookRights.All);
        bench.Environment["AZURE_DEVOPS_EXT_PAT"] = null;
        using var files = new Files();
        var token = StandInTokens.Issue("499b84ac-1321-427f-aa17-267ca6975798", Principal, TimeProvider.System.GetUtcNow(), TimeSpan.FromHours(1));
        var az = files.Of("az", $$"""
            #!/bin/sh
            case "$*" in *499b84ac-1321-427f-aa17-267ca6975798*) ;; *) echo "ERROR: another resource" >&2; exit 1;; esac
            echo '{"accessToken":"{{token}}","expiresOn":"2099-01-01 00:00:00.000000","expires_on":4070908800,"subscription":"s","tenant":"t","tokenType":"Bearer"}'
            """);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(az, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        bench.Environment["PATH"] = $"{Path.GetDirectoryName(az)}:{Environment.GetEnvironmentVariable("PATH")}";

        var (exitCode, output, error) = await bench.RunAsync("create", "--track", "orders");

        Assert.True(exitCode == 0, output + error);
        Assert.Equal(3, bench.Boards.Calls.All.Count(call => call is { Operation: "create_subscription", Principal: Principal }));
        Assert.DoesNotContain(token, output + error);
    }

    [Fact]
    public async Task Without_any_credential_both_ways_are_named()
    {
        await using var bench = await HooksBench.StartAsync();
        bench.Environment["AZURE_DEVOPS_EXT_PAT"] = null;
        bench.Environment["PATH"] = Path.GetTempPath();

        var (exitCode, output, error) = await bench.RunAsync("list");

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains("az login", error);
        Assert.Contains("--pat-file", error);
        Assert.Empty(bench.Boards.Calls.All);
    }

    private sealed class Files : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("hooks-");

        public string Of(string name, string content)
        {
            var path = Path.Combine(_folder.FullName, name);
            File.WriteAllText(path, content);
            return path;
        }

        public void Dispose() => _folder.Delete(recursive: true);
    }
}
