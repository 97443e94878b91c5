using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using IterationBranches.Sandbox.FunctionsHost;
using Microsoft.AspNetCore.Http;

namespace IterationBranches.EndToEnd.Tests.FunctionsHostTests;

public sealed class HttpFrontTests
{
    private readonly AppRoot _app = new AppRoot().Function("Hook", AppRoot.Http).Function("Poll", AppRoot.Timer);

    [Theory]
    [InlineData("the-function-key", null, 200)]
    [InlineData(null, "the-function-key", 200)]
    [InlineData("the-master-key", null, 200)]
    [InlineData(null, null, 401)]
    [InlineData(null, "wrong", 401)]
    [InlineData("wrong", "the-function-key", 401)]      // the header comes first
    public async Task A_function_needs_its_key(string? header, string? code, int expected)
    {
        await using var running = await RunningHost.StartAsync(_app);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/hooks/boards" + (code is null ? "" : $"?code={code}"));
        if (header is not null)
        {
            request.Headers.Add("x-functions-key", header);
        }

        using var answer = await running.Http.SendAsync(request);

        Assert.Equal(expected, (int)answer.StatusCode);
        Assert.Equal(expected == 200 ? 1 : 0, running.Handler.All.Count);
        if (expected == 401)
        {
            Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
        }
    }

    [Theory]
    [InlineData("POST", "/api/hooks/boards", 200)]
    [InlineData("POST", "/api/hooks/boards/main", 200)]     // {track?}
    [InlineData("POST", "/api/HOOKS/boards", 200)]
    [InlineData("GET", "/api/hooks/boards", 404)]           // not 405
    [InlineData("POST", "/api/hooks", 404)]
    [InlineData("POST", "/hooks/boards", 404)]
    [InlineData("POST", "/api/hooks/boards/main/more", 404)]
    [InlineData("POST", "/Poll", 404)]                      // what is not HTTP cannot be reached from outside
    [InlineData("POST", "/api/Poll", 404)]
    public async Task A_route_matches_as_in_ASP_NET_Core(string method, string path, int expected)
    {
        await using var running = await RunningHost.StartAsync(_app);
        using var request = new HttpRequestMessage(new HttpMethod(method), path + "?code=the-function-key");

        using var answer = await running.Http.SendAsync(request);

        Assert.Equal(expected, (int)answer.StatusCode);
    }

    [Fact]
    public async Task A_disabled_function_is_404()
    {
        _app.Settings["AzureWebJobs.Hook.Disabled"] = "true";
        await using var running = await RunningHost.StartAsync(_app);

        using var answer = await running.Http.PostAsync("/api/hooks/boards?code=the-function-key", null);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task A_proxied_request_arrives_byte_for_byte_with_the_headers_of_the_host()
    {
        await using var running = await RunningHost.StartAsync(_app);
        var body = Enumerable.Range(0, 256).Select(i => (byte)i).ToArray();

        var answer = await SendRawAsync(
            running,
            $"POST /api/hooks/a%2Fb%20c?code=the-function-key&x=1&x=2&y=a%20b HTTP/1.1\r\nHost: app.example.net\r\nUser-Agent: Sender/1.0\r\n" +
            $"X-Forwarded-For: 203.0.113.9\r\nContent-Encoding: gzip\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n",
            body);

        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        var received = Assert.Single(running.Handler.All);
        Assert.Equal("/api/hooks/a%252Fb%20c?code=the-function-key&x=1&x=2&y=a%20b", received.Target);
        Assert.Equal(body, received.Body);
        Assert.Equal("gzip", received.Headers["Content-Encoding"]);
        Assert.Equal("Sender/1.0", received.Headers["User-Agent"]);
        Assert.StartsWith("127.0.0.1:", received.Headers["Host"], StringComparison.Ordinal);
        Assert.Equal("app.example.net", received.Headers["X-Forwarded-Host"]);
        Assert.Equal("http", received.Headers["X-Forwarded-Proto"]);
        Assert.Equal("127.0.0.1", received.Headers["X-Forwarded-For"]);
        Assert.Equal(received.Headers["X-Azure-Functions-InvocationId"], received.Headers["x-ms-invocation-id"]);
    }

    [Fact]
    public async Task A_proxied_answer_comes_back_as_it_is_and_any_status_is_a_success()
    {
        await using var running = await RunningHost.StartAsync(_app);
        running.Handler.Answer = async (_, context) =>
        {
            context.Response.StatusCode = 409;
            context.Response.Headers["X-Reason"] = "busy";
            await context.Response.WriteAsync("later");
        };

        using var answer = await running.Http.PostAsync("/api/hooks/boards?code=the-function-key", null);

        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Equal("busy", Assert.Single(answer.Headers.GetValues("X-Reason")));
        Assert.Equal("later", await answer.Content.ReadAsStringAsync());
        Assert.Equal(new InvocationCount(0, 1, 0), running.Host.Invocations["Hook"]);
    }

    [Theory]
    [InlineData(true, 200)]     // proxied
    [InlineData(false, 500)]    // forwarded
    public async Task A_chunked_request_passes_only_a_proxy(bool proxying, int expected)
    {
        _app.Host(json => json["customHandler"] = Handler(proxying, forwarding: true));
        await using var running = await RunningHost.StartAsync(_app);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/hooks/boards?code=the-function-key") { Content = new StringContent("chunks") };
        request.Headers.TransferEncodingChunked = true;

        using var answer = await running.Http.SendAsync(request);

        Assert.Equal(expected, (int)answer.StatusCode);
        Assert.Equal(proxying ? ["chunks"] : [], running.Handler.All.Select(received => received.Text));
    }

    [Fact]
    public async Task A_forwarded_request_is_the_hosts_own_copy()
    {
        var capture = Capture.Load("http.forwarded.code-query.txt");
        _app.Host(json => json["customHandler"] = Handler(proxying: false, forwarding: true));
        await using var running = await RunningHost.StartAsync(_app);

        await SendRawAsync(
            running,
            "POST /api/hooks/a%2Fb%20c?code=the-function-key&x=1&x=2&y=a%20b HTTP/1.1\r\nHost: app.example.net\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n" +
            "Content-Encoding: gzip\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 5\r\nConnection: close\r\n\r\n",
            "plain"u8.ToArray());

        var received = Assert.Single(running.Handler.All);
        Assert.Equal("/api/hooks/a%2Fb%20c?code=the-function-key&x=1,2&y=a%20b", received.Target);
        Assert.Equal("plain", received.Text);
        Assert.Equal("app.example.net", received.Headers["Host"]);
        Assert.Equal(capture.Headers.Keys.Order(), received.Headers.Keys.Where(name => name != "Connection").Order());
        string[] ours = ["Host", "X-Azure-Functions-InvocationId"];
        Assert.All(capture.Headers.Where(header => !ours.Contains(header.Key)), header => Assert.Equal(header.Value, received.Headers[header.Key]));
    }

    [Fact]
    public async Task Without_either_the_request_is_data_and_the_output_is_the_answer()
    {
        _app.Host(json => json["customHandler"] = Handler(proxying: false, forwarding: false));
        await using var running = await RunningHost.StartAsync(_app);
        running.Handler.Answer = (_, context) =>
            FakeHandler.AnswerJsonAsync(context, """{"Outputs":{"res":{"statusCode":202,"headers":{"X-A":"b"},"body":{"ok":true}}}}""");

        using var answer = await running.Http.PostAsync("/api/hooks/boards/main?code=the-function-key", new StringContent("text"));

        var received = Assert.Single(running.Handler.All);
        Assert.Equal("/Hook", received.Target);
        var request = JsonNode.Parse(received.Text)!["Data"]!["req"]!;
        Assert.Equal("text", (string)request["Body"]!);
        Assert.Equal("""{"source":"boards","track":"main"}""", request["Params"]!.ToJsonString());
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Equal("b", Assert.Single(answer.Headers.GetValues("X-A")));
        Assert.Equal("""{"ok":true}""", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Too_large_a_body_is_413_and_does_not_reach_the_handler()
    {
        _app.Settings["FUNCTIONS_REQUEST_BODY_SIZE_LIMIT"] = "10";
        await using var running = await RunningHost.StartAsync(_app);

        using var answer = await running.Http.PostAsync("/api/hooks/boards?code=the-function-key", new StringContent("01234567890"));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Empty(running.Handler.All);
    }

    [Fact]
    public async Task An_admin_runs_a_function_with_the_master_key()
    {
        await using var running = await RunningHost.StartAsync(_app);

        using var refused = await running.Http.PostAsync("/admin/functions/Poll?code=the-function-key", new StringContent("{}"));
        using var accepted = await running.Http.PostAsync("/admin/functions/Poll?code=the-master-key", new StringContent("""{"input":"x"}"""));
        using var unknown = await running.Http.PostAsync("/admin/functions/Nothing?code=the-master-key", new StringContent("{}"));
        var received = await running.Handler.NextAsync();
        await running.Host.WaitUntilIdleAsync();

        Assert.Equal([401, 202, 404], new[] { refused, accepted, unknown }.Select(answer => (int)answer.StatusCode));
        // As in the capture timer.first-run.
        Assert.Equal("\"x\"", (string)JsonNode.Parse(received.Text)!["Metadata"]!["myTimer"]!);
        Assert.Single(running.Handler.All);
    }

    [Fact]
    public async Task The_state_of_the_host_can_be_asked_for()
    {
        await using var running = await RunningHost.StartAsync(_app);

        Assert.Equal("Running", (string)JsonNode.Parse(await running.Http.GetStringAsync("/admin/host/status?code=the-master-key"))!["state"]!);
        using var ping = await running.Http.GetAsync("/admin/host/ping");
        Assert.Equal(HttpStatusCode.OK, ping.StatusCode);
    }

    [Fact]
    public async Task No_event_holds_a_key()
    {
        await using var running = await RunningHost.StartAsync(_app);

        using var answer = await running.Http.PostAsync("/api/hooks/boards?code=the-function-key", null);

        Assert.NotEmpty(running.Events);
        Assert.All(running.Events, told => Assert.DoesNotContain("the-function-key", told.Text));
    }

    private static JsonObject Handler(bool proxying, bool forwarding) => new()
    {
        ["description"] = new JsonObject { ["defaultExecutablePath"] = "handler" },
        ["enableProxyingHttpRequest"] = proxying,
        ["enableForwardingHttpRequest"] = forwarding,
    };

    // HttpClient would tidy the path and the headers.
    private static async Task<string> SendRawAsync(RunningHost running, string head, byte[] body)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, running.Host.Address.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head));
        await stream.WriteAsync(body);
        return await new StreamReader(stream).ReadToEndAsync();
    }
}
