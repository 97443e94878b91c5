using System.Text.Json;
using Azure;
using Azure.Identity;

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
            || (refusal is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw Of(refusal, action, what);
        }
    }

    internal static KeyVaultException Of(Exception refusal, string action, string what) => refusal switch
    {
        KeyVaultException known => known,
        RequestFailedException { Status: 429 } busy => new(Failure.ToldToWait, $"Key Vault: too many requests while asked to {what}", 429, busy) { RetryAfter = After(busy) },
        RequestFailedException { Status: 409 } conflict => new(Failure.ToldToWait, $"Key Vault could not {what} yet: {InnerCode(conflict) ?? conflict.ErrorCode}", 409, conflict) { RetryAfter = TimeSpan.FromSeconds(5) },
        RequestFailedException { Status: 403 } forbidden => new(
            Failure.PersonNeeded,
            $"Key Vault refused to {what} ({InnerCode(forbidden) ?? "Forbidden"}): give the app's identity the data action Microsoft.KeyVault/vaults/secrets/{action} on the vault of KeyVault__Uri, and let the vault's firewall let it in",
            403,
            forbidden)
        { Code = InnerCode(forbidden) },
        RequestFailedException { Status: 401 } unauthorized => new(Failure.PersonNeeded, $"Key Vault did not accept the app's token when asked to {what}: the vault of KeyVault__Uri must belong to the identity's tenant", 401, unauthorized),
        RequestFailedException { Status: 0 or 408 or >= 500 } failed => new(Failure.Transient, $"Key Vault failed to {what} (status {failed.Status})", failed.Status == 0 ? null : failed.Status, failed),
        RequestFailedException refused => new(Failure.PersonNeeded, $"Key Vault refused to {what}: {refused.ErrorCode} (status {refused.Status})", refused.Status, refused),
        AuthenticationFailedException failed => new(AppIdentity.FailureOf(failed), $"the identity gave no token for Key Vault: {failed.Message}", null, failed),
        // What remains after the client's own retries: the network, TLS.
        AggregateException many => new(Failure.Transient, $"Key Vault could not be reached to {what}: {many.InnerExceptions[^1].Message}", null, many),
        _ => new(Failure.Transient, $"Key Vault could not be reached to {what}: {refusal.Message}", null, refusal),
    };

    /// <summary>The code inside the code: <c>RequestFailedException.ErrorCode</c> is the outer one only.</summary>
    internal static string? InnerCode(RequestFailedException refusal)
    {
        try
        {
            using var body = JsonDocument.Parse(refusal.GetRawResponse()?.Content ?? BinaryData.FromString("{}"));
            return body.RootElement.TryGetProperty("error", out var error) && error.TryGetProperty("innererror", out var inner)
                && inner.TryGetProperty("code", out var code) ? code.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static TimeSpan? After(RequestFailedException busy) =>
        busy.GetRawResponse()?.Headers.TryGetValue("Retry-After", out var value) is true && int.TryParse(value, out var seconds) ? TimeSpan.FromSeconds(seconds) : null;
}
