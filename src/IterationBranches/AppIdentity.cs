using Azure.Core;
using Azure.Identity;

namespace IterationBranches;

/// <summary>As whom the app asks for tokens.</summary>
public static class AppIdentity
{
    /// <summary>
    /// In Azure the managed identity and nothing else: a chain would try other credentials first, slowly. On a desk,
    /// where there is no managed identity, whoever is signed in (<c>az login</c>).
    /// </summary>
    /// <param name="clientId">Of a user-assigned identity; null: <c>AZURE_CLIENT_ID</c>, or the system-assigned one.</param>
    public static TokenCredential Of(string? clientId)
    {
        clientId ??= Environment.GetEnvironmentVariable("AZURE_CLIENT_ID");
        return Environment.GetEnvironmentVariable("IDENTITY_ENDPOINT") is null
            ? new DefaultAzureCredential()
            : new ManagedIdentityCredential(string.IsNullOrEmpty(clientId) ? ManagedIdentityId.SystemAssigned : ManagedIdentityId.FromUserAssignedClientId(clientId));
    }
}
