using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using IterationBranches.Functions.Tests.Running;
using IterationBranches.Testing;

namespace IterationBranches.Functions.Tests.Hosting;

/// <summary>The executable as the host starts it.</summary>
public sealed class ProcessTests
{
    [Fact]
    public async Task It_listens_where_the_host_says_whatever_else_the_environment_says()
    {
        var port = HandlerProcess.FreePort();
        // A handler that bound the host's own address would meet this.
        using var hosts = new TcpListener(IPAddress.Loopback, 0);
        hosts.Start();
        var environment = Captured(port);
        environment["ASPNETCORE_URLS"] = $"http://127.0.0.1:{((IPEndPoint)hosts.LocalEndpoint).Port}";
        environment["ASPNETCORE_HTTP_PORTS"] = "80";
        environment["ASPNETCORE_CONTENTROOT"] = "/azure-functions-host";
        environment["DOTNET_CONTENTROOT"] = "/azure-functions-host";

        await using var handler = HandlerProcess.Start(environment);
        using var http = await handler.ReadyAsync(port);

        Assert.Equal("Iteration Branches", await http.GetStringAsync("/"));
        Assert.Equal(
            [new IPEndPoint(IPAddress.Loopback, port)],
            IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Where(listener => listener.Port == port));
    }

    // The host starts no handler again that ended with 0.
    [Fact]
    public async Task It_does_not_end_with_0_when_it_is_told_to_end()
    {
        var port = HandlerProcess.FreePort();
        await using var handler = HandlerProcess.Start(Captured(port));
        using var http = await handler.ReadyAsync(port);

        var (exitCode, _, error) = await handler.TerminateAsync();

        Assert.Equal(1, exitCode);
        Assert.Equal("", error);
    }

    [Fact]
    public async Task It_says_at_the_start_what_it_serves_and_what_is_off()
    {
        var port = HandlerProcess.FreePort();
        var environment = Captured(port);
        environment["ServiceHook__Password"] = "";
        environment["Tracks__stock__Project"] = "Meridian";
        await using var handler = HandlerProcess.Start(environment);
        using var http = await handler.ReadyAsync(port);

        var (_, output, error) = await handler.TerminateAsync();

        Assert.Contains("Serving 1 tracks: orders", output, StringComparison.Ordinal);
        Assert.Contains("Service hooks are off", output, StringComparison.Ordinal);
        Assert.Contains("stock: the track is off: ", error, StringComparison.Ordinal);
        Assert.Contains("Tracks__stock__Database: is missing", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_does_not_end_with_0_when_its_port_is_taken()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();

        var (exitCode, _, error) = await HandlerProcess.RunAsync(Captured(((IPEndPoint)other.LocalEndpoint).Port));

        Assert.NotEqual(0, exitCode);
        Assert.Contains("address already in use", error, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Wrong_settings_do_not_end_it_and_every_invocation_says_all_of_them_in_one_line_of_stderr()
    {
        var port = HandlerProcess.FreePort();
        await using var handler = HandlerProcess.Start(
            [new("FUNCTIONS_CUSTOMHANDLER_PORT", $"{port}"), new("Boards__Organisation", "a\nb"), new("KeyVault__Uri", "@Microsoft.KeyVault(SecretUri=https://x)")]);
        using var http = await handler.ReadyAsync(port);

        for (var i = 0; i < 2; i++)
        {
            using var answer = await http.PostAsync("/PollIterations", new StringContent(CapturedRequest.Read("timer.first-run.txt").Body));
            Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        }

        var (_, _, error) = await handler.TerminateAsync();
        // The first is of the start.
        var lines = error.Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..];
        Assert.Equal(2, lines.Length);
        Assert.All(lines, line => Assert.All(
            new[] { "PollIterations failed", "Boards__Organization", "Boards__Organisation", "PlanetScale__Organization", "PlanetScale__ServiceTokenId", "PlanetScale__ServiceToken", "KeyVault__Uri", "AzureWebJobsStorage", "Tracks" },
            name => Assert.Contains(name, line)));
    }

    [Theory]
    [InlineData("http.forwarded.key-header.txt")]
    [InlineData("http.forwarded.code-query.txt")]
    public async Task Neither_keys_nor_passwords_nor_bodies_of_forwarded_requests_are_printed(string captured)
    {
        var capture = CapturedRequest.Read(captured);
        var query = capture.PathAndQuery.Split('?')[1];
        await using var storage = await QueuePeer.StartAsync();
        var port = HandlerProcess.FreePort();
        var environment = Captured(port);
        environment["AzureWebJobsStorage"] = storage.ConnectionString;
        await using var handler = HandlerProcess.Start(environment);
        using var http = await handler.ReadyAsync(port);

        // Accepted, ignored, wrong password, not JSON.
        await SendAsync(HttpStatusCode.Accepted, EventPayload.Created().ToString(), HookCredential.Password);
        await SendAsync(HttpStatusCode.OK, EventPayload.Created().ToString().Replace("workitem.created", "build.complete"), HookCredential.Password);
        await SendAsync(HttpStatusCode.Unauthorized, EventPayload.Created().ToString(), "wrong-" + HookCredential.Password);
        await SendAsync(HttpStatusCode.BadRequest, "Split settlement batches by scheme", HookCredential.Password);

        var (_, output, error) = await handler.TerminateAsync();
        Assert.Equal(("provision-branch", """{"version":1,"track":"orders","reason":"workitem","operation":null}"""), Assert.Single(storage.Messages));
        Assert.Contains("orders: service hook (WorkItem): a look is queued", output);
        Assert.Contains("nothing to do", output);
        Assert.All(
            new[] { "testfnkey", HookCredential.Password, HookCredential.Right.Parameter!, HookCredential.Of("azure-devops", "wrong-" + HookCredential.Password).Parameter!, "Split settlement", "Ines", query, "pscale_tkn", "pat-of-the-tests", "AccountKey" },
            secret => Assert.DoesNotContain(secret, output + error, StringComparison.OrdinalIgnoreCase));

        async Task SendAsync(HttpStatusCode expected, string body, string password)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"{RunningHandler.Hook}?{query}") { Content = new StringContent(body) };
            request.Content.Headers.ContentType = new("application/json");
            foreach (var (name, value) in capture.Headers.Where(header => !header.Name.StartsWith("Content-", StringComparison.Ordinal)))
            {
                Assert.True(request.Headers.TryAddWithoutValidation(name, value));
            }

            request.Headers.Authorization = HookCredential.Of("azure-devops", password);
            using var answer = await http.SendAsync(request);
            Assert.Equal(expected, answer.StatusCode);
        }
    }

    /// <summary>The environment that a real host gave its handler, with our settings.</summary>
    private static Dictionary<string, string?> Captured(int port)
    {
        var environment = File.ReadLines(Path.Combine(CapturedRequest.Folder, "handler-environment.txt"))
            .Where(line => line.StartsWith("env: ", StringComparison.Ordinal))
            .Select(line => line["env: ".Length..].Split('=', 2))
            .ToDictionary(pair => pair[0], pair => (string?)pair[1].Replace("<app root>", AppContext.BaseDirectory).Replace("<host folder>", Path.GetTempPath()));
        foreach (var (name, value) in SettingValues.Working())
        {
            environment[name] = value;
        }

        environment["FUNCTIONS_CUSTOMHANDLER_PORT"] = environment["FUNCTIONS_HTTPWORKER_PORT"] = $"{port}";
        return environment;
    }
}
