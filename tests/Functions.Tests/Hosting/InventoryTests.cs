using System.Text.Json;

namespace IterationBranches.Functions.Tests.Hosting;

/// <summary>What the worker's SDK made of the attributes is what an installed app, its service hooks and its guide rely on.</summary>
public sealed class InventoryTests
{
    private static readonly Dictionary<string, JsonElement[]> s_functions = Read("functions.metadata").EnumerateArray()
        .ToDictionary(function => function.GetProperty("name").GetString()!, JsonElement[] (function) => [.. function.GetProperty("bindings").EnumerateArray()]);

    [Fact]
    public void The_functions_have_their_names() =>
        Assert.Equal([nameof(Functions.Doctor), nameof(PollIterations), nameof(ProvisionBranch), nameof(ReceiveServiceHook)], s_functions.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [InlineData(nameof(ReceiveServiceHook), "Function", "post", "hooks/azure-devops/{track?}")]
    [InlineData(nameof(Functions.Doctor), "Admin", "get", "doctor")]
    public void An_HTTP_function_has_its_key_method_and_route(string function, string level, string method, string route)
    {
        var trigger = s_functions[function][0];

        Assert.Equal(("httpTrigger", level, route), (Text(trigger, "type"), Text(trigger, "authLevel"), Text(trigger, "route")));
        Assert.Equal([method], trigger.GetProperty("methods").EnumerateArray().Select(one => one.GetString()));
        Assert.Equal("http", Text(Assert.Single(s_functions[function][1..]), "type"));
    }

    [Fact]
    public void The_queue_is_that_of_the_setting_and_its_messages_are_decoded_as_the_app_encodes_them()
    {
        var trigger = Assert.Single(s_functions[nameof(ProvisionBranch)]);

        Assert.Equal(("queueTrigger", "%ProvisionQueueName%", "AzureWebJobsStorage"), (Text(trigger, "type"), Text(trigger, "queueName"), Text(trigger, "connection")));
        Assert.Equal("base64", Read("host.json").GetProperty("extensions").GetProperty("queues").GetProperty("messageEncoding").GetString());
    }

    [Fact]
    public void The_timer_runs_by_its_setting_and_not_at_every_start()
    {
        var trigger = Assert.Single(s_functions[nameof(PollIterations)]);

        Assert.Equal(("timerTrigger", "%PollSchedule%"), (Text(trigger, "type"), Text(trigger, "schedule")));
        Assert.False(trigger.GetProperty("runOnStartup").GetBoolean());
        Assert.True(trigger.GetProperty("useMonitor").GetBoolean());
    }

    [Fact]
    public void The_host_finds_the_worker_and_the_extension_of_its_queue()
    {
        var description = Read("worker.config.json").GetProperty("description");
        var extension = Read("extensions.json").GetProperty("extensions").EnumerateArray().Single(extension => Text(extension, "name") == "AzureStorageQueues");

        Assert.Equal("dotnet-isolated", Text(description, "language"));
        Assert.True(File.Exists(Path.Combine(AppContext.BaseDirectory, Text(description, "defaultWorkerPath")!)));
        Assert.True(File.Exists(Path.Combine(AppContext.BaseDirectory, Text(extension, "hintPath")!)));
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    private static JsonElement Read(string file) => JsonElement.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, file)));
}
