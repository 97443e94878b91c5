using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;

namespace IterationBranches.Sandbox.FunctionsHost;

/// <summary>The queue of one trigger, and its poison queue.</summary>
public interface IQueueSource
{
    /// <summary>At most 32; none when the queue does not exist or the service has trouble.</summary>
    Task<IReadOnlyList<QueueDelivery>> ReceiveAsync(int most, TimeSpan visibility, CancellationToken cancellationToken);

    /// <summary>Hides the message for that long from now; answers the new pop receipt, or null when the message is no longer this delivery's.</summary>
    Task<string?> HideAsync(QueueDelivery delivery, TimeSpan visibility, CancellationToken cancellationToken);

    /// <summary>Harmless when the message is no longer this delivery's.</summary>
    Task DeleteAsync(QueueDelivery delivery, CancellationToken cancellationToken);

    /// <summary>Copies the body to the poison queue, which is made when it is missing. False when the queue can have none.</summary>
    Task<bool> CopyToPoisonAsync(QueueDelivery delivery, CancellationToken cancellationToken);

    /// <summary>How many messages are visible (counted up to 32), and how many there are in all.</summary>
    Task<(int Visible, int All)> CountAsync(CancellationToken cancellationToken);
}

/// <summary>A queue of Azure Storage, or Azurite.</summary>
public sealed class AzureQueueSource(QueueClient queue, QueueClient? poison) : IQueueSource
{
    private const int LongestName = 63;
    private const string PoisonSuffix = "-poison";

    public static AzureQueueSource Open(QueueTrigger trigger, AppSettings settings)
    {
        var name = trigger.Connection;
        var connection = settings.Find(name) ?? settings.Find("AzureWebJobs" + name) ?? settings.Find("ConnectionStrings:" + name)
            ?? throw new HostConfigurationException(
                $"The queue trigger of '{trigger.QueueName}' needs the app setting {name}: a storage connection string (this stand-in knows no identity-based connections).");
        // The listener decodes: a message that is not base64 must get to the poison queue as it is.
        var options = new QueueClientOptions { MessageEncoding = QueueMessageEncoding.None };
        try
        {
            var poisonName = trigger.QueueName + PoisonSuffix;
            var hasPoison = !trigger.QueueName.EndsWith(PoisonSuffix, StringComparison.Ordinal) && poisonName.Length <= LongestName;
            return new AzureQueueSource(
                new QueueClient(connection, trigger.QueueName, options),
                hasPoison ? new QueueClient(connection, poisonName, options) : null);
        }
        catch (FormatException)
        {
            throw new HostConfigurationException($"The app setting {name} is not a storage connection string.");
        }
    }

    public async Task<IReadOnlyList<QueueDelivery>> ReceiveAsync(int most, TimeSpan visibility, CancellationToken cancellationToken)
    {
        try
        {
            if (!(await queue.ExistsAsync(cancellationToken)).Value)
            {
                return [];
            }

            var received = await queue.ReceiveMessagesAsync(most, visibility, cancellationToken);
            return [.. received.Value.Select(Delivery)];
        }
        catch (Exception e) when (e is RequestFailedException { Status: 0 or 404 or 409 or >= 500 } or AggregateException)
        {
            return [];
        }
    }

    public async Task<string?> HideAsync(QueueDelivery delivery, TimeSpan visibility, CancellationToken cancellationToken)
    {
        try
        {
            var updated = await queue.UpdateMessageAsync(
                delivery.Id, delivery.PopReceipt, visibilityTimeout: visibility, cancellationToken: cancellationToken);
            return updated.Value.PopReceipt;
        }
        catch (RequestFailedException e) when (IsLost(e))
        {
            return null;
        }
    }

    public async Task DeleteAsync(QueueDelivery delivery, CancellationToken cancellationToken)
    {
        try
        {
            await queue.DeleteMessageAsync(delivery.Id, delivery.PopReceipt, cancellationToken);
        }
        catch (RequestFailedException e) when (IsLost(e))
        {
            // Someone else has it now, or it is gone.
        }
    }

    public async Task<bool> CopyToPoisonAsync(QueueDelivery delivery, CancellationToken cancellationToken)
    {
        if (poison is null)
        {
            return false;
        }

        await poison.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        await poison.SendMessageAsync(delivery.Body, cancellationToken);
        return true;
    }

    public async Task<(int Visible, int All)> CountAsync(CancellationToken cancellationToken)
    {
        try
        {
            var visible = await queue.PeekMessagesAsync(32, cancellationToken);
            var properties = await queue.GetPropertiesAsync(cancellationToken);
            return (visible.Value.Length, properties.Value.ApproximateMessagesCount);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return (0, 0);
        }
    }

    private static bool IsLost(RequestFailedException e) =>
        e.Status == 404 || e.ErrorCode == QueueErrorCode.PopReceiptMismatch || e.ErrorCode == QueueErrorCode.MessageNotFound;

    private static QueueDelivery Delivery(QueueMessage message) => new(
        message.MessageId,
        message.PopReceipt,
        message.DequeueCount,
        message.InsertedOn.GetValueOrDefault(),
        message.ExpiresOn.GetValueOrDefault(),
        message.NextVisibleOn.GetValueOrDefault(),
        message.Body.ToString());
}
