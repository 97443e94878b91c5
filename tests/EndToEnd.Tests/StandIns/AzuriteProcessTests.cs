using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Queues;
using IterationBranches.Sandbox.Azurite;

namespace IterationBranches.EndToEnd.Tests.StandIns;

public sealed class AzuriteProcessTests
{
    [Fact]
    public async Task A_message_goes_through_a_queue()
    {
        await using var azurite = await AzuriteProcess.StartAsync();
        var queue = new QueueClient(azurite.ConnectionString, "provision-branch");
        await queue.CreateAsync();
        await queue.SendMessageAsync("look at orders");

        var message = (await queue.ReceiveMessageAsync()).Value;

        Assert.Equal("look at orders", message.Body.ToString());
        Assert.Equal(new Uri($"{azurite.QueueUri}/provision-branch"), queue.Uri);
        await queue.DeleteMessageAsync(message.MessageId, message.PopReceipt);
        Assert.Empty((await queue.PeekMessagesAsync(32)).Value);
    }

    [Fact]
    public async Task One_holds_a_lease_on_an_append_blob_and_another_does_not_get_it()
    {
        await using var azurite = await AzuriteProcess.StartAsync();
        var container = new BlobContainerClient(azurite.ConnectionString, "leases");
        await container.CreateAsync();
        var blob = container.GetAppendBlobClient("orders");
        await blob.CreateAsync();
        var lease = (await blob.GetBlobLeaseClient().AcquireAsync(TimeSpan.FromSeconds(60))).Value;

        var refused = await Assert.ThrowsAsync<RequestFailedException>(() => blob.GetBlobLeaseClient().AcquireAsync(TimeSpan.FromSeconds(60)));

        Assert.Equal((409, "LeaseAlreadyPresent"), (refused.Status, refused.ErrorCode));
        await blob.GetBlobLeaseClient(lease.LeaseId).ReleaseAsync();
        await blob.GetBlobLeaseClient().AcquireAsync(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Two_at_a_time_have_nothing_in_common()
    {
        var both = await Task.WhenAll(AzuriteProcess.StartAsync(), AzuriteProcess.StartAsync());
        await using var one = both[0];
        await using var other = both[1];

        var ports = new[] { one.BlobUri, one.QueueUri, one.TableUri, other.BlobUri, other.QueueUri, other.TableUri }.Select(uri => uri.Port);
        Assert.Equal(6, ports.Distinct().Count());
        // The account of the one is not known to the other.
        var stranger = new QueueClient(one.ConnectionString.Replace(one.QueueUri.Authority, other.QueueUri.Authority, StringComparison.Ordinal), "queue");
        Assert.NotEqual(201, (await Assert.ThrowsAsync<RequestFailedException>(() => stranger.CreateAsync())).Status);
    }

    [Fact]
    public async Task Given_a_port_it_takes_that_and_the_next_two_or_says_which_is_taken()
    {
        var port = ThreeFreePorts();
        await using (var azurite = await AzuriteProcess.StartAsync(port))
        {
            Assert.Equal([port, port + 1, port + 2], [azurite.BlobUri.Port, azurite.QueueUri.Port, azurite.TableUri.Port]);
        }

        using var taken = new TcpListener(IPAddress.Loopback, port + 1);
        taken.Start();
        var refused = await Assert.ThrowsAsync<AzuriteException>(() => AzuriteProcess.StartAsync(port));
        Assert.Contains($"127.0.0.1:{port + 1}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_it_is_disposed_nothing_of_it_is_left()
    {
        var progress = new List<string>();
        var azurite = await AzuriteProcess.StartAsync(progress: progress.Add);
        using var process = Process.GetProcessById(azurite.ProcessId);
        Assert.True(Directory.Exists(azurite.Folder));

        await azurite.DisposeAsync();

        Assert.True(process.HasExited);
        Assert.False(Directory.Exists(azurite.Folder));
        Assert.Contains("Starting Azurite…", progress);
        using var socket = new TcpClient();
        await Assert.ThrowsAsync<SocketException>(() => socket.ConnectAsync(IPAddress.Loopback, azurite.QueueUri.Port));
    }

    /// <summary>Below those that the system gives to whoever asks for any: another process would be given one of them meanwhile.</summary>
    private static int ThreeFreePorts()
    {
        var port = 20_000 + (Environment.ProcessId % 1000 * 9);
        while (!Enumerable.Range(port, 3).All(IsFree))
        {
            port += 3;
        }

        return port;
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
