using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using IterationBranches.Sandbox.FunctionsHost;

namespace IterationBranches.EndToEnd.Tests.FunctionsHostTests;

/// <summary>A real child process: a handler of a few lines for Node, which the sandbox needs anyhow.</summary>
public sealed class HandlerProcessTests : IAsyncDisposable
{
    private const string Script = """
        const http = require('http');
        console.error('ready soon');
        http.createServer((request, response) => {
          let body = '';
          request.on('data', part => body += part);
          request.on('end', () => {
            if (body.includes('exit ')) process.exit(Number(/exit (\d+)/.exec(body)[1]));
            response.setHeader('Content-Type', 'application/json');
            response.end(JSON.stringify({ Logs: [JSON.stringify({ env: process.env, cwd: process.cwd(), args: process.argv.slice(2) })] }));
          });
        }).listen(process.env.FUNCTIONS_CUSTOMHANDLER_PORT, '127.0.0.1', () => console.log('listening'));
        """;

    private readonly AppRoot _app = new AppRoot().Function("Poll", AppRoot.Timer).Write("handler.js", Script);
    private readonly ConcurrentQueue<HostEvent> _events = new();
    private readonly SemaphoreSlim _exits = new(0);
    private readonly FunctionsHost _host;

    public HandlerProcessTests()
    {
        _app.Host(json => json["customHandler"]!["description"] = new JsonObject
        {
            ["defaultExecutablePath"] = "node",
            ["defaultWorkerPath"] = "handler.js",
            ["workerArguments"] = new JsonArray("--x", "%Mode%"),
        });
        _app.Settings["Mode"] = "1";
        _host = new FunctionsHost(
            new FunctionsHostOptions { AppDirectory = _app.Directory, Settings = _app.Settings, RunTimers = false, OnEvent = OnEvent }, TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _app.Dispose();
        _exits.Dispose();
    }

    [Fact]
    public async Task The_handler_gets_the_environment_of_the_captured_one_and_the_traps_of_the_image()
    {
        await _host.StartAsync();

        var seen = JsonNode.Parse(Assert.Single((await _host.RunTimerAsync("Poll")).Logs))!;

        var environment = seen["env"]!.AsObject();
        Assert.Equal("http://+:80", (string)environment["ASPNETCORE_URLS"]!);
        Assert.Equal("/azure-functions-host", (string)environment["ASPNETCORE_CONTENTROOT"]!);
        Assert.Equal(_app.Directory, (string)environment["FUNCTIONS_APP_ROOT_PATH"]!);
        Assert.Equal($"localhost:{_host.Address.Port}", (string)environment["WEBSITE_HOSTNAME"]!);
        Assert.Equal("0 */5 * * * *", (string)environment["PollSchedule"]!);
        Assert.Equal(_app.Directory, (string)seen["cwd"]!);
        Assert.Equal("""["--x","1"]""", seen["args"]!.ToJsonString());
        // Those that belong to the computer on which the capture was made.
        string[] settings = ["AzureWebJobsStorage", "AzureWebJobsFeatureFlags", "AzureWebJobsSecretStorageType", "FUNCTIONS_LOG_PATH", "FUNCTIONS_SECRETS_PATH"];
        var captured = Capture.Lines("handler-environment.txt").Where(line => line.StartsWith("env: ", StringComparison.Ordinal)).Select(line => line[5..].Split('=')[0]);
        Assert.Empty(captured.Except(settings).Except(environment.Select(pair => pair.Key)));
    }

    [Fact]
    public async Task What_it_prints_is_told_apart_and_a_crash_starts_it_again()
    {
        await _host.StartAsync();

        var crashed = await _host.InvokeAsync("Poll", "exit 3");
        await _exits.WaitAsync();
        var after = await _host.RunTimerAsync("Poll");

        Assert.False(crashed.Succeeded);
        Assert.True(after.Succeeded);
        Assert.Contains(_events, told => told is { Kind: HostEventKind.Stdout, Text: "listening", Function: null });
        var exit = Assert.Single(_events, told => told.Kind is HostEventKind.HandlerExited);
        Assert.Contains("code 3", exit.Text);
        Assert.Contains("ready soon", exit.Text);
    }

    [Fact]
    public async Task Three_crashes_stop_the_host()
    {
        await _host.StartAsync();

        for (var crashes = 0; crashes < 3; crashes++)
        {
            await _host.InvokeAsync("Poll", "exit 3");
            // Until the host has seen the exit, an invocation still goes to the dead one.
            await _exits.WaitAsync();
        }

        Assert.Contains("code 3", await _host.Stopped);
    }

    [Fact]
    public async Task A_kill_is_followed_by_a_new_process()
    {
        await _host.StartAsync();
        var first = JsonNode.Parse((await _host.RunTimerAsync("Poll")).Logs[0])!["env"]!["FUNCTIONS_CUSTOMHANDLER_WORKER_ID"]!;

        await _host.KillHandlerAsync();
        var second = JsonNode.Parse((await _host.RunTimerAsync("Poll")).Logs[0])!["env"]!["FUNCTIONS_CUSTOMHANDLER_WORKER_ID"]!;

        Assert.NotEqual((string)first!, (string)second!);
    }

    private void OnEvent(HostEvent told)
    {
        _events.Enqueue(told);
        if (told.Kind is HostEventKind.HandlerExited)
        {
            _exits.Release();
        }
    }
}
