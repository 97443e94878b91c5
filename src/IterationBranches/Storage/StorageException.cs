using Azure;
using Azure.Identity;
using IterationBranches.Http;

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
        catch (RequestFailedException refusal)
        {
            throw Of(refusal, what);
        }
        catch (AuthenticationFailedException refusal)
        {
            throw new StorageException(AppIdentity.FailureOf(refusal), $"the identity gave no token for the storage account, to {what}: {refusal.Message}", null, refusal);
        }
        catch (Exception refusal) when (Transport.WasNotSent(refusal))
        {
            // Without its message, which may quote a part of the connection string.
            throw new StorageException(
                Failure.PersonNeeded, $"the storage account was not asked to {what}: no request can be made of the settings ({refusal.GetType().Name}); correct AzureWebJobsStorage");
        }
        // Azure.Core's own network timeout is a TaskCanceledException; only the caller's token ends the work.
        catch (Exception refusal) when (refusal is AggregateException or HttpRequestException or IOException
            || (refusal is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new StorageException(Failure.Transient, $"the storage account could not be reached to {what}: {(refusal as AggregateException)?.InnerExceptions[^1].Message ?? refusal.Message}", null, refusal);
        }
    }

    private static StorageException Of(RequestFailedException refusal, string what)
    {
        var said = AzureError.Show(refusal.Status, refusal.ErrorCode, SentenceOf(refusal));
        var isRefusal = refusal.Status is 401 or 403;
        return new(
            isRefusal ? Failure.PersonNeeded : Failure.Transient,
            isRefusal ? $"the storage account refused to {what} ({said}): {MendOf(refusal.ErrorCode)}" : $"the storage account could not {what} ({said})",
            refusal.Status == 0 ? null : refusal.Status,
            refusal)
        { Code = refusal.ErrorCode };
    }

    /// <summary>What to do follows the account's code; of one that is not known nothing is guessed.</summary>
    /// <remarks>https://learn.microsoft.com/rest/api/storageservices/common-rest-api-error-codes</remarks>
    private static string MendOf(string? code) => code switch
    {
        "AuthorizationPermissionMismatch" =>
            "give the app's identity the roles Storage Queue Data Contributor and Storage Blob Data Owner on the account, or the signature in AzureWebJobsStorage every permission on queues and blobs; a new role takes effect within minutes",
        "AuthorizationFailure" =>
            "let the app through the account's network settings: by a private endpoint and network integration, or by its outbound addresses; then check AzureWebJobsStorage",
        "KeyBasedAuthenticationNotPermitted" =>
            "the account takes identities alone: leave out AzureWebJobsStorage, and set AzureWebJobsStorage__accountName and AzureWebJobsStorage__credential",
        "AuthenticationFailed" =>
            "renew AzureWebJobsStorage: the account's key was changed, or the signature has ended",
        "AuthorizationSourceIPMismatch" or "AuthorizationProtocolMismatch" or "AuthorizationServiceMismatch" or "AuthorizationResourceTypeMismatch" =>
            "the signature in AzureWebJobsStorage does not allow it; make one for queues and blobs, with services, containers and objects, from any address",
        "InvalidAuthenticationInfo" or "NoAuthenticationInformation" =>
            "the account must belong to the identity's tenant; check AzureWebJobsStorage__accountName",
        "AccountIsDisabled" or "InsufficientAccountPermissions" => "look at the account in the portal: it does not take this at all",
        null => "check AzureWebJobsStorage, and for an identity the roles Storage Queue Data Contributor and Storage Blob Data Owner",
        _ => "the app knows no mend for this code; do what the account says",
    };

    /// <summary>The client's message begins with it; where the account sent none, with the client's own.</summary>
    private static string? SentenceOf(RequestFailedException refusal) =>
        refusal.Message.Split('\n')[0].Trim() is { Length: > 0 } sentence && !sentence.StartsWith("Service request failed", StringComparison.Ordinal) ? sentence : null;
}
