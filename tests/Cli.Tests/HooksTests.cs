using System.Text.Json;
using IterationBranches.Sandbox.StandIns.AzureBoards;
using Microsoft.AspNetCore.Http;

namespace IterationBranches.Cli.Tests;

/// <summary><c>hooks</c> as an administrator runs it, against an organization that checks what it is sent.</summary>
public sealed class HooksTests
{
    [Fact]
    public async Task Create_makes_what_each_track_needs_and_a_second_run_makes_nothing()
    {
        await using var bench = await HooksBench.StartAsync();

        var first = await bench.RunAsync("create");
        var second = await bench.RunAsync("create");

        Assert.Equal((0, ""), (first.ExitCode, first.Error));
        Assert.Matches(@"^orders +workitem\.created +Meridian +[0-9a-f-]{36} +enabled +created\n", first.Output);
        Assert.Equal(
            [
                ("orders", "workitem.created"), ("orders", "workitem.restored"), ("orders", "workitem.updated"),
                ("stock", "git.push"), ("stock", "workitem.created"), ("stock", "workitem.restored"), ("stock", "workitem.updated"),
            ],
            bench.Boards.Subscriptions.Select(one => (one.Url.Segments[^1], one.EventType)).Order());
        Assert.All(bench.Boards.Subscriptions, one => Assert.Equal(
            (bench.Project, "azure-devops", "contoso-app.azurewebsites.net", "https"), (one.ProjectId, one.Username, one.Url.Host, one.Url.Scheme)));
        Assert.Equal((0, ""), (second.ExitCode, second.Error));
        Assert.Equal(7, second.Output.Split("  exists\n").Length - 1);
        Assert.Equal(7, bench.Boards.Calls.Writes);
    }

    [Fact]
    public async Task What_was_created_delivers_to_the_app()
    {
        await using var bench = await HooksBench.StartAsync();
        await using var app = await AppPeer.StartAsync(StatusCodes.Status202Accepted);
        bench.Boards.AddTeam("Meridian", "Payments");
        bench.Boards.AddIteration("Meridian", null, "Sprint 42");

        var (exitCode, output, error) = await bench.RunAsync("create", "--track", "orders", "--url", app.Address);
        var item = await bench.Boards.CreateWorkItemAsync("Meridian", @"Meridian\Sprint 42");

        Assert.True(exitCode == 0, output + error);
        Assert.Equal(202, Assert.Single(item.Deliveries).Status);
        Assert.Equal(new SeenRequest("/api/hooks/azure-devops/orders", HooksBench.Key, HooksBench.BasicCredential), Assert.Single(app.Requests));
    }

    [Fact]
    public async Task Only_the_tracks_that_are_named_get_hooks()
    {
        await using var bench = await HooksBench.StartAsync();
        await bench.RunAsync("create", "--track", "stock");

        var (exitCode, output, _) = await bench.RunAsync("create", "--track", "ORDERS");

        Assert.Equal(0, exitCode);
        Assert.DoesNotContain("stock", output);
        Assert.Equal(3, bench.Boards.Subscriptions.Count(one => one.Url.Segments[^1] == "orders"));
    }

    [Fact]
    public async Task A_dry_run_says_what_would_be_done_and_does_nothing()
    {
        await using var bench = await HooksBench.StartAsync();

        var (exitCode, output, _) = await bench.RunAsync("create", "--dry-run");

        Assert.Equal(0, exitCode);
        Assert.Equal(7, output.Split("  would create\n").Length - 1);
        Assert.Empty(bench.Boards.Subscriptions);
        Assert.Equal(0, bench.Boards.Calls.Writes);
    }

    [Fact]
    public async Task What_is_wrong_is_left_and_said()
    {
        await using var bench = await HooksBench.StartAsync();
        await bench.PostAsync(resourceVersion: "latest", details: "minimal", username: "somebody", key: "another-key");
        await bench.PostAsync("workitem.restored", track: "stock?code=a-key-in-the-url");
        await bench.PostAsync("workitem.updated");
        await bench.PostAsync("workitem.updated");
        await bench.PostAsync("workitem.created", track: "gone");

        var (exitCode, output, _) = await bench.RunAsync("create");

        Assert.Equal(1, exitCode);
        Assert.Contains("  its resourceVersion is 'latest', and must be '1.0'\n", output);
        Assert.Contains("  its resourceDetailsToSend is 'minimal', and must be 'all'\n", output);
        Assert.Contains("  its basicAuthUsername is 'somebody', and must be 'azure-devops'\n", output);
        Assert.Contains("  its header x-functions-key is missing, or holds another key\n", output);
        Assert.Contains("  its URL must be https://contoso-app.azurewebsites.net/api/hooks/azure-devops/stock and nothing else\n", output);
        Assert.DoesNotContain("a-key-in-the-url", output);
        Assert.Contains("  it is left as it is; to replace it: hooks delete --track orders --yes, then hooks create --track orders\n", output);
        Assert.Matches(@"orders +workitem\.updated +[0-9a-f-]{36} +[0-9a-f-]{36} +enabled +not wanted\n +there is another one for the same: each event is told twice", output);
        Assert.Matches(@"gone +workitem\.created .* not wanted\n +no track in the settings asks for it", output);
        Assert.Equal(9, bench.Boards.Subscriptions.Count);
    }

    [Fact]
    public async Task A_disabled_one_is_wrong_and_one_on_probation_heals_itself()
    {
        await using var bench = await HooksBench.StartAsync();
        await bench.RunAsync("create", "--track", "orders");
        bench.Boards.Subscriptions[0].Status = HookStatus.OnProbation;

        var onProbation = await bench.RunAsync("create", "--track", "orders");
        bench.Boards.Subscriptions[1].Status = HookStatus.DisabledBySystem;
        bench.Boards.Subscriptions[2].Status = HookStatus.DisabledByInactiveIdentity;
        var disabled = await bench.RunAsync("create", "--track", "orders");
        var list = await bench.RunAsync("list");

        Assert.Equal(0, onProbation.ExitCode);
        Assert.Contains("onProbation  exists\n    on probation: deliveries failed", onProbation.Output);
        Assert.Equal(1, disabled.ExitCode);
        Assert.Contains("wrong\n    it is disabled by Azure DevOps", disabled.Output);
        Assert.Equal(0, list.ExitCode);
        Assert.Contains("    disabled because who created it has left", list.Output);
        Assert.Contains("answered 410; mend the cause", list.Output);
    }

    [Fact]
    public async Task Delete_needs_a_yes_and_takes_only_ours()
    {
        await using var bench = await HooksBench.StartAsync();
        await bench.RunAsync("create");
        await bench.PostAsync(url: "https://somebody-else.example");
        await bench.PostAsync(track: "gone");

        var unsure = await bench.RunAsync("delete");
        var dry = await bench.RunAsync("delete", "--dry-run");
        Assert.Equal(9, bench.Boards.Subscriptions.Count);
        var one = await bench.RunAsync("delete", "--track", "gone", "--yes");
        Assert.Equal(8, bench.Boards.Subscriptions.Count);
        var all = await bench.RunAsync("delete", "--yes");

        Assert.Equal((2, ""), (unsure.ExitCode, unsure.Output));
        Assert.Contains("--yes", unsure.Error);
        Assert.Equal((0, 8), (dry.ExitCode, dry.Output.Split("  would delete\n").Length - 1));
        Assert.Equal((0, 1), (one.ExitCode, one.Output.Split("  deleted\n").Length - 1));
        Assert.Equal((0, 7), (all.ExitCode, all.Output.Split("  deleted\n").Length - 1));
        Assert.Equal("somebody-else.example", Assert.Single(bench.Boards.Subscriptions).Url.Host);
        Assert.Contains("No service hook that this account may see leads to https://contoso-app.azurewebsites.net.", (await bench.RunAsync("list")).Output);
    }

    [Fact]
    public async Task Test_shows_how_the_app_answers()
    {
        await using var bench = await HooksBench.StartAsync();
        await using var app = await AppPeer.StartAsync(StatusCodes.Status200OK);
        bench.Environment["HOOKS_URL"] = app.Address;
        await bench.RunAsync("create", "--track", "orders");

        var (exitCode, output, error) = await bench.RunAsync("test");

        Assert.True(exitCode == 0, output + error);
        Assert.Equal(3, output.Split("  answered 200\n").Length - 1);
        Assert.All(app.Requests, request => Assert.Equal(new("/api/hooks/azure-devops/orders", HooksBench.Key, HooksBench.BasicCredential), request));
    }

    [Fact]
    public async Task Test_says_what_to_do_about_a_credential_that_is_not_the_apps()
    {
        await using var bench = await HooksBench.StartAsync();
        await using var app = await AppPeer.StartAsync(StatusCodes.Status401Unauthorized);
        bench.Environment["HOOKS_URL"] = app.Address;
        await bench.RunAsync("create", "--track", "orders");

        var (exitCode, output, _) = await bench.RunAsync("test");

        Assert.Equal(1, exitCode);
        Assert.Contains("answered 401\n    Unauthorized (401)\n    the function's key or the password is not the app's", output);
    }

    [Fact]
    public async Task Test_of_an_app_that_is_down_is_no_answer()
    {
        await using var bench = await HooksBench.StartAsync();
        bench.Environment["HOOKS_URL"] = await AppPeer.GoneAsync();
        await bench.RunAsync("create", "--track", "orders");

        var (exitCode, output, _) = await bench.RunAsync("test");

        Assert.Equal(1, exitCode);
        Assert.Contains("  no answer\n", output);
    }

    [Fact]
    public async Task The_result_is_there_for_programs()
    {
        await using var bench = await HooksBench.StartAsync();

        var created = JsonElement.Parse((await bench.RunAsync("create", "--track", "orders", "--json")).Output);
        var listed = JsonElement.Parse((await bench.RunAsync("list", "--json")).Output);

        var one = created[0];
        Assert.Equal(3, created.GetArrayLength());
        Assert.Equal(
            ("orders", "workitem.created", "Meridian", "enabled", "created", 0),
            (Text("track"), Text("event"), Text("project"), Text("status"), Text("outcome"), one.GetProperty("notes").GetArrayLength()));
        Assert.Equal(
            created.EnumerateArray().Select(row => row.GetProperty("id").GetGuid()).Order(),
            listed.EnumerateArray().Select(row => row.GetProperty("id").GetGuid()).Order());
        Assert.Equal("[]", (await bench.RunAsync("list", "--track", "stock", "--json")).Output.Trim());

        string? Text(string name) => one.GetProperty(name).GetString();
    }
}
