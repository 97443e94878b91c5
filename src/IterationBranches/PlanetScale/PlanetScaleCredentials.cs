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
        var roles = HasRoles(database, operation);
        var credentials = await notFound.ListAsync(
            page => roles
                ? api.ListRolesAsync(_organization, database.Name, branchId, page, operation, cancellationToken)
                : api.ListPasswordsAsync(_organization, database.Name, branchId, page, operation, cancellationToken),
            operation, cancellationToken);
        return [.. credentials.Where(body => body is { DeletedAt: null, DroppedAt: null }).Select(body => ToCredential(body, branchId, operation)).DistinctBy(credential => credential.Id)];
    }

    public Task<Credential?> FindCredentialAsync(Database database, string branchId, string credentialId, CancellationToken cancellationToken) => FindAsync(
        database, branchId, credentialId, new Operation($"read the credential {credentialId}", "read_branch", Operation.BranchOf(database.Name, branchId)), cancellationToken);

    public async Task<IssuedCredential> CreateCredentialAsync(
        Database database, string branchId, CredentialRequest request, CancellationToken cancellationToken)
    {
        var operation = new Operation($"create the credential \"{request.Name}\"", Connect, Operation.BranchOf(database.Name, branchId)) { UntilReady = s_untilBranchIsReady };
        var issued = await notFound.ExplainAsync(
            HasRoles(database, operation)
                ? api.CreateRoleAsync(_organization, database.Name, branchId, ToRole(request, operation), operation, cancellationToken)
                : api.CreatePasswordAsync(_organization, database.Name, branchId, ToPassword(request), operation, cancellationToken),
            operation, cancellationToken);
        return ToIssued(issued, database, request.Role, operation);
    }

    public async Task<Credential?> RenewCredentialAsync(Database database, string branchId, string credentialId, CancellationToken cancellationToken)
    {
        var operation = new Operation($"renew the credential {credentialId}", Connect, Operation.BranchOf(database.Name, branchId));
        try
        {
            var renewed = await (HasRoles(database, operation)
                ? api.RenewRoleAsync(_organization, database.Name, branchId, credentialId, operation, cancellationToken)
                : api.RenewPasswordAsync(_organization, database.Name, branchId, credentialId, operation, cancellationToken));
            return ToCredential(renewed, branchId, operation);
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
        if (await FindAsync(database, branchId, credentialId, operation, cancellationToken) is not null)
        {
            throw operation.NotPermitted();
        }
    }

    private async Task<Credential?> FindAsync(Database database, string branchId, string credentialId, Operation operation, CancellationToken cancellationToken)
    {
        try
        {
            var found = await (HasRoles(database, operation)
                ? api.GetRoleAsync(_organization, database.Name, branchId, credentialId, operation, cancellationToken)
                : api.GetPasswordAsync(_organization, database.Name, branchId, credentialId, operation, cancellationToken));
            return (found ?? throw operation.NotUnderstood("it is empty")) is { DeletedAt: null, DroppedAt: null } ? ToCredential(found, branchId, operation) : null;
        }
        catch (PlanetScaleException refusal) when (refusal.Status == 404)
        {
            await notFound.ThrowIfTokenIsBadAsync(operation, refusal, cancellationToken);
            return null;
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

    private static NewPassword ToPassword(CredentialRequest request) => new(
        request.Name, request.Role.ToString().ToLowerInvariant(), (long)request.Lifetime.TotalSeconds, request.AllowedCidrs.Count > 0 ? request.AllowedCidrs : null);

    private static NewRole ToRole(CredentialRequest request, Operation operation) => request.AllowedCidrs.Count == 0
        ? new NewRole(request.Name, (long)request.Lifetime.TotalSeconds, InheritedRoles(request.Role))
        : throw new PlanetScaleException(
            Failure.PersonNeeded,
            $"PlanetScale cannot {operation.Name} with address ranges (setting Tracks__…__AllowedCidrs): on Postgres they hold for a whole database. Leave the setting out, and set them in the database's settings.");

    /// <summary>https://planetscale.com/docs/postgres/connecting/roles: only <c>postgres</c> may change the schema.</summary>
    private static IReadOnlyList<string> InheritedRoles(CredentialRole role) => role switch
    {
        CredentialRole.Admin => [DefaultRole],
        CredentialRole.Reader => ["pg_read_all_data"],
        CredentialRole.Writer => ["pg_write_all_data"],
        CredentialRole.ReadWriter => ["pg_read_all_data", "pg_write_all_data"],
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, "unknown role"),
    };

    /// <param name="branchId">Of a credential that does not name its branch.</param>
    private Credential ToCredential(CredentialBody? body, string branchId, Operation operation)
    {
        if (body is not { Id: { Length: > 0 } id })
        {
            throw operation.NotUnderstood("a credential has no id");
        }

        // Without its time it is too young to be an orphan.
        return new Credential(id, body.Name ?? "", (body.DatabaseBranch ?? body.Branch)?.Id ?? branchId, body.CreatedAt ?? time.GetUtcNow(), body.ExpiresAt, body.Actor?.Id)
        {
            Lifetime = (body.TtlSeconds ?? body.Ttl) is > 0 and <= int.MaxValue and var seconds ? TimeSpan.FromSeconds(seconds) : null,
            // A password says so itself; a role with a lifetime is, until it has ended.
            Renewable = body.Renewable ?? body is { Ttl: > 0 and <= int.MaxValue, Expired: not true, Default: not true },
        };
    }

    /// <summary>A role connects to the database that the answer names (<c>postgres</c>), which is not PlanetScale's name of it.</summary>
    private IssuedCredential ToIssued(CredentialBody? body, Database database, CredentialRole asked, Operation operation)
    {
        var credential = ToCredential(body, branchId: "", operation);
        if (credential.BranchId.Length == 0)
        {
            // An absent branch is not taken to be the right one.
            var field = database.Kind == DatabaseKind.Postgres ? "branch" : "database_branch";
            throw new PlanetScaleException(
                Failure.PersonNeeded,
                $"PlanetScale's answer does not say on which branch it made the credential {credential.Id}: it has no \"{field}\". The credential is not used, and is removed as an orphan. See whether PlanetScale's API has changed, and use a newer version of the app.");
        }

        return (database.Kind, body) switch
        {
            (DatabaseKind.MySql, { AccessHostUrl: { Length: > 0 } host, Username: { Length: > 0 } username, PlainText: { Length: > 0 } password }) => new(
                credential, body.DatabaseBranch?.Name ?? "", host, MySqlPort, database.Name, username, password,
                Enum.TryParse<CredentialRole>(body.Role, ignoreCase: true, out var role) && Enum.IsDefined(role) ? role : asked),
            (DatabaseKind.Postgres, { AccessHostUrl: { Length: > 0 } host, Username: { Length: > 0 } username, Password: { Length: > 0 } password, DatabaseName: { Length: > 0 } name }) => new(
                credential, body.Branch?.Name ?? "", host, PostgresPort, name, username, password, asked)
            {
                Kind = DatabaseKind.Postgres,
                PooledPort = PooledPostgresPort,
            },
            _ => throw new PlanetScaleException(
                Failure.PersonNeeded,
                $"PlanetScale did not show the secret, user and host of the credential {credential.Id} that it was asked to create. It shows them once only: the credential is of no use, and is removed as an orphan."),
        };
    }
}
