using Azure;
using Azure.Identity;

namespace IterationBranches.Storage;

/// <summary>The storage account, or the identity that asks it, refused.</summary>
public sealed class StorageException(Failure failure, string message, int? status = null, Exception? inner = null)
    : ServiceException(failure, message, status, inner)
{
    internal static async Task<T> AskAsync<T>(string what, Func<Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call();
        }
        catch (RequestFailedException refusal) when (refusal.Status is 401 or 403)
        {
            throw new StorageException(
                Failure.PersonNeeded,
                $"the storage account refused to {what} ({refusal.ErrorCode}): check AzureWebJobsStorage, and for an identity the roles Storage Queue Data Contributor and Storage Blob Data Owner",
                refusal.Status,
                refusal);
        }
        catch (RequestFailedException refusal)
        {
            throw new StorageException(Failure.Transient, $"the storage account could not {what} ({refusal.ErrorCode ?? "no answer"})", refusal.Status == 0 ? null : refusal.Status, refusal);
        }
        catch (AuthenticationFailedException refusal)
        {
            throw new StorageException(AppIdentity.FailureOf(refusal), $"the identity gave no token for the storage account, to {what}: {refusal.Message}", null, refusal);
        }
        // Azure.Core's own network timeout is a TaskCanceledException; only the caller's token ends the work.
        catch (Exception refusal) when (refusal is AggregateException or HttpRequestException or IOException
            || (refusal is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new StorageException(Failure.Transient, $"the storage account could not be reached to {what}: {(refusal as AggregateException)?.InnerExceptions[^1].Message ?? refusal.Message}", null, refusal);
        }
    }
}
