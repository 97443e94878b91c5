using Azure;
using Azure.Core;
using Azure.Identity;
using Microsoft.Identity.Client;

namespace IterationBranches;

/// <summary>As whom the app asks for tokens.</summary>
public static class AppIdentity
{
    /// <summary>
    /// In Azure the managed identity and nothing else: a chain would try other credentials first, slowly. On a desk,
    /// where there is no managed identity, whoever is signed in (<c>az login</c>).
    /// </summary>
    /// <param name="identity">A user-assigned one; null: that of <c>AZURE_CLIENT_ID</c>, or the system-assigned one.</param>
    public static TokenCredential Of(ManagedIdentityId? identity)
    {
        if (Environment.GetEnvironmentVariable("IDENTITY_ENDPOINT") is null)
        {
            return new DefaultAzureCredential();
        }

        var clientId = Environment.GetEnvironmentVariable("AZURE_CLIENT_ID");
        return new ManagedIdentityCredential(
            identity ?? (string.IsNullOrEmpty(clientId) ? ManagedIdentityId.SystemAssigned : ManagedIdentityId.FromUserAssignedClientId(clientId)));
    }

    /// <summary>Whether asking for a token again may help: the token service was not reached or had trouble; or a person must mend the identity.</summary>
    public static Failure FailureOf(AuthenticationFailedException refusal) =>
        refusal is CredentialUnavailableException || Causes(refusal).Any(cause => cause switch
        {
            RequestFailedException { Status: var status } => status is 0 or 408 or 429 or >= 500,
            MsalServiceException { StatusCode: var status } => status is 0 or 408 or 429 or >= 500,
            HttpRequestException or IOException or OperationCanceledException => true,
            _ => false,
        })
            ? Failure.Transient
            : Failure.PersonNeeded;

    private static IEnumerable<Exception> Causes(Exception exception)
    {
        for (var cause = exception.InnerException; cause is not null; cause = cause.InnerException)
        {
            yield return cause;
        }
    }
}
