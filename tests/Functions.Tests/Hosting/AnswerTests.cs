using System.Net;
using IterationBranches.Functions.Tests.Running;
using IterationBranches.Testing;
using Moq;

namespace IterationBranches.Functions.Tests.Hosting;

/// <summary>An answer that the host cannot read, and above all an empty one, holds the invocation until the host kills the process.</summary>
public sealed class AnswerTests
{
    [Theory]
    [InlineData("POST", "/PollIterations")]
    [InlineData("POST", "/ProvisionBranch")]
    [InlineData("POST", "/api/hooks/azure-devops")]
    [InlineData("POST", "/api/hooks/azure-devops/orders")]
    [InlineData("POST", "/api/hooks/azure-devops/orders/more")]
    [InlineData("GET", "/PollIterations")]
    [InlineData("GET", "/api/hooks/azure-devops")]
    [InlineData("PUT", "/ProvisionBranch")]
    [InlineData("POST", "/")]
    [InlineData("POST", "/NoSuchFunction")]
    [InlineData("POST", "/NoSuchFunction/with.a.dot")]
    [InlineData("GET", "/favicon.ico")]
    public async Task Every_path_answers_a_JSON_object_even_to_an_empty_request(string method, string path)
    {
        await using var app = await RunningHandler.StartAsync();

        var answer = await app.SendAsync(new HttpMethod(method), path);

        Assert.NotEmpty(answer.Json.EnumerateObject());
        Assert.True((int)answer.Status >= 400, $"{answer.Status}");
    }

    [Fact]
    public async Task A_function_that_did_its_work_answers_200_with_a_JSON_object()
    {
        await using var app = await RunningHandler.StartAsync();
        app.Records.Setup(records => records.ListAsync(It.IsAny<CancellationToken>())).ReturnsAsync(Worlds.EmptyVault);

        var polled = await app.PollAsync();
        var provisioned = await app.ProvisionAsync("not a message of ours");

        Assert.Equal(HttpStatusCode.OK, polled.Status);
        Assert.Equal(HttpStatusCode.OK, provisioned.Status);
        Assert.Empty(polled.Json.GetProperty("Outputs").EnumerateObject());
        Assert.Empty(provisioned.Json.GetProperty("Outputs").EnumerateObject());
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"Data":null}""")]
    [InlineData("""{"Data":[]}""")]
    [InlineData("""{"Data":{}}""")]
    [InlineData("""{"Data":{"message":""")]
    [InlineData("plain")]
    public async Task What_no_host_sends_is_a_failure_with_a_reason(string body)
    {
        await using var app = await RunningHandler.StartAsync();

        var answer = await app.InvokeAsync(ProvisionBranch.Name, body);

        Assert.Equal(HttpStatusCode.InternalServerError, answer.Status);
        Assert.Contains("Functions host", Assert.Single(answer.Logs).Replace("function.json and the app do not agree", "Functions host"));
        Assert.Empty(app.Queue.Poison);
    }

    [Fact]
    public async Task The_root_answers_at_once_and_does_nothing()
    {
        await using var app = await RunningHandler.StartAsync();
        var probe = CapturedRequest.Read("readiness-probe.txt");

        var first = await app.SendAsync(new HttpMethod(probe.Method), probe.PathAndQuery);
        var second = await app.SendAsync(new HttpMethod(probe.Method), probe.PathAndQuery);

        Assert.Equal((HttpStatusCode.OK, "Iteration Branches"), (first.Status, first.Text));
        Assert.Equal(first, second);
        Assert.Equal(0, app.Queue.Sent);
        Assert.Empty(app.Log.Lines);
        app.Records.VerifyNoOtherCalls();
        app.Iterations.VerifyNoOtherCalls();
    }

    [Fact]
    public async Task The_root_answers_while_the_settings_are_wrong()
    {
        await using var app = await RunningHandler.StartAsync(settings => settings.Clear());

        Assert.Equal(HttpStatusCode.OK, (await app.SendAsync(HttpMethod.Get, "/")).Status);
    }

    [Fact]
    public async Task Bodies_with_a_length_are_read_as_chunked_ones_are()
    {
        await using var app = await RunningHandler.StartAsync();

        var answer = await app.SendAsync(HttpMethod.Post, "/ProvisionBranch", new StringContent(Invocations.Of("not a message of ours")));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal("not a message of ours", Assert.Single(app.Queue.Poison).Text);
    }

    [Fact]
    public async Task It_listens_on_127_0_0_1_alone()
    {
        await using var app = await RunningHandler.StartAsync();

        Assert.StartsWith("http://127.0.0.1:", Assert.Single(app.Addresses));
    }
}
