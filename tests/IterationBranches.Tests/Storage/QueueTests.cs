using System.Text;
using System.Text.Json;
using Azure.Storage.Queues;
using IterationBranches.Provisioning;

namespace IterationBranches.Tests.Storage;

[Collection(StorageGroup.Name)]
public sealed class QueueTests(StorageFixture storage)
{
    [Fact]
    public async Task A_message_is_base64_never_expires_and_the_queue_is_made_when_it_is_missing()
    {
        var name = storage.NewName("queue");

        await storage.Queue(name).SendAsync(LookMessage.For("orders", LookReason.Push), null, default);

        var raw = (await new QueueClient(storage.ConnectionString, name).PeekMessageAsync()).Value;
        Assert.Equal("""{"version":1,"track":"orders","reason":"push","operation":null}""", Encoding.UTF8.GetString(Convert.FromBase64String(raw.Body.ToString())));
        Assert.Equal(9999, raw.ExpiresOn!.Value.Year);
        var received = (await storage.Host(name).ReceiveMessageAsync()).Value;
        Assert.Equal(LookMessage.For("orders", LookReason.Push), LookMessage.Parse(received.Body.ToString()).Message);
    }

    [Fact]
    public async Task A_delayed_message_is_not_visible_yet()
    {
        var name = storage.NewName("queue");
        await storage.Queue(name).SendAsync(LookMessage.For("orders", LookReason.Continue), TimeSpan.FromHours(1), default);

        Assert.Null((await storage.Host(name).ReceiveMessageAsync()).Value);
        Assert.Equal(1, (await storage.Host(name).GetPropertiesAsync()).Value.ApproximateMessagesCount);
    }

    [Fact]
    public async Task What_cannot_be_handled_is_kept_with_the_reason()
    {
        var name = storage.NewName("queue");

        await storage.Queue(name).PoisonAsync("not {json} ü", "the message is not what this app writes", default);

        var kept = JsonDocument.Parse((await storage.Host($"{name}-poison").ReceiveMessageAsync()).Value.Body.ToString()).RootElement;
        Assert.Equal(("not {json} ü", "the message is not what this app writes"), (kept.GetProperty("message").GetString(), kept.GetProperty("reason").GetString()));
    }

    [Fact]
    public async Task For_a_message_that_fills_a_queue_message_the_reason_is_left_out()
    {
        var name = storage.NewName("queue");
        var text = new string('x', 48 * 1024);

        await storage.Queue(name).PoisonAsync(text, "the message is not what this app writes", default);

        Assert.Equal(text, (await storage.Host($"{name}-poison").ReceiveMessageAsync()).Value.Body.ToString());
    }
}
