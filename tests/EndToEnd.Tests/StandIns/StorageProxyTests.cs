using System.Collections.Concurrent;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Queues;
using IterationBranches.Sandbox.Azurite;
using IterationBranches.Testing.Faults;

namespace IterationBranches.EndToEnd.Tests.StandIns;

/// <summary>Azurite behind its proxy, with the official clients, which sign what they send.</summary>
public sealed class StorageProxyTests : IAsyncLifetime
{
    private readonly ConcurrentQueue<string> _sent = new();
    private AzuriteProcess _azurite = null!;
    private AzuriteProxy _proxy = null!;

    // One try: what fails is seen to fail.
    private QueueClient Queue => new(_proxy.ConnectionString, "provision-branch", new QueueClientOptions { Retry = { MaxRetries = 0 } });

    private AppendBlobClient Blob => new(_proxy.ConnectionString, "iteration-branches", "locks/größe 1+2", new BlobClientOptions { Retry = { MaxRetries = 0 } });

    public async ValueTask InitializeAsync()
    {
        _azurite = await AzuriteProcess.StartAsync();
        _proxy = await AzuriteProxy.StartAsync(_azurite, TimeProvider.System, _sent.Enqueue);
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _azurite.DisposeAsync();
    }

    [Fact]
    public async Task What_the_clients_sign_gets_through_and_each_call_has_its_operation()
    {
        await new BlobContainerClient(_proxy.ConnectionString, "iteration-branches").CreateAsync();
        await Blob.CreateAsync();
        var lease = Blob.GetBlobLeaseClient();
        await lease.AcquireAsync(TimeSpan.FromSeconds(15));
        await Blob.GetPropertiesAsync();
        await Blob.SetMetadataAsync(new Dictionary<string, string> { ["said"] = "so" }, new() { LeaseId = lease.LeaseId });
        await lease.RenewAsync();
        await lease.ReleaseAsync();
        await Queue.CreateAsync();
        await Queue.SendMessageAsync("hello");
        await Queue.PeekMessageAsync();
        var message = (await Queue.ReceiveMessageAsync()).Value;
        var updated = await Queue.UpdateMessageAsync(message.MessageId, message.PopReceipt);
        await Queue.DeleteMessageAsync(message.MessageId, updated.Value.PopReceipt);
        await Queue.GetPropertiesAsync();

        Assert.Equal(
            ["create_container", "create_blob", "acquire_lease", "get_properties", "set_metadata", "renew_lease", "release_lease"],
            _proxy.Blobs.Calls.All.Select(call => call.Operation));
        Assert.Equal(
            ["create_queue", "send_message", "peek_messages", "receive_messages", "update_message", "delete_message", "get_queue_properties"],
            _proxy.Queues.Calls.All.Select(call => call.Operation));
        Assert.Contains(_sent, request => request.Contains("<MessageText>hello</MessageText>", StringComparison.Ordinal));
        Assert.Contains(_sent, request => request.Contains("x-ms-meta-said: so", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_refusal_comes_before_the_effect_and_a_lost_answer_after_it()
    {
        await new QueueClient(_azurite.ConnectionString, Queue.Name).CreateAsync();
        _proxy.Queues.Faults.Add("send_message", Fault.Refuse(503));
        _proxy.Queues.Faults.Add("send_message", Fault.LoseResponse(), nth: 2);

        var refused = await Assert.ThrowsAsync<RequestFailedException>(() => Queue.SendMessageAsync("refused"));
        var lost = await Assert.ThrowsAsync<RequestFailedException>(() => Queue.SendMessageAsync("lost"));
        await Queue.SendMessageAsync("sent");

        Assert.Equal((503, 0), (refused.Status, lost.Status));
        Assert.Equal(["lost", "sent"], (await Queue.ReceiveMessagesAsync(32)).Value.Select(message => message.Body.ToString()));
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public async Task Who_is_killed_by_a_call_has_or_has_not_made_it(bool afterEffect, int messages)
    {
        await new QueueClient(_azurite.ConnectionString, Queue.Name).CreateAsync();
        var kills = 0;
        _proxy.Queues.Faults.Add("send_message", Fault.Kill(() => Task.FromResult(kills++), afterEffect));

        await Assert.ThrowsAsync<RequestFailedException>(() => Queue.SendMessageAsync("last words"));

        Assert.Equal((1, messages), (kills, (await Queue.ReceiveMessagesAsync(32)).Value.Length));
    }
}
