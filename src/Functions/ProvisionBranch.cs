using IterationBranches.Provisioning;
using Microsoft.Azure.Functions.Worker;

namespace IterationBranches.Functions;

/// <summary>Queue: looks at one track, plans, and carries out the steps.</summary>
public sealed class ProvisionBranch(Provisioner provisioner)
{
    [Function(nameof(ProvisionBranch))]
    public Task RunAsync([QueueTrigger("%ProvisionQueueName%", Connection = "AzureWebJobsStorage")] string message, CancellationToken cancellationToken) =>
        provisioner.HandleAsync(message, cancellationToken);
}
