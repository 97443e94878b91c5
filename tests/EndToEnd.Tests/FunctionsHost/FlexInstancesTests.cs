using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using IterationBranches.Sandbox.FunctionsHost;
using IterationBranches.Sandbox.FunctionsHost.Flex;

namespace IterationBranches.EndToEnd.Tests.FunctionsHostTests;

/// <summary>The rules of Flex Consumption, with a handler of a few lines that tries to break them.</summary>
public sealed class FlexInstancesTests : IAsyncLifetime
{
    private const string Script = """
        const http = require('http');
        const fs = require('fs');
        const attempt = path => { try { fs.writeFileSync(path, 'x'); return 'written'; } catch (e) { return e.code; } };
        http.createServer((request, response) => {
          let body = '';
          request.on('data', part => body += part);
          request.on('end', () => {
            const writes = body.includes('write') ? [attempt('near.txt'), attempt(process.env.FUNCTIONS_APP_ROOT_PATH + '/far.txt'), attempt('host.json')] : [];
            response.setHeader('Content-Type', 'application/json');
            response.end(JSON.stringify({ Logs: [JSON.stringify({ env: process.env, writes, pid: process.pid })] }));
          });
        }).listen(process.env.FUNCTIONS_CUSTOMHANDLER_PORT, '127.0.0.1');
        """;

    private readonly ConcurrentQueue<string> _events = [];
    private readonly AppRoot _app = new AppRoot()
        .Function("Poll", AppRoot.Timer)
        .Function("Sweep", AppRoot.Timer)
        .Function("Hook", AppRoot.Http)
        .Write("handler.js", Script)
        .Host(json => json["customHandler"]!["description"] = new JsonObject { ["defaultExecutablePath"] = "node", ["defaultWorkerPath"] = "handler.js" });

    private FlexInstances _flex = null!;

    public async ValueTask InitializeAsync() => _flex = await FlexInstances.StartAsync(
        new FunctionsHostOptions { AppDirectory = _app.Directory, Settings = _app.Settings, RunTimers = false },
        (group, told) => _events.Enqueue($"{group}: {told.Text}"), TimeProvider.System, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await _flex.DisposeAsync();
        _app.Dispose();
    }

    [Fact]
    public async Task Each_group_is_told_which_it_is_and_has_a_process_of_its_own()
    {
        Assert.Equal(["function:Poll", "function:Sweep", "http"], _flex.ByGroup.Keys.Order(StringComparer.Ordinal));

        var poll = await SeenByAsync("Poll");
        var sweep = await SeenByAsync("Sweep");

        Assert.Equal("function:Poll", (string)poll["env"]!["FUNCTIONS_TARGET_GROUP"]!);
        Assert.Equal("FlexConsumption", (string)poll["env"]!["WEBSITE_SKU"]!);
        Assert.Equal("http://+:80", (string)poll["env"]!["ASPNETCORE_URLS"]!);
        Assert.Equal("function:Sweep", (string)sweep["env"]!["FUNCTIONS_TARGET_GROUP"]!);
        Assert.NotEqual((int)poll["pid"]!, (int)sweep["pid"]!);
        Assert.Equal((int)poll["pid"]!, _flex.ByGroup["function:Poll"].HandlerProcessId);
    }

    [Fact]
    public async Task An_instance_serves_its_own_group_alone()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => _flex.ByGroup["function:Poll"].RunTimerAsync("Sweep"));
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Add("x-functions-key", _flex.ByGroup["http"].FunctionKey);

        var elsewhere = await http.PostAsync(new Uri(_flex.ByGroup["function:Poll"].Address, "/api/hooks/x"), null);
        var here = await http.PostAsync(new Uri(_flex.ByGroup["http"].Address, "/api/hooks/x"), null);

        Assert.Equal(HttpStatusCode.NotFound, elsewhere.StatusCode);
        Assert.Equal(HttpStatusCode.OK, here.StatusCode);
    }

    [Fact]
    public async Task A_handler_that_writes_into_the_app_root_is_refused()
    {
        Assert.SkipUnless(_flex.IsRootHeld, "this machine gives a process no mounts of its own");

        var seen = await SeenByAsync("Poll", "write");

        Assert.Equal("""["EROFS","EROFS","EROFS"]""", seen["writes"]!.ToJsonString());
        Assert.Empty(_flex.ChangesInRoot);
    }

    [Fact]
    public void What_was_written_into_the_app_root_is_found_where_it_cannot_be_refused()
    {
        _app.Write("made.txt", "x").Write("handler.js", "changed");
        File.Delete(Path.Combine(_app.Directory, "Hook", "function.json"));

        Assert.Equal(["made.txt was made", "handler.js was changed", Path.Combine("Hook", "function.json") + " was deleted"], _flex.ChangesInRoot);
    }

    [Fact]
    public void A_group_that_the_app_does_not_have_is_named()
    {
        _app.Settings[FunctionGroups.Setting] = "function:Nobody";

        var error = Assert.Throws<HostConfigurationException>(() =>
            new FunctionsHost(new FunctionsHostOptions { AppDirectory = _app.Directory, Settings = _app.Settings }, TimeProvider.System));

        Assert.Contains("'function:Nobody'", error.Message, StringComparison.Ordinal);
        Assert.Contains("function:Poll or function:Sweep", error.Message, StringComparison.Ordinal);
    }

    private async Task<JsonNode> SeenByAsync(string function, string? input = null)
    {
        var result = await _flex.ByGroup[$"function:{function}"].InvokeAsync(function, input);
        Assert.True(result.Succeeded, string.Join('\n', _events));
        return JsonNode.Parse(Assert.Single(result.Logs))!;
    }
}
