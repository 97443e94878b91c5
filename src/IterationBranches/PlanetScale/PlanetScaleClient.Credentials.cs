using IterationBranches.Branches;
using IterationBranches.Credentials;

namespace IterationBranches.PlanetScale;

public sealed partial class PlanetScaleClient
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

    public async Task<IReadOnlyList<Credential>> ListCredentialsAsync(Database database, string branchId, CancellationToken cancellationToken)
    {
        var operation = new Operation("list the credentials of a branch", "read_branch", BranchOf(database.Name, branchId));
        var path = Path(operation, CredentialParts(database, branchId, operation));
        var credentials = database.Kind == DatabaseKind.Postgres
            ? from role in await ListAsync(path, PlanetScaleJson.Default.PageRoleBody, operation, cancellationToken)
              where role.DeletedAt is null && role.DroppedAt is null
              select ToCredential(role, role.Branch?.Id ?? branchId, operation)
            : from password in await ListAsync(path, PlanetScaleJson.Default.PagePasswordBody, operation, cancellationToken)
              where password.DeletedAt is null
              select ToCredential(password, password.DatabaseBranch?.Id ?? branchId, operation);
        return [.. credentials.DistinctBy(credential => credential.Id)];
    }

    public async Task<IssuedCredential> CreateCredentialAsync(
        Database database, string branchId, CredentialRequest request, CancellationToken cancellationToken)
    {
        var operation = new Operation($"create the credential \"{request.Name}\"", Connect, BranchOf(database.Name, branchId));
        var answer = await SendAsync(
            HttpMethod.Post, Path(operation, CredentialParts(database, branchId, operation)), BodyOf(database, request, operation), cancellationToken);
        if (answer.IsSuccess)
        {
            return database.Kind == DatabaseKind.Postgres
                ? ToIssued(Read(answer, PlanetScaleJson.Default.RoleBody, operation), request.Role, answer, operation)
                : ToIssued(Read(answer, PlanetScaleJson.Default.PasswordBody, operation), database.Name, request.Role, answer, operation);
        }

        var error = PlanetScaleRefusals.Parse(answer, _settings);
        throw answer.Status is 400 or 409 or 422 && IsNotReady(error)
            ? PlanetScaleRefusals.NotYet(answer, error, operation, s_untilBranchIsReady)
            : await ExplainAsync(answer, operation, cancellationToken);
    }

    public async Task<Credential?> RenewCredentialAsync(Database database, string branchId, string credentialId, CancellationToken cancellationToken)
    {
        var operation = new Operation($"renew the credential {credentialId}", Connect, BranchOf(database.Name, branchId));
        string[] parts = [.. CredentialParts(database, branchId, operation), credentialId];
        var answer = await SendAsync(HttpMethod.Post, Path(operation, [.. parts, "renew"]), null, cancellationToken);
        if (answer.IsSuccess)
        {
            return database.Kind == DatabaseKind.Postgres
                ? ToCredential(Read(answer, PlanetScaleJson.Default.RoleBody, operation), branchId, operation)
                : ToCredential(Read(answer, PlanetScaleJson.Default.PasswordBody, operation), branchId, operation);
        }

        return answer.Status switch
        {
            // As PlanetScale's own command line takes it.
            422 => null,
            404 => await IsThereAsync(Path(operation, parts), operation, cancellationToken) ? throw PlanetScaleRefusals.NotPermitted(answer, operation) : null,
            _ => throw await ExplainAsync(answer, operation, cancellationToken),
        };
    }

    public async Task ReassignOwnedAsync(Database database, string branchId, string credentialId, CancellationToken cancellationToken)
    {
        if (database.Kind == DatabaseKind.MySql)
        {
            return;
        }

        var operation = new Operation($"give away what the credential {credentialId} owns", Delete, BranchOf(database.Name, branchId));
        string[] parts = [.. CredentialParts(database, branchId, operation), credentialId];
        var answer = await SendAsync(
            HttpMethod.Post, Path(operation, [.. parts, "reassign"]), Body(new NewOwner(DefaultRole), PlanetScaleJson.Default.NewOwner), cancellationToken);
        if (answer.IsSuccess)
        {
            return;
        }

        if (answer.Status != 404)
        {
            throw await ExplainAsync(answer, operation, cancellationToken);
        }

        if (await IsThereAsync(Path(operation, parts), operation, cancellationToken))
        {
            throw PlanetScaleRefusals.NotPermitted(answer, operation);
        }
    }

    public async Task DeleteCredentialAsync(Database database, string branchId, string credentialId, CancellationToken cancellationToken)
    {
        var operation = new Operation($"delete the credential {credentialId}", Delete, BranchOf(database.Name, branchId));
        var path = Path(operation, [.. CredentialParts(database, branchId, operation), credentialId]);
        // A role that owns a table, as one that migrates does, is dropped only when somebody else takes it over.
        var deleted = await SendAsync(HttpMethod.Delete, database.Kind == DatabaseKind.Postgres ? $"{path}?successor={DefaultRole}" : path, null, cancellationToken);
        if (deleted.IsSuccess)
        {
            return;
        }

        if (deleted.Status != 404)
        {
            throw await ExplainAsync(deleted, operation, cancellationToken);
        }

        if (await IsThereAsync(path, operation, cancellationToken))
        {
            throw PlanetScaleRefusals.NotPermitted(deleted, operation);
        }
    }

    /// <summary>Behind a 404, which means gone, or not permitted: a credential that can still be read is still there.</summary>
    private async Task<bool> IsThereAsync(string path, Operation operation, CancellationToken cancellationToken)
    {
        var found = await SendAsync(HttpMethod.Get, path, null, cancellationToken);
        if (found.IsSuccess)
        {
            return Read(found, PlanetScaleJson.Default.CredentialBody, operation) is { DeletedAt: null, DroppedAt: null };
        }

        if (found.Status != 404)
        {
            throw await ExplainAsync(found, operation, cancellationToken);
        }

        await ThrowIfTokenIsBadAsync(found, operation, cancellationToken);
        return false;
    }

    private static ByteArrayContent BodyOf(Database database, CredentialRequest request, Operation operation)
    {
        var ttl = (long)request.Lifetime.TotalSeconds;
        if (database.Kind != DatabaseKind.Postgres)
        {
            return Body(
                new NewPassword(request.Name, request.Role.ToString().ToLowerInvariant(), ttl, request.AllowedCidrs.Count > 0 ? request.AllowedCidrs : null),
                PlanetScaleJson.Default.NewPassword);
        }

        return request.AllowedCidrs.Count == 0
            ? Body(new NewRole(request.Name, ttl, InheritedRoles(request.Role)), PlanetScaleJson.Default.NewRole)
            : throw new PlanetScaleException(
                Failure.PersonNeeded,
                $"PlanetScale cannot {operation.Name} with address ranges (setting Tracks__…__AllowedCidrs): on Postgres they hold for a whole database. Leave the setting out, and set them in the database's settings.");
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

    private string[] CredentialParts(Database database, string branchId, Operation operation) => database.Kind switch
    {
        DatabaseKind.MySql => [.. BranchParts(database.Name, branchId), "passwords"],
        DatabaseKind.Postgres => [.. BranchParts(database.Name, branchId), "roles"],
        _ => throw new PlanetScaleException(
            Failure.PersonNeeded,
            $"PlanetScale cannot be asked to {operation.Name}: {Named(database.Name)} is of a kind that this version does not know, neither mysql nor postgresql."),
    };
}
