using System.Collections.Concurrent;
using System.Net;
using IterationBranches.Functions.Isolated.Tests.Running;
using IterationBranches.Functions.Tests.Running;
using IterationBranches.Sandbox.Cloud;
using IterationBranches.Sandbox.Demo;
using IterationBranches.Sandbox.FunctionsHost;
using Record = IterationBranches.Records.Record;

namespace IterationBranches.Functions.Isolated.Tests;

/// <summary>
/// The packaged worker as a process, with the cloud of the sandbox around it. The stand-in host drives it: its timer, its queues on Azurite,
/// its HTTP front with keys; behind it the bridge speaks gRPC to the worker.
/// </summary>
public sealed class ProcessTests(PackagedWorker packaged)
{
    [Fact]
    public async Task A_poll_makes_the_branches_and_the_records_and_a_hook_those_of_a_new_sprint()
    {
        await using var cloud = await SandboxCloud.StartAsync(TimeProvider.System, new(), _ => { }, CancellationToken.None);
        var seed = Seed.Plant(cloud, DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime));
        var settings = cloud.Settings(new()).Concat(Seed.Settings()).ToDictionary();
        var root = await packaged.RootAsync();
        await using var bridge = await WorkerBridge.StartAsync(root);
        var events = new ConcurrentQueue<HostEvent>();
        WorkerProcess? worker = null;
        await using var host = new FunctionsHost(
            new FunctionsHostOptions { AppDirectory = Path.Combine(AppContext.BaseDirectory, "custom-handler"), Settings = settings, RunTimers = false, OnEvent = events.Enqueue },
            TimeProvider.System,
            front => worker = WorkerProcess.Start(root, bridge, front, settings));
        await host.StartAsync();

        Assert.Null((await host.RunTimerAsync(PollIterations.Name)).Error);
        await host.WaitUntilEmptyAsync();

        foreach (var track in Seed.Tracks)
        {
            Assert.Equal("sprint-42", await FindOpenedBranchAsync(cloud, track, Record.NameFor(track.Name, seed.Current)));
            Assert.Equal("sprint-43", await FindOpenedBranchAsync(cloud, track, Record.NameFor(track.Name, seed.Next)));
            Assert.Equal("sprint-42", await FindOpenedBranchAsync(cloud, track, $"ConnectionStrings--{track.Name}"));
        }

        var hotfix = seed.AddHotfixSprint();
        var address = new Uri(host.Address, "/api/hooks/azure-devops/orders");
        Assert.Equal(HttpStatusCode.Unauthorized, await SendHookAsync(address, functionKey: null, cloud.HookPassword));
        Assert.Equal(HttpStatusCode.Unauthorized, await SendHookAsync(address, host.FunctionKey, "not-the-password"));
        Assert.Equal(HttpStatusCode.Accepted, await SendHookAsync(address, host.FunctionKey, cloud.HookPassword));
        await host.WaitUntilEmptyAsync();

        Assert.Equal("hotfix-week", await FindOpenedBranchAsync(cloud, Seed.Tracks[0], Record.NameFor(Seed.Tracks[0].Name, hotfix)));
        var doctor = new Uri(host.Address, $"/api/{Doctor.Route}");
        Assert.Equal(HttpStatusCode.Unauthorized, (await ExamineAsync(doctor, host.FunctionKey)).Status);
        Assert.True((await ExamineAsync(doctor, host.MasterKey)).Json.GetProperty("healthy").GetBoolean());
        Assert.DoesNotContain(events, seen => seen.Kind is HostEventKind.InvocationFailed or HostEventKind.PoisonMessage);
        Assert.Contains(events, seen => seen is { Kind: HostEventKind.Log, Function: PollIterations.Name } && seen.Text.Contains("2 tracks: 2 to look at", StringComparison.Ordinal));

        worker!.Kill();
        Assert.Contains("Serving 2 tracks: orders", await worker.Output, StringComparison.Ordinal);
        Assert.Equal("", await worker.Errors);
        var said = string.Join('\n', events.Select(seen => seen.Text)) + await worker.Output;
        Assert.All([.. cloud.PlanetScale.IssuedSecrets, cloud.HookPassword, host.FunctionKey], secret => Assert.DoesNotContain(secret, said, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Wrong_settings_do_not_end_it_are_said_at_the_start_and_fail_each_invocation()
    {
        var root = await packaged.RootAsync();
        await using var bridge = await WorkerBridge.StartAsync(root);
        using var worker = WorkerProcess.Start(root, bridge, bridge.Address, new Dictionary<string, string> { ["Boards__Organisation"] = "acme" });
        using var http = new HttpClient { BaseAddress = bridge.Address };
        using var ready = await http.GetAsync("/");

        using var answer = await http.PostAsync($"/{PollIterations.Name}", new StringContent(CapturedRequest.Read("timer.first-run.txt").Body));

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Contains("PollIterations failed: the settings are wrong: ", Assert.Single((await Answer.OfAsync(answer)).Logs), StringComparison.Ordinal);
        worker.Kill();
        Assert.All(["The settings are wrong, and every invocation will fail", "Boards__Organisation"], text => Assert.Contains(text, worker.Errors.Result, StringComparison.Ordinal));
    }

    /// <summary>What an application finds that reads the secret and connects with it.</summary>
    private static async Task<string?> FindOpenedBranchAsync(SandboxCloud cloud, SeededTrack track, string secret)
    {
        var found = await new Outside(cloud).FindAsync(secret, CancellationToken.None);
        return cloud.PlanetScale.Branches(track.Database).SingleOrDefault(branch => branch.Id == found?.LogIn?.BranchId)?.Name;
    }

    private static async Task<Answer> ExamineAsync(Uri doctor, string key)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, doctor) { Headers = { { "x-functions-key", key } } };
        using var response = await http.SendAsync(request);
        return await Answer.OfAsync(response);
    }

    private static async Task<HttpStatusCode> SendHookAsync(Uri address, string? functionKey, string password)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = EventPayload.Created().ToContent() };
        request.Headers.Authorization = HookCredential.Of(SandboxCloud.HookUsername, password);
        if (functionKey is not null)
        {
            request.Headers.Add("x-functions-key", functionKey);
        }

        using var response = await http.SendAsync(request);
        return response.StatusCode;
    }
}
