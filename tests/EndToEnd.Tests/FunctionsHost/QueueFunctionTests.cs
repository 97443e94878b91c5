using System.Text.Json.Nodes;
using Azure.Storage.Queues;
using IterationBranches.Sandbox.App;
using IterationBranches.Sandbox.Azurite;
using IterationBranches.Sandbox.FunctionsHost;

namespace IterationBranches.EndToEnd.Tests.FunctionsHostTests;

/// <summary>That the real engine is given what host.json says, and what it does with a message is told.</summary>
public sealed class QueueFunctionTests : IAsyncLifetime
{
    private readonly AppRoot _app = new AppRoot().Function("Work", AppRoot.Queue);
    private AzuriteProcess _azurite = null!;

    private QueueClient Queue => new(_azurite.ConnectionString, "work", new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 });

    private QueueClient Poison => new(_azurite.ConnectionString, "work-poison", new QueueClientOptions { MessageEncoding = QueueMessageEncoding.None });

    public async ValueTask InitializeAsync()
    {
        _azurite = await AzuriteProcess.StartAsync();
        _app.Settings["Storage"] = _azurite.ConnectionString;
        await Queue.CreateAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _app.Dispose();
        await _azurite.DisposeAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task A_message_reaches_the_worker_and_is_deleted()
    {
        await using var running = await RunningHost.StartAsync(_app);

        await Queue.SendMessageAsync("hello – März", TestContext.Current.CancellationToken);
        await running.Host.WaitUntilEmptyAsync(TestContext.Current.CancellationToken);

        var invoked = Assert.Single(running.Worker.Invocations);
        Assert.Equal("hello – März", invoked.InputData.Single(input => input.Name == "message").Data.String);
        Assert.Equal("1", invoked.TriggerMetadata["DequeueCount"].String);
        Assert.Equal(new InvocationCount(0, 1, 0), running.Host.Invocations["Work"]);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_message_that_keeps_failing_goes_to_the_poison_queue_as_it_was_after_as_many_deliveries_as_host_json_says()
    {
        await using var running = await RunningHost.StartAsync(_app);
        running.Worker.Do = (_, _) => Task.FromResult<string?>("it never works");

        await Queue.SendMessageAsync("bad", TestContext.Current.CancellationToken);
        await running.Host.WaitUntilEmptyAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["1", "2"], running.Worker.Invocations.Select(invoked => invoked.TriggerMetadata["DequeueCount"].String));
        Assert.Equal(Convert.ToBase64String("bad"u8), Assert.Single((await Poison.PeekMessagesAsync(32, TestContext.Current.CancellationToken)).Value).Body.ToString());
        Assert.EndsWith("is moved to 'work-poison': it failed 2 times.", (await running.SeeAsync(HostEventKind.PoisonMessage)).Text, StringComparison.Ordinal);
        Assert.Equal(2, running.Events.Count(told => told.Kind is HostEventKind.InvocationFailed && told.Text.EndsWith("it never works", StringComparison.Ordinal)));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_message_that_is_not_base64_is_poison_without_a_run()
    {
        await using var running = await RunningHost.StartAsync(_app);

        await new QueueClient(_azurite.ConnectionString, "work").SendMessageAsync("not base64!", TestContext.Current.CancellationToken);
        await running.Host.WaitUntilEmptyAsync(TestContext.Current.CancellationToken);

        Assert.Equal("not base64!", Assert.Single((await Poison.PeekMessagesAsync(32, TestContext.Current.CancellationToken)).Value).Body.ToString());
        Assert.Empty(running.Worker.Invocations);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_message_that_is_not_UTF_8_cannot_be_bound_however_often_and_is_poison_as_it_was()
    {
        await using var running = await RunningHost.StartAsync(_app);
        var text = Convert.ToBase64String([0xC3, 0x28, 0xFF]);

        await new QueueClient(_azurite.ConnectionString, "work").SendMessageAsync(text, TestContext.Current.CancellationToken);
        await running.Host.WaitUntilEmptyAsync(TestContext.Current.CancellationToken);

        Assert.Equal(text, Assert.Single((await Poison.PeekMessagesAsync(32, TestContext.Current.CancellationToken)).Value).Body.ToString());
        Assert.Empty(running.Worker.Invocations);
        Assert.EndsWith("it failed 2 times.", (await running.SeeAsync(HostEventKind.PoisonMessage)).Text, StringComparison.Ordinal);
        await running.SeeAsync(HostEventKind.Diagnostic, "Queue message's body cannot be converted to string");
    }

    [Theory(Timeout = 60_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_hosts_own_storage_requests_are_in_the_log_unless_the_apps_host_json_keeps_them_out(bool isOfTheApp)
    {
        var ofTheApp = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(PublishedApp.FindRepository(), "host.json"), TestContext.Current.CancellationToken))!;
        _app.Host(json => json["logging"] = isOfTheApp ? ofTheApp["logging"]!.DeepClone() : JsonNode.Parse("""{"logLevel":{"default":"Information"}}"""));
        await using var running = await RunningHost.StartAsync(_app);

        await Queue.SendMessageAsync("hello", TestContext.Current.CancellationToken);
        await running.Host.WaitUntilEmptyAsync(TestContext.Current.CancellationToken);

        // Only who takes messages says how many it wants.
        Assert.Equal(!isOfTheApp, running.Events.Any(told => told is { Kind: HostEventKind.Log, Function: null } && told.Text.Contains("numofmessages", StringComparison.Ordinal)));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_worker_that_dies_with_a_message_gets_it_again()
    {
        await using var running = await RunningHost.StartAsync(_app);
        running.Worker.Do = (_, _) => new TaskCompletionSource<string?>().Task;
        await Queue.SendMessageAsync("interrupted", TestContext.Current.CancellationToken);
        await running.Worker.NextAsync();
        running.Worker.Do = (_, _) => Task.FromResult<string?>(null);

        running.Worker.Exit(137);
        await running.Host.WaitUntilEmptyAsync(TestContext.Current.CancellationToken);

        Assert.Equal(new InvocationCount(0, 1, 1), running.Host.Invocations["Work"]);
        Assert.False(await Poison.ExistsAsync(TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_host_that_takes_nothing_from_queues_leaves_the_message()
    {
        await Queue.SendMessageAsync("for another", TestContext.Current.CancellationToken);
        await using var worker = await FakeWorker.StartAsync(_app);
        await using var host = new FunctionsHost(
            new FunctionsHostOptions { AppDirectory = _app.Directory, Settings = _app.Settings, RunQueues = false }, TimeProvider.System, worker.RunAsync);
        await host.StartAsync(TestContext.Current.CancellationToken);

        Assert.True((await host.InvokeAsync("Work", "by hand")).Succeeded);

        Assert.Equal("by hand", Assert.Single(worker.Invocations).InputData.Single().Data.String);
        Assert.Equal(1, (await Queue.GetPropertiesAsync(TestContext.Current.CancellationToken)).Value.ApproximateMessagesCount);
    }
}
