using Azure;
using Azure.Storage.Queues;

namespace IterationBranches.Sandbox.FunctionsHost;

/// <summary>The messages of a queue, seen from outside.</summary>
/// <param name="storage">The connection string of the storage account.</param>
public sealed class QueueMessages(string storage, string queue)
{
    private readonly QueueClient _queue = new(storage, queue);

    /// <summary>How many there are: visible, in work, or delayed; none while there is no queue.</summary>
    public async Task<int> CountAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await _queue.GetPropertiesAsync(cancellationToken)).Value.ApproximateMessagesCount;
        }
        catch (RequestFailedException none) when (none.Status == 404)
        {
            return 0;
        }
    }
}
