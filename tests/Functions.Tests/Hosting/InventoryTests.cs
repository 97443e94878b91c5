using System.Text.Json;
using IterationBranches.Functions.Hosting;
using IterationBranches.Functions.Tests.Running;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace IterationBranches.Functions.Tests.Hosting;

/// <summary>What the app composed is what host.json and the folders promise the host.</summary>
public sealed class InventoryTests
{
    private static readonly string[] s_functions = [.. Directory.GetFiles(AppContext.BaseDirectory, "function.json", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(AppContext.BaseDirectory, Path.GetDirectoryName(file)!)).Order(StringComparer.Ordinal)];

    [Fact]
    public async Task Folders_and_functions_and_endpoints_have_the_same_names()
    {
        await using var app = await RunningHandler.StartAsync();
        var mapped = Mapped(app).Select(endpoint => endpoint.Metadata.GetRequiredMetadata<IEndpointNameMetadata>().EndpointName);

        Assert.Equal([nameof(Functions.Doctor), nameof(PollIterations), nameof(ProvisionBranch), nameof(ReceiveServiceHook)], s_functions);
        Assert.Equal(s_functions, mapped.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Each_endpoint_is_where_the_host_calls_its_function()
    {
        await using var app = await RunningHandler.StartAsync();
        var prefix = HostJson().GetProperty("extensions").GetProperty("http").GetProperty("routePrefix").GetString();

        foreach (var endpoint in Mapped(app))
        {
            var name = endpoint.Metadata.GetRequiredMetadata<IEndpointNameMetadata>().EndpointName;
            var trigger = Bindings(name)[0];
            var isHttp = trigger.GetProperty("type").GetString() == "httpTrigger";
            var called = isHttp ? $"/{prefix}/{trigger.GetProperty("route").GetString()}" : $"/{name}";
            var method = isHttp ? Assert.Single(trigger.GetProperty("methods").EnumerateArray()).GetString()!.ToUpperInvariant() : "POST";
            Assert.Equal((called, method), ($"/{endpoint.RoutePattern.RawText!.TrimStart('/')}", Assert.Single(endpoint.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods)));
        }
    }

    // With one more binding the host would send its own JSON in the place of the request.
    [Theory]
    [InlineData(nameof(ReceiveServiceHook), "function", "post")]
    [InlineData(nameof(Functions.Doctor), "admin", "get")]
    public void An_HTTP_function_has_one_input_and_one_output(string function, string level, string method)
    {
        var bindings = Bindings(function);

        Assert.Equal(
            [("httpTrigger", "in"), ("http", "out")],
            bindings.Select(binding => (binding.GetProperty("type").GetString(), binding.GetProperty("direction").GetString())));
        Assert.Equal(level, bindings[0].GetProperty("authLevel").GetString());
        Assert.Equal([method], bindings[0].GetProperty("methods").EnumerateArray().Select(method => method.GetString()));
    }

    [Fact]
    public async Task The_queue_message_has_the_name_that_the_function_reads()
    {
        var binding = Assert.Single(Bindings(nameof(ProvisionBranch)));

        Assert.Equal("%ProvisionQueueName%", binding.GetProperty("queueName").GetString());
        Assert.Equal("AzureWebJobsStorage", binding.GetProperty("connection").GetString());
        await using var app = await RunningHandler.StartAsync();
        await app.InvokeAsync(ProvisionBranch.Name, CapturedRequest.Read("queue.plain-text.txt").Body.Replace("\"msg\"", $"\"{binding.GetProperty("name").GetString()}\""));
        Assert.Equal("plain text message", Assert.Single(app.Queue.Poison).Text);
    }

    [Fact]
    public void The_timer_runs_by_its_setting_and_not_at_every_start()
    {
        var binding = Assert.Single(Bindings(nameof(PollIterations)));

        Assert.Equal("%PollSchedule%", binding.GetProperty("schedule").GetString());
        Assert.False(binding.GetProperty("runOnStartup").GetBoolean());
    }

    [Fact]
    public void The_host_proxies_requests_and_an_old_one_forwards_them()
    {
        var handler = HostJson().GetProperty("customHandler");

        Assert.True(handler.GetProperty("enableProxyingHttpRequest").GetBoolean());
        Assert.True(handler.GetProperty("enableForwardingHttpRequest").GetBoolean());
    }

    [Fact]
    public void The_host_starts_this_executable_without_arguments()
    {
        var description = HostJson().GetProperty("customHandler").GetProperty("description");

        Assert.Equal(typeof(Handler).Assembly.GetName().Name, description.GetProperty("defaultExecutablePath").GetString());
        Assert.Empty(description.GetProperty("arguments").EnumerateArray());
    }

    [Fact]
    public void The_host_decodes_messages_as_the_app_encodes_them() =>
        Assert.Equal("base64", HostJson().GetProperty("extensions").GetProperty("queues").GetProperty("messageEncoding").GetString());

    /// <summary>All endpoints but the root and the fallback.</summary>
    private static IEnumerable<RouteEndpoint> Mapped(RunningHandler app) => app.Services.GetRequiredService<EndpointDataSource>().Endpoints
        .OfType<RouteEndpoint>()
        .Where(endpoint => endpoint.RoutePattern.RawText is not ("/" or "{*path}"));

    private static JsonElement[] Bindings(string function) =>
        [.. Json(Path.Combine(function, "function.json")).GetProperty("bindings").EnumerateArray()];

    private static JsonElement HostJson() => Json("host.json");

    private static JsonElement Json(string file) => JsonElement.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, file)));
}
