using System.Collections.Concurrent;
using IterationBranches.Sandbox.App;
using IterationBranches.Sandbox.Cloud;
using IterationBranches.Sandbox.Demo;
using IterationBranches.Sandbox.FunctionsHost;
using IterationBranches.Sandbox.FunctionsHost.Flex;
using IterationBranches.Testing;

namespace IterationBranches.EndToEnd.Tests.Packaging;

/// <summary>The package under the rules of Flex Consumption, doing the main job.</summary>
[Collection(nameof(PackagedApp))]
public sealed class FlexTests(PackagedApp package)
{
    private const string Http = FunctionGroups.Http;
    private const string Timer = "function:PollIterations";
    private const string Queue = "function:ProvisionBranch";

    private readonly ConcurrentQueue<(string Group, HostEvent Told)> _events = [];

    [Fact]
    public async Task A_poll_in_one_process_and_a_hook_in_the_second_get_their_branches_made_by_the_third()
    {
        Assert.SkipUnless(PublishedApp.Runtime is "linux-x64", "the package is for linux-x64");
        await using var cloud = await SandboxCloud.StartAsync(TimeProvider.System, new(), _ => { }, CancellationToken.None);
        var seed = Seed.Plant(cloud, DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime));
        var settings = cloud.Settings(new()).Concat(Seed.Settings()).ToDictionary();
        await using var flex = await FlexInstances.StartAsync(
            new FunctionsHostOptions { AppDirectory = package.Root, Settings = settings, RunTimers = false },
            (group, told) => _events.Enqueue((group, told)), TimeProvider.System, CancellationToken.None);
        Assert.Superset(new HashSet<string> { Http, Timer, Queue }, flex.ByGroup.Keys.ToHashSet());
        Assert.Equal(flex.ByGroup.Count, flex.ByGroup.Values.Select(host => host.WorkerProcessId).Distinct().Count());
        var outside = new Outside(cloud);

        // The first process polls, the third provisions.
        Assert.True((await flex.ByGroup[Timer].RunTimerAsync("PollIterations")).Succeeded, Printed());
        await flex.ByGroup[Queue].WaitUntilEmptyAsync().WaitAsync(Bound.Long);
        await AssertReadyAsync(outside, seed.Current);

        // The second process takes Azure DevOps' hook for a sprint that no poll has seen.
        var hooks = await CliCommand.RunAsync(["hooks", "create"], RunningSandbox.DeskOf(cloud, settings, flex.ByGroup[Http]));
        Assert.True(hooks.ExitCode == 0, hooks.Output + hooks.Errors);
        var hotfix = seed.AddHotfixSprint();
        await cloud.Boards.CreateWorkItemAsync(Seed.Project, $@"{Seed.Project}\{seed.Names[hotfix]}");
        await flex.ByGroup[Queue].WaitUntilEmptyAsync().WaitAsync(Bound.Long);
        await AssertReadyAsync(outside, hotfix);

        // Each did its own and nothing else.
        Assert.Equal(["PollIterations"], flex.ByGroup[Timer].Invocations.Keys);
        Assert.Equal(1, flex.ByGroup[Timer].Invocations["PollIterations"].Succeeded);
        Assert.Equal(["ReceiveServiceHook"], flex.ByGroup[Http].Invocations.Keys);
        Assert.Equal(["ProvisionBranch"], flex.ByGroup[Queue].Invocations.Keys);
        Assert.All(flex.ByGroup.Keys, group => Assert.Equal(1, _events.Count(seen => seen.Group == group && seen.Told.Kind is HostEventKind.WorkerStarted)));
        Assert.DoesNotContain(_events, seen => seen.Told.Kind is HostEventKind.Stderr or HostEventKind.InvocationFailed or HostEventKind.WorkerExited);
        Assert.Empty(flex.ChangesInRoot);
    }

    private async Task AssertReadyAsync(Outside outside, Guid iteration)
    {
        var record = await outside.FindAsync(Checks.SecretName(Seed.Tracks[0], iteration), CancellationToken.None);
        Assert.True(record?.LogIn?.BranchId == record?.Tag("branch-id") && record?.Tag("state") == "ready", Printed());
    }

    private string Printed() => string.Join('\n', _events.Select(seen => $"{seen.Group}: {seen.Told.Text}"));
}
