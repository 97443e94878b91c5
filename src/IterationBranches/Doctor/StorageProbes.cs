using IterationBranches.Configuration;
using IterationBranches.Storage;

namespace IterationBranches.Doctor;

/// <param name="storage">Asked for only when the settings lead to an account.</param>
internal sealed class StorageProbes(Settings settings, Func<StorageAccess> storage) : ISystemProbes
{
    private const string Queue = "storage queue";
    private const string PoisonQueue = "poison queue";
    private const string Lease = "storage lease";

    public IEnumerable<Probe> Probes() => WrongSettings.Of(settings, "storage", "AzureWebJobsStorage", "ProvisionQueueName", "LeaseDuration") is { } wrong
        ? [wrong]
        :
        [
            new(Queue, LookAtQueueAsync) { Mend = refusal => MendOf(refusal, "Storage Queue Data Contributor") },
            new(PoisonQueue, LookAtPoisonAsync) { Mend = refusal => MendOf(refusal, "Storage Queue Data Contributor") },
            new(Lease, LookAtLeaseAsync) { Mend = refusal => MendOf(refusal, "Storage Blob Data Owner") },
        ];

    private async Task<IReadOnlyList<Check>> LookAtQueueAsync(CancellationToken cancellationToken)
    {
        var name = settings.Storage.QueueName;
        if (await storage().CountAsync(name, cancellationToken) is not { } count)
        {
            return [Check.Warning(
                Queue, $"there is no queue {name} yet",
                "The first poll makes it. If it stays away, look at the function PollIterations: whether it runs (PollSchedule), and how it ends.")];
        }

        await storage().MaySendAsync(name, cancellationToken);
        return [Check.Ok(Queue, $"{name} can be read and written; about {count} messages are on it")];
    }

    private async Task<IReadOnlyList<Check>> LookAtPoisonAsync(CancellationToken cancellationToken)
    {
        var name = $"{settings.Storage.QueueName}-poison";
        return await storage().CountAsync(name, cancellationToken) is > 0 and var count
            ? [Check.Warning(
                PoisonQueue, $"about {count} messages are on {name}",
                "Read them: some hold their reason, for the others see the log of ProvisionBranch. When it is mended, delete them; the next poll starts anew.")]
            : [Check.Ok(PoisonQueue, $"{name} is empty")];
    }

    private async Task<IReadOnlyList<Check>> LookAtLeaseAsync(CancellationToken cancellationToken) =>
        await storage().MayLeaseAsync(cancellationToken)
            ? [Check.Ok(Lease, $"a lease in the container {BlobTrackLocks.ContainerName} was taken and given back")]
            : [Check.Ok(Lease, $"the account answers; there is no container {BlobTrackLocks.ContainerName} yet, which the first look makes")];

    private string MendOf(ServiceException refusal, string role) => refusal.Code is not (null or "AuthorizationPermissionMismatch" or "AuthenticationFailed" or "KeyBasedAuthenticationNotPermitted")
        ? "Do what the text says."
        : settings.Storage.ConnectionString is null
        ? $"Give the app's identity the role {role} on the storage account; a new role takes effect within minutes."
        : "Renew the connection string in AzureWebJobsStorage: its key may have been changed, or the account may allow identities alone.";
}
