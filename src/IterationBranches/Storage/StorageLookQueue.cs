using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using IterationBranches.Provisioning;

namespace IterationBranches.Storage;

/// <summary>The queue that the Functions host reads: base64, and messages that never expire.</summary>
public sealed class StorageLookQueue(QueueServiceClient storage, string queueName) : ILookQueue
{
    private const int MaximumBytes = 48 * 1024;

    // For people, who open the poison queue in a portal.
    private static readonly JsonSerializerOptions s_readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly TimeSpan s_never = TimeSpan.FromSeconds(-1);

    private readonly QueueClient _queue = storage.GetQueueClient(queueName);
    private readonly QueueClient _poison = storage.GetQueueClient($"{queueName}-poison");

    public Task SendAsync(LookMessage message, TimeSpan? delay, CancellationToken cancellationToken) =>
        SendAsync(_queue, message.ToJson(), delay, cancellationToken);

    public Task<DateTimeOffset?> FindFrontAsync(CancellationToken cancellationToken) => StorageException.AskAsync($"look at the queue {_queue.Name}", async () =>
    {
        try
        {
            return (await _queue.PeekMessagesAsync(1, cancellationToken)).Value is [var front, ..] ? front.InsertedOn : null;
        }
        catch (RequestFailedException missing) when (missing.ErrorCode == QueueErrorCode.QueueNotFound)
        {
            return null;
        }
    }, cancellationToken);

    public Task PoisonAsync(string text, string reason, CancellationToken cancellationToken)
    {
        var wrapped = JsonSerializer.Serialize(new Dictionary<string, string> { ["reason"] = reason, ["message"] = text }, s_readable);
        // The reason is in the log as well; the message itself must not be lost for its sake.
        return SendAsync(_poison, Encoding.UTF8.GetByteCount(wrapped) <= MaximumBytes ? wrapped : text, null, cancellationToken);
    }

    private static Task<Response<SendReceipt>> SendAsync(QueueClient queue, string text, TimeSpan? delay, CancellationToken cancellationToken) =>
        StorageException.AskAsync($"put a message on the queue {queue.Name}", async () =>
        {
            try
            {
                return await queue.SendMessageAsync(text, delay, s_never, cancellationToken);
            }
            catch (RequestFailedException missing) when (missing.ErrorCode == QueueErrorCode.QueueNotFound)
            {
                await queue.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
                return await queue.SendMessageAsync(text, delay, s_never, cancellationToken);
            }
        }, cancellationToken);
}
