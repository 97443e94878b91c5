using System.Net;
using System.Net.Sockets;
using System.Text;
using IterationBranches.Functions.Tests.Running;

namespace IterationBranches.Functions.Tests.Hooks;

/// <summary>Requests as they are on the wire, without a host between.</summary>
public sealed class ConnectionTests
{
    [Fact]
    public async Task A_stranger_is_answered_before_any_of_the_body_arrives()
    {
        await using var app = await RunningHandler.StartAsync();
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, new Uri(app.Addresses.Single()).Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST {RunningHandler.Hook} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n"));

        // Whoever reads the body asks for it first: 100 Continue.
        using var reader = new StreamReader(stream);
        Assert.Equal("HTTP/1.1 401 Unauthorized", await reader.ReadLineAsync());
    }

    [Fact]
    public async Task An_empty_body_is_400_with_a_reason()
    {
        await using var app = await RunningHandler.StartAsync();

        var answer = await app.ReceiveAsync(EventPayload.Body([]));

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.NotEmpty(answer.Reason!);
    }

    [Fact]
    public async Task A_body_that_ends_too_early_is_400_with_a_reason()
    {
        await using var app = await RunningHandler.StartAsync();
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, new Uri(app.Addresses.Single()).Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"POST {RunningHandler.Hook} HTTP/1.1\r\nHost: x\r\nAuthorization: {HookCredential.Right}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nnot a length\r\n"));

        using var reader = new StreamReader(client.GetStream());
        var answer = await reader.ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 400 Bad Request", answer, StringComparison.Ordinal);
        Assert.Contains("\"reason\":", answer);
    }
}
