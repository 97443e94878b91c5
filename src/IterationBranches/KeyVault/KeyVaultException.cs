using Azure;
using Azure.Identity;
using IterationBranches.Http;

namespace IterationBranches.KeyVault;

/// <summary>Key Vault, or the identity that asks it, refused.</summary>
public sealed class KeyVaultException(Failure failure, string message, int? status = null, Exception? inner = null)
    : ServiceException(failure, message, status, inner)
{
    internal static async Task<T> AskAsync<T>(string action, string what, Func<Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call();
        }
        // Azure.Core throws TaskCanceledException for its own network timeout too, when that ended the last try alone; only the caller's token ends the work.
        catch (Exception refusal) when (refusal is RequestFailedException or AggregateException or AuthenticationFailedException or HttpRequestException or IOException
            || Transport.WasNotSent(refusal)
            || (refusal is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw Of(refusal, action, what);
        }
    }

    internal static KeyVaultException Of(Exception refusal, string action, string what) => refusal switch
    {
        KeyVaultException known => known,
        RequestFailedException answered => Of(answered, action, what),
        AuthenticationFailedException failed => new(AppIdentity.FailureOf(failed), $"the identity gave no token for Key Vault: {failed.Message}", null, failed),
        // What remains after the client's own retries: the network, TLS.
        AggregateException many => new(Failure.Transient, $"Key Vault could not be reached to {what}: {many.InnerExceptions[^1].Message}", null, many),
        _ when Transport.WasNotSent(refusal) => new(Failure.PersonNeeded, $"Key Vault was not asked to {what}: {Redaction.Show(refusal.Message)} Correct KeyVault__Uri.", null, refusal),
        _ => new(Failure.Transient, $"Key Vault could not be reached to {what}: {refusal.Message}", null, refusal),
    };

    /// <summary>The code inside the code: <c>RequestFailedException.ErrorCode</c> is the outer one only.</summary>
    internal static string? InnerCode(RequestFailedException refusal) => Read(refusal).InnerCode;

    private static KeyVaultException Of(RequestFailedException refusal, string action, string what)
    {
        var error = Read(refusal);
        var code = error.InnerCode ?? error.Code ?? refusal.ErrorCode;
        var said = AzureError.Show(refusal.Status, code, refusal.Status == 0 ? refusal.Message.Split('\n')[0] : error.Message);
        return refusal.Status switch
        {
            429 => Refuse(Failure.ToldToWait, $"Key Vault refused to {what} ({said}): too many requests", RetryAfterOf(refusal)),
            409 => Refuse(Failure.ToldToWait, $"Key Vault could not {what} yet ({said})", TimeSpan.FromSeconds(5)),
            403 => Refuse(Failure.PersonNeeded, $"Key Vault refused to {what} ({said}): {KeyVaultMends.Of(code, action)}"),
            401 => Refuse(Failure.PersonNeeded, $"Key Vault did not accept the app's token when asked to {what} ({said}): the vault of KeyVault__Uri must belong to the identity's tenant"),
            0 or 408 or >= 500 => Refuse(Failure.Transient, $"Key Vault failed to {what} ({said})"),
            _ => Refuse(Failure.PersonNeeded, $"Key Vault refused to {what} ({said})"),
        };

        KeyVaultException Refuse(Failure failure, string message, TimeSpan? wait = null) =>
            new(failure, message, refusal.Status == 0 ? null : refusal.Status, refusal) { Code = code, RetryAfter = wait };
    }

    private static AzureError Read(RequestFailedException refusal) => AzureError.Parse(refusal.GetRawResponse()?.Content.ToMemory() ?? default);

    private static TimeSpan? RetryAfterOf(RequestFailedException busy) => busy.GetRawResponse() is { } answer && answer.Headers.TryGetValue("Retry-After", out var text)
        ? Http.RetryAfter.Parse(text, answer.Headers.Date)
        : null;
}
