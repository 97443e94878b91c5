using System.Text.Json.Serialization;
using IterationBranches.Branches;

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
    /// <summary>For how long it was made, and for how long a renewal makes it valid anew; null: without end.</summary>
    public TimeSpan? Lifetime { get; init; }

    /// <summary>Whether PlanetScale says that it can be renewed. Of a Postgres role it does not say: one with a lifetime that has not ended is.</summary>
    public bool Renewable { get; init; }

    /// <summary>Every credential of this product starts so; orphans are found by it.</summary>
    public const string NamePrefix = "ib-";
}

/// <param name="Lifetime">Whole seconds; PlanetScale revokes the credential afterwards.</param>
/// <param name="AllowedCidrs">Empty: from everywhere. A Postgres role cannot have them and is refused: PlanetScale keeps those of Postgres for the whole database.</param>
public sealed record CredentialRequest(string Name, CredentialRole Role, TimeSpan Lifetime, IReadOnlyList<string> AllowedCidrs);

/// <summary>A credential with its secret, on its way from PlanetScale to Key Vault. Its text shows neither user nor password.</summary>
public sealed record IssuedCredential(
    Credential Credential, string BranchName, string Host, int Port, string Database, string Username, string Password, CredentialRole Role)
{
    public DatabaseKind Kind { get; init; }

    /// <summary>The port of the connection pooler (PgBouncer, transaction mode); null on MySQL, which pools behind its one port.</summary>
    public int? PooledPort { get; init; }

    public override string ToString() => $"credential {Credential.Id} on branch {Credential.BranchId}";
}

/// <summary>Passwords of a MySQL database, roles of a Postgres one: the database's kind decides.</summary>
public interface ICredentialProvider
{
    /// <summary>All credentials of a branch, from all pages; without their secrets. API: <c>list_passwords</c>, <c>list_roles</c>.</summary>
    Task<IReadOnlyList<Credential>> ListCredentialsAsync(Database database, string branchId, CancellationToken cancellationToken);

    /// <summary>One credential by its own id, which shows it as it is while a list may leave it out. API: <c>get_password</c>, <c>get_role</c>.</summary>
    /// <returns>Null when there is none, or its branch is gone or asleep.</returns>
    Task<Credential?> FindCredentialAsync(Database database, string branchId, string credentialId, CancellationToken cancellationToken);

    /// <summary>Not repeated after a lost answer: the credential is then an orphan. API: <c>create_password</c>, <c>create_role</c>.</summary>
    Task<IssuedCredential> CreateCredentialAsync(Database database, string branchId, CredentialRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Makes a credential valid for its lifetime from now on, under the same user and secret.
    /// API: <c>renew_password</c>, <c>renew_role</c>.
    /// </summary>
    /// <returns>The credential with its new expiry; or null when it cannot be renewed (it has ended, is gone, or never ends).</returns>
    Task<Credential?> RenewCredentialAsync(Database database, string branchId, string credentialId, CancellationToken cancellationToken);

    /// <summary>
    /// Gives what a Postgres role owns to the role <c>postgres</c>, which every <see cref="CredentialRole.Admin"/> inherits: a table
    /// is changed by its owner only, so without it the next credential could not migrate what this one made for as long as both
    /// are there. It leaves the role as it is. Nothing on MySQL, and nothing when the role is gone. API: <c>reassign_role_objects</c>.
    /// </summary>
    Task ReassignOwnedAsync(Database database, string branchId, string credentialId, CancellationToken cancellationToken);

    /// <summary>
    /// Deletes a credential, or finds that it is gone. What a Postgres role owns goes to the role <c>postgres</c>.
    /// API: <c>delete_password</c>, <c>delete_role</c>.
    /// </summary>
    Task DeleteCredentialAsync(Database database, string branchId, string credentialId, CancellationToken cancellationToken);
}
