using IterationBranches.Sandbox.StandIns.AzureBoards;
using IterationBranches.Testing.Faults;
using IterationBranches.Testing.Hands;

namespace IterationBranches.Cli.Tests;

/// <summary>What an administrator is told when <c>hooks</c> cannot do its work.</summary>
public sealed class HooksRefusalTests
{
    [Theory]
    [InlineData(HookRights.View, "\"Edit subscriptions\" is missing", "create")]
    [InlineData(HookRights.None, "\"View subscriptions\" is missing", "create")]
    [InlineData(HookRights.None, "\"View subscriptions\" is missing", "list")]
    [InlineData(HookRights.View | HookRights.Edit, "\"Delete subscriptions\" is missing", "delete", "--yes")]
    [InlineData(HookRights.View, "\"Edit subscriptions\" is missing", "test")]
    public async Task A_missing_permission_is_named(HookRights rights, string says, params string[] arguments)
    {
        await using var bench = await HooksBench.StartAsync(HookRights.All);
        if (arguments[0] != "create")
        {
            await bench.PostAsync();
        }

        bench.Boards.AddPersonalAccessToken(HooksBench.Token, ["vso.work", "vso.code", "vso.project"], hooks: rights);

        var (exitCode, output, error) = await bench.RunAsync(arguments);

        Assert.Equal(1, exitCode);
        Assert.Contains(says, output + error);
        Assert.Contains("Project administrators have it", output + error);
    }

    [Fact]
    public async Task A_token_that_may_not_read_code_gets_the_other_hooks_and_is_told_the_scope()
    {
        await using var bench = await HooksBench.StartAsync(scopes: ["vso.work", "vso.project"]);

        var (exitCode, output, _) = await bench.RunAsync("create", "--track", "stock");

        Assert.Equal(1, exitCode);
        Assert.Equal(3, output.Split("  created\n").Length - 1);
        Assert.Contains("git.push", Assert.Single(output.Split('\n'), line => line.EndsWith("  failed", StringComparison.Ordinal)));
        Assert.Contains("\"Code (Read)\"", output);
    }

    [Fact]
    public async Task A_token_that_may_not_read_projects_needs_their_ids_in_the_settings()
    {
        await using var bench = await HooksBench.StartAsync(scopes: ["vso.work", "vso.code"]);

        var byName = await bench.RunAsync("create");
        bench.Environment["TrackDefaults__Project"] = bench.Project.ToString();
        var byId = await bench.RunAsync("create");

        Assert.Equal((1, 0), (byName.ExitCode, byId.ExitCode));
        Assert.Contains("\"Project and Team (Read)\"", byName.Error);
        Assert.Equal(7, bench.Boards.Subscriptions.Count);
    }

    [Fact]
    public async Task A_project_that_is_not_there_is_named_and_the_other_tracks_go_on()
    {
        await using var bench = await HooksBench.StartAsync();
        bench.Environment["Tracks__stock__Project"] = "Meridiam";

        var (exitCode, output, error) = await bench.RunAsync("create");

        Assert.Equal(1, exitCode);
        Assert.Contains("stock: Azure DevOps knows no project \"Meridiam\"", error);
        Assert.Equal(3, output.Split("  created\n").Length - 1);
    }

    [Fact]
    public async Task A_token_that_is_not_accepted_is_said_so_and_nothing_is_concluded()
    {
        await using var bench = await HooksBench.StartAsync();
        bench.Boards.RevokePersonalAccessToken(HooksBench.Token);

        var (exitCode, output, error) = await bench.RunAsync("create");

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains("did not accept the credential", error);
        Assert.Contains("AZURE_DEVOPS_EXT_PAT", error);
    }

    [Theory]
    [InlineData("list")]
    [InlineData("test")]
    [InlineData("delete", "--yes")]
    public async Task A_mistyped_track_is_2_and_another_that_is_right_gets_nothing_done(params string[] arguments)
    {
        await using var bench = await HooksBench.StartAsync();
        await bench.RunAsync("create");
        var writes = bench.Boards.Calls.Writes;

        var (exitCode, output, error) = await bench.RunAsync([.. arguments, "--track", "ordres", "--track", "stock"]);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Equal("There is no track 'ordres' in the settings, and no service hook that this account may see leads to one at https://contoso-app.azurewebsites.net.\n", error);
        Assert.Equal(writes, bench.Boards.Calls.Writes);
    }

    [Theory]
    [InlineData(0, "list")]
    [InlineData(1, "test")]
    [InlineData(0, "delete", "--yes")]
    public async Task A_track_without_hooks_is_said_to_have_none_beside_the_others(int status, params string[] arguments)
    {
        await using var bench = await HooksBench.StartAsync();
        await bench.RunAsync("create", "--track", "orders");

        var (exitCode, output, error) = await bench.RunAsync([.. arguments, "--track", "stock"]);

        Assert.Equal((status, ""), (exitCode, error));
        Assert.Equal("No service hook that this account may see leads to https://contoso-app.azurewebsites.net for stock; 3 others lead there.\n", output);
        Assert.Equal(3, bench.Boards.Subscriptions.Count);
    }

    [Fact]
    public async Task A_sign_in_page_is_no_empty_list()
    {
        await using var bench = await HooksBench.StartAsync();
        bench.Boards.Faults.Add("list_subscriptions", Fault.Refuse(203, body: "<html>Sign in</html>", contentType: "text/html"));

        var (exitCode, _, error) = await bench.RunAsync("create");

        Assert.Equal(1, exitCode);
        Assert.Contains("a sign-in page", error);
        Assert.Equal(0, bench.Boards.Calls.Writes);
    }

    [Fact]
    public async Task After_a_lost_answer_the_next_run_finds_what_was_created()
    {
        await using var bench = await HooksBench.StartAsync();
        bench.Boards.Faults.Add("create_subscription", Fault.LoseResponse());

        var first = await bench.RunAsync("create", "--track", "orders");
        var second = await bench.RunAsync("create", "--track", "orders");

        Assert.Equal((1, 0), (first.ExitCode, second.ExitCode));
        Assert.Contains("did not answer", first.Output);
        Assert.Equal(3, bench.Boards.Subscriptions.Count);
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_named_at_once()
    {
        await using var bench = await HooksBench.StartAsync();
        bench.Environment["Boards__Organization"] = null;
        bench.Environment["ServiceHook__Password"] = "@Microsoft.KeyVault(SecretUri=https://contoso-app.vault.azure.net/secrets/hook)";
        bench.Environment["HOOKS_FUNCTION_KEY"] = null;

        var (exitCode, output, error) = await bench.RunAsync("create", "--url", "http://contoso-app.azurewebsites.net");

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains("\n  Boards__Organization: is missing", error);
        Assert.Contains("\n  ServiceHook__Password: still reads @Microsoft.KeyVault", error);
        Assert.Contains("\n  --key-file (or HOOKS_FUNCTION_KEY): is missing", error);
        Assert.Contains("\n  --url (or HOOKS_URL): must begin with https://", error);
        Assert.Empty(bench.Boards.Calls.All);
    }

    [Theory]
    [InlineData("create", "--password", "short")]
    [InlineData("create", "--password", "long enough but with spaces")]
    [InlineData("create", "--url", "https://contoso-app.azurewebsites.net?code=a-key")]
    [InlineData("create", "--url", "https://contoso-app.azurewebsites.net/api")]
    [InlineData("create", "--url", "contoso-app")]
    [InlineData("create", "--key", "two words")]
    [InlineData("create", "--key", "a", "--key-file", "b")]
    [InlineData("create", "--pat-file", "no-such-file")]
    [InlineData("create", "--track", "nobody")]
    [InlineData("create", "--unknown")]
    public async Task Wrong_arguments_are_2_and_ask_nobody(params string[] arguments)
    {
        await using var bench = await HooksBench.StartAsync();

        var (exitCode, output, error) = await bench.RunAsync(arguments);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.NotEmpty(error);
        Assert.Empty(bench.Boards.Calls.All);
    }

    [Fact]
    public async Task A_track_that_is_off_gets_no_hooks_and_is_reported()
    {
        await using var bench = await HooksBench.StartAsync();
        bench.Environment["Tracks__stock__Database"] = "";

        var (exitCode, output, error) = await bench.RunAsync("create");

        Assert.Equal(1, exitCode);
        Assert.Contains("stock: off, and gets no service hooks\n  Tracks__stock__Database: is missing", error);
        Assert.DoesNotContain("stock", output);
        Assert.Equal(3, bench.Boards.Subscriptions.Count);
    }

    [Fact]
    public async Task Without_any_track_there_is_nothing_to_create()
    {
        await using var bench = await HooksBench.StartAsync();
        foreach (var name in bench.Environment.Keys.Where(name => name.StartsWith("Track", StringComparison.Ordinal)).ToList())
        {
            bench.Environment.Remove(name);
        }

        var (exitCode, _, error) = await bench.RunAsync("create");

        Assert.Equal(2, exitCode);
        Assert.Contains("There is no track in the settings", error);
        Assert.Equal(0, (await bench.RunAsync("list")).ExitCode);
    }
}
