using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using IterationBranches.Sandbox.FunctionsHost;
using IterationBranches.Testing;
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
        Assert.Equal(expected == 200 ? 1 : 0, running.Worker.Requests.Count);
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
    public async Task A_request_arrives_byte_for_byte_with_the_id_of_its_invocation()
    {
        await using var running = await RunningHost.StartAsync(_app);
        var body = Enumerable.Range(0, 256).Select(i => (byte)i).ToArray();

        var answer = await SendRawAsync(
            running,
            $"POST /api/hooks/a%20c?code=the-function-key&x=1&x=2&y=a%20b HTTP/1.1\r\nHost: app.example.net\r\nUser-Agent: Sender/1.0\r\n" +
            $"Content-Encoding: gzip\r\nContent-Type: application/json\r\nx-ms-invocation-id: forged\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n",
            body);

        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        var received = Assert.Single(running.Worker.Requests);
        Assert.Equal("/api/hooks/a%20c?code=the-function-key&x=1&x=2&y=a%20b", received.Target);
        Assert.Equal(body, received.Body);
        Assert.Equal("gzip", received.Headers["Content-Encoding"]);
        Assert.Equal("Sender/1.0", received.Headers["User-Agent"]);
        var invoked = Assert.Single(running.Worker.Invocations);
        Assert.Equal(("Hook", invoked.InvocationId), (invoked.FunctionId, received.Headers["x-ms-invocation-id"]));
    }

    [Fact]
    public async Task An_answer_comes_back_as_it_is_and_any_status_is_a_success()
    {
        await using var running = await RunningHost.StartAsync(_app);
        running.Worker.Answer = async context =>
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

    [Fact]
    public async Task A_chunked_request_gets_through()
    {
        await using var running = await RunningHost.StartAsync(_app);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/hooks/boards?code=the-function-key") { Content = new StringContent("chunks") };
        request.Headers.TransferEncodingChunked = true;

        using var answer = await running.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("chunks", Assert.Single(running.Worker.Requests).Text);
    }

    [Fact]
    public async Task While_there_is_no_worker_the_host_answers_500()
    {
        await using var running = await RunningHost.StartAsync(_app);
        for (var ends = 1; ends <= 3; ends++)
        {
            running.Worker.Exit(1);
            await (ends < 3 ? running.Worker.WaitForStartsAsync(ends + 1) : running.StoppedAsync());
        }

        using var answer = await running.Http.PostAsync("/api/hooks/boards?code=the-function-key", null);

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
    }

    [Fact]
    public async Task Too_large_a_body_is_413_and_does_not_reach_the_worker()
    {
        _app.Settings["FUNCTIONS_REQUEST_BODY_SIZE_LIMIT"] = "10";
        await using var running = await RunningHost.StartAsync(_app);

        using var answer = await running.Http.PostAsync("/api/hooks/boards?code=the-function-key", new StringContent("01234567890"));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Empty(running.Worker.Requests);
    }

    [Fact]
    public async Task An_admin_runs_a_function_with_the_master_key()
    {
        await using var running = await RunningHost.StartAsync(_app);

        using var refused = await running.Http.PostAsync("/admin/functions/Poll?code=the-function-key", new StringContent("{}"));
        using var accepted = await running.Http.PostAsync("/admin/functions/Poll?code=the-master-key", new StringContent("{}"));
        using var unknown = await running.Http.PostAsync("/admin/functions/Nothing?code=the-master-key", new StringContent("{}"));
        var invoked = await running.Worker.NextAsync();

        Assert.Equal([401, 202, 404], new[] { refused, accepted, unknown }.Select(answer => (int)answer.StatusCode));
        Assert.Equal("Poll", invoked.FunctionId);
        Assert.Single(running.Worker.Invocations);
    }

    [Fact]
    public async Task A_queue_function_that_is_run_by_hand_has_the_input_as_its_message()
    {
        _app.Function("Work", AppRoot.Queue);
        await using var running = await RunningHost.StartAsync(_app);

        using var accepted = await running.Http.PostAsync("/admin/functions/Work?code=the-master-key", new StringContent("""{"input":"look at orders"}"""));

        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        Assert.Equal("look at orders", (await running.Worker.NextAsync()).InputData.Single().Data.String);
    }

    [Fact]
    public async Task An_admin_sees_the_functions_and_where_they_are_called()
    {
        _app.Settings["AzureWebJobs.Poll.Disabled"] = "true";
        await using var running = await RunningHost.StartAsync(_app);
        var origin = running.Host.Address.GetLeftPart(UriPartial.Authority);

        using var refused = await running.Http.GetAsync("/admin/functions?code=the-function-key");
        var functions = JsonNode.Parse(await running.Http.GetStringAsync("/admin/functions?code=the-master-key"))!.AsArray();
        var one = JsonNode.Parse(await running.Http.GetStringAsync("/admin/functions/hook?code=the-master-key"))!;
        using var unknown = await running.Http.GetAsync("/admin/functions/Nothing?code=the-master-key");

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.NotFound), (refused.StatusCode, unknown.StatusCode));
        Assert.Equal([("Hook", false), ("Poll", true)], functions.Select(function => ((string)function!["name"]!, (bool)function["isDisabled"]!)));
        Assert.Equal([$"{origin}/api/hooks/{{source}}/{{track?}}", null], functions.Select(function => (string?)function!["invoke_url_template"]));
        Assert.Equal(functions[0]!.ToJsonString(), one.ToJsonString());
        Assert.Equal($"{origin}/admin/functions/Hook", (string)one["href"]!);
    }

    [Theory]
    [InlineData(null, HttpStatusCode.OK, "text/html")]
    [InlineData("true", HttpStatusCode.NoContent, null)]
    public async Task The_root_is_a_page_for_whoever_comes_unless_a_setting_takes_it_away(string? disabled, HttpStatusCode status, string? type)
    {
        if (disabled is not null)
        {
            _app.Settings["AzureWebJobsDisableHomepage"] = disabled;
        }

        await using var running = await RunningHost.StartAsync(_app);

        using var page = await running.Http.GetAsync("/");

        Assert.Equal((status, type), (page.StatusCode, page.Content.Headers.ContentType?.MediaType));
        Assert.Empty(running.Worker.Requests);
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

    // HttpClient would tidy the path and the headers.
    private static async Task<string> SendRawAsync(RunningHost running, string head, byte[] body)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, running.Host.Address.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head));
        await stream.WriteAsync(body);
        return await new StreamReader(stream).ReadToEndAsync().WaitAsync(Bound.Wait);
    }
}
