using IterationBranches.Branches;
using IterationBranches.Configuration;
using IterationBranches.Credentials;

namespace IterationBranches.PlanetScale;

/// <summary>The credentials of a branch: passwords on MySQL, roles on Postgres.</summary>
internal sealed class PlanetScaleCredentials(IPlanetScaleApi api, NotFound notFound, Settings settings, TimeProvider time) : ICredentialProvider
{
    private const int MySqlPort = 3306;

    private const int PostgresPort = 5432;

    /// <summary>PgBouncer's (https://planetscale.com/docs/postgres/connecting/pgbouncer).</summary>
    private const int PooledPostgresPort = 6432;

    // The API's own description of roles names it otherwise than the dashboard, where permissions are given.
    private const string Connect = "connect_branch (connect_production_branch on a production branch), which the API also calls create_branch_password";

    private const string Delete = "delete_branch_password (delete_production_branch_password on a production branch)";

    /// <summary>Of every Postgres branch; it is never dropped.</summary>
    private const string DefaultRole = "postgres";

    private static readonly TimeSpan s_untilBranchIsReady = TimeSpan.FromSeconds(10);

    private readonly string _organization = settings.PlanetScale.Organization;

    public async Task<IReadOnlyList<Credential>> ListCredentialsAsync(Database database, string branchId, CancellationToken cancellationToken)
    {
        var operation = new Operation("list the credentials of a branch", "read_branch", Operation.BranchOf(database.Name, branchId));
        var credentials = HasRoles(database, operation)
            ? from role in await notFound.ListAsync(
                  page => api.ListRolesAsync(_organization, database.Name, branchId, page, NotFound.PerPage, operation, cancellationToken), operation, cancellationToken)
              where role.DeletedAt is null && role.DroppedAt is null
              select ToCredential(role, role.Branch?.Id ?? branchId, operation)
            : from password in await notFound.ListAsync(
                  page => api.ListPasswordsAsync(_organization, database.Name, branchId, page, NotFound.PerPage, operation, cancellationToken), operation, cancellationToken)
              where password.DeletedAt is null
              select ToCredential(password, password.DatabaseBranch?.Id ?? branchId, operation);
        return [.. credentials.DistinctBy(credential => credential.Id)];
    }

    public async Task<IssuedCredential> CreateCredentialAsync(
        Database database, string branchId, CredentialRequest request, CancellationToken cancellationToken)
    {
        var operation = new Operation($"create the credential \"{request.Name}\"", Connect, Operation.BranchOf(database.Name, branchId)) { UntilReady = s_untilBranchIsReady };
        var ttl = (long)request.Lifetime.TotalSeconds;
        if (HasRoles(database, operation))
        {
            ThrowIfRestricted(request, operation);
            var role = new NewRole(request.Name, ttl, InheritedRoles(request.Role));
            return ToIssued(await notFound.ExplainAsync(
                api.CreateRoleAsync(_organization, database.Name, branchId, role, operation, cancellationToken), operation, cancellationToken), request.Role, operation);
        }

        var password = new NewPassword(request.Name, request.Role.ToString().ToLowerInvariant(), ttl, request.AllowedCidrs.Count > 0 ? request.AllowedCidrs : null);
        return ToIssued(await notFound.ExplainAsync(
            api.CreatePasswordAsync(_organization, database.Name, branchId, password, operation, cancellationToken), operation, cancellationToken), database.Name, request.Role, operation);
    }

    public async Task<Credential?> RenewCredentialAsync(Database database, string branchId, string credentialId, CancellationToken cancellationToken)
    {
        var operation = new Operation($"renew the credential {credentialId}", Connect, Operation.BranchOf(database.Name, branchId));
        try
        {
            return HasRoles(database, operation)
                ? ToCredential(await api.RenewRoleAsync(_organization, database.Name, branchId, credentialId, operation, cancellationToken), branchId, operation)
                : ToCredential(await api.RenewPasswordAsync(_organization, database.Name, branchId, credentialId, operation, cancellationToken), branchId, operation);
        }
        catch (PlanetScaleException refusal) when (refusal.Status == 422)
        {
            // As PlanetScale's own command line takes it.
            return null;
        }
        catch (PlanetScaleException refusal) when (refusal.Status == 404)
        {
            await ThrowIfThereAsync(database, branchId, credentialId, operation, cancellationToken);
            return null;
        }
    }

    public async Task ReassignOwnedAsync(Database database, string branchId, string credentialId, CancellationToken cancellationToken)
    {
        var operation = new Operation($"give away what the credential {credentialId} owns", Delete, Operation.BranchOf(database.Name, branchId));
        if (!HasRoles(database, operation))
        {
            return;
        }

        try
        {
            await api.ReassignRoleObjectsAsync(_organization, database.Name, branchId, credentialId, new NewOwner(DefaultRole), operation, cancellationToken);
        }
        catch (PlanetScaleException refusal) when (refusal.Status == 404)
        {
            await ThrowIfThereAsync(database, branchId, credentialId, operation, cancellationToken);
        }
    }

    public async Task DeleteCredentialAsync(Database database, string branchId, string credentialId, CancellationToken cancellationToken)
    {
        var operation = new Operation($"delete the credential {credentialId}", Delete, Operation.BranchOf(database.Name, branchId));
        try
        {
            // A role that owns a table, as one that migrates does, is dropped only when somebody else takes it over.
            await (HasRoles(database, operation)
                ? api.DeleteRoleAsync(_organization, database.Name, branchId, credentialId, DefaultRole, operation, cancellationToken)
                : api.DeletePasswordAsync(_organization, database.Name, branchId, credentialId, operation, cancellationToken));
        }
        catch (PlanetScaleException refusal) when (refusal.Status == 404)
        {
            await ThrowIfThereAsync(database, branchId, credentialId, operation, cancellationToken);
        }
    }

    /// <summary>Behind a 404, which means gone, or not permitted: a credential that can still be read is still there.</summary>
    private async Task ThrowIfThereAsync(Database database, string branchId, string credentialId, Operation operation, CancellationToken cancellationToken)
    {
        CredentialBody? found;
        try
        {
            found = HasRoles(database, operation)
                ? await api.GetRoleAsync(_organization, database.Name, branchId, credentialId, operation, cancellationToken)
                : await api.GetPasswordAsync(_organization, database.Name, branchId, credentialId, operation, cancellationToken);
        }
        catch (PlanetScaleException refusal) when (refusal.Status == 404)
        {
            await notFound.ThrowIfTokenIsBadAsync(operation, cancellationToken);
            return;
        }

        if ((found ?? throw operation.NotUnderstood("it is empty")) is { DeletedAt: null, DroppedAt: null })
        {
            throw operation.NotPermitted();
        }
    }

    private static bool HasRoles(Database database, Operation operation) => database.Kind switch
    {
        DatabaseKind.MySql => false,
        DatabaseKind.Postgres => true,
        _ => throw new PlanetScaleException(
            Failure.PersonNeeded,
            $"PlanetScale cannot be asked to {operation.Name}: {Operation.Named(database.Name)} is of a kind that this version does not know, neither mysql nor postgresql."),
    };

    private static void ThrowIfRestricted(CredentialRequest request, Operation operation)
    {
        if (request.AllowedCidrs.Count > 0)
        {
            throw new PlanetScaleException(
                Failure.PersonNeeded,
                $"PlanetScale cannot {operation.Name} with address ranges (setting Tracks__…__AllowedCidrs): on Postgres they hold for a whole database. Leave the setting out, and set them in the database's settings.");
        }
    }

    /// <summary>https://planetscale.com/docs/postgres/connecting/roles: only <c>postgres</c> may change the schema.</summary>
    private static IReadOnlyList<string> InheritedRoles(CredentialRole role) => role switch
    {
        CredentialRole.Admin => [DefaultRole],
        CredentialRole.Reader => ["pg_read_all_data"],
        CredentialRole.Writer => ["pg_write_all_data"],
        CredentialRole.ReadWriter => ["pg_read_all_data", "pg_write_all_data"],
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, "unknown role"),
    };

    private Credential ToCredential(PasswordBody? body, string branchId, Operation operation) => ToCredential(body, branchId, operation, body?.TtlSeconds) with
    {
        Renewable = body?.Renewable ?? false,
    };

    private Credential ToCredential(RoleBody? body, string branchId, Operation operation) => ToCredential(body, branchId, operation, body?.Ttl) switch
    {
        var credential => credential with { Renewable = credential.Lifetime is not null && body?.Expired is not true && body?.Default is not true },
    };

    private Credential ToCredential(CredentialBody? body, string branchId, Operation operation, long? seconds) => body is { Id: { Length: > 0 } id }
        // Without its time it is too young to be an orphan.
        ? new Credential(id, body.Name ?? "", branchId, body.CreatedAt ?? time.GetUtcNow(), body.ExpiresAt, body.Actor?.Id)
        {
            Lifetime = seconds is > 0 and <= int.MaxValue ? TimeSpan.FromSeconds(seconds.Value) : null,
        }
        : throw operation.NotUnderstood("a credential has no id");

    private IssuedCredential ToIssued(PasswordBody? body, string database, CredentialRole asked, Operation operation)
    {
        // An absent branch is not taken to be the right one: the caller compares.
        var credential = ToCredential(body, body?.DatabaseBranch?.Id ?? "", operation);
        return body is { AccessHostUrl: { Length: > 0 } host, Username: { Length: > 0 } username, PlainText: { Length: > 0 } password }
            ? new IssuedCredential(
                credential, body.DatabaseBranch?.Name ?? "", host, MySqlPort, database, username, password,
                Enum.TryParse<CredentialRole>(body.Role, ignoreCase: true, out var role) && Enum.IsDefined(role) ? role : asked)
            : throw NotShown(credential);
    }

    /// <summary>It connects to the database that the answer names (<c>postgres</c>), which is not PlanetScale's name of it.</summary>
    private IssuedCredential ToIssued(RoleBody? body, CredentialRole asked, Operation operation)
    {
        var credential = ToCredential(body, body?.Branch?.Id ?? "", operation);
        return body is { AccessHostUrl: { Length: > 0 } host, Username: { Length: > 0 } username, Password: { Length: > 0 } password, DatabaseName: { Length: > 0 } database }
            ? new IssuedCredential(credential, body.Branch?.Name ?? "", host, PostgresPort, database, username, password, asked)
            {
                Kind = DatabaseKind.Postgres,
                PooledPort = PooledPostgresPort,
            }
            : throw NotShown(credential);
    }

    private static PlanetScaleException NotShown(Credential credential) => new(
        Failure.PersonNeeded,
        $"PlanetScale did not show the secret, user and host of the credential {credential.Id} that it was asked to create. It shows them once only: the credential is of no use, and is removed as an orphan.");
}
