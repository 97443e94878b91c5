using System.Text.Json.Serialization;

namespace IterationBranches.Credentials;

/// <summary>What a credential may do; the names are PlanetScale's (https://planetscale.com/docs/vitess/security/password-roles).</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CredentialRole>))]
public enum CredentialRole
{
    /// <summary>Reads, writes and changes the schema.</summary>
    Admin,
    Reader,
    Writer,
    ReadWriter,
}

/// <summary>A credential as it is listed: without its secret, which is shown once.</summary>
/// <param name="ActorId">Who made it; null when PlanetScale does not say.</param>
public sealed record Credential(string Id, string Name, string BranchId, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, string? ActorId)
{
    /// <summary>Every credential of this product starts so; orphans are found by it.</summary>
    public const string NamePrefix = "ib-";
}

/// <param name="Lifetime">Whole seconds; PlanetScale revokes the credential afterwards.</param>
/// <param name="AllowedCidrs">Empty: from everywhere.</param>
public sealed record CredentialRequest(string Name, CredentialRole Role, TimeSpan Lifetime, IReadOnlyList<string> AllowedCidrs);

/// <summary>A credential with its secret, on its way from PlanetScale to Key Vault. Its text shows neither user nor password.</summary>
public sealed record IssuedCredential(
    Credential Credential, string BranchName, string Host, int Port, string Database, string Username, string Password, CredentialRole Role)
{
    public override string ToString() => $"credential {Credential.Id} on branch {Credential.BranchId}";
}

public interface ICredentialProvider
{
    /// <summary>All credentials of a branch, from all pages; without their secrets.</summary>
    Task<IReadOnlyList<Credential>> ListCredentialsAsync(string database, string branchId, CancellationToken cancellationToken);

    /// <summary>Not repeated after a lost answer: the credential is then an orphan.</summary>
    Task<IssuedCredential> CreateCredentialAsync(string database, string branchId, CredentialRequest request, CancellationToken cancellationToken);

    /// <summary>Deletes a credential, or finds that it is gone.</summary>
    Task DeleteCredentialAsync(string database, string branchId, string credentialId, CancellationToken cancellationToken);
}
