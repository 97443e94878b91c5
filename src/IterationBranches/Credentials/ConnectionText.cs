using System.Data.Common;
using System.Text.Encodings.Web;
using System.Text.Json;
using IterationBranches.Branches;
using IterationBranches.Configuration;
using IterationBranches.Records;

namespace IterationBranches.Credentials;

/// <summary>
/// A credential as the text that an application connects with. TLS with a verified name is always asked for
/// (https://planetscale.com/docs/vitess/connecting/secure-connections, https://planetscale.com/docs/postgres/connecting/quickstart).
/// On Postgres every text names the direct port, where all of a session works, migrations too; the pooled one is in the document.
/// </summary>
public static class ConnectionText
{
    private static readonly JsonSerializerOptions s_readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static SecretText Of(IssuedCredential credential, SecretFormat format)
    {
        var isPostgres = credential.Kind == DatabaseKind.Postgres;
        return format switch
        {
            SecretFormat.AdoNet when isPostgres => new(Npgsql(credential), "application/x-postgres-ado-net"),
            SecretFormat.AdoNet => new(MySqlConnector(credential), "application/x-mysql-ado-net"),
            SecretFormat.Url when isPostgres => new(PostgresUrl(credential, "sslmode=verify-full"), "application/x-postgres-url"),
            SecretFormat.Url => new(MySqlUrl(credential, ""), "application/x-mysql-url"),
            // Prisma has not libpq's modes: it would take one that it does not know for "prefer", and go on without TLS.
            SecretFormat.Prisma when isPostgres => new(PostgresUrl(credential, "sslmode=require&sslaccept=strict"), "application/x-postgres-prisma-url"),
            SecretFormat.Prisma => new(MySqlUrl(credential, "?sslaccept=strict"), "application/x-mysql-prisma-url"),
            SecretFormat.Go when isPostgres => new(PostgresUrl(credential, "sslmode=verify-full"), "application/x-postgres-go-url"),
            SecretFormat.Go => new(MySqlDsn(credential), "application/x-mysql-go-dsn"),
            SecretFormat.Json => new(Json(credential, isPostgres), "application/json"),
            _ => throw new ArgumentOutOfRangeException(nameof(format), format, "unknown format"),
        };
    }

    private static string MySqlConnector(IssuedCredential credential) => new DbConnectionStringBuilder
    {
        ["Server"] = credential.Host,
        ["Port"] = credential.Port,
        ["Database"] = credential.Database,
        ["User ID"] = credential.Username,
        ["Password"] = credential.Password,
        ["SslMode"] = "VerifyFull",
    }.ConnectionString;

    private static string Npgsql(IssuedCredential credential) => new DbConnectionStringBuilder
    {
        ["Host"] = credential.Host,
        ["Port"] = credential.Port,
        ["Database"] = credential.Database,
        ["Username"] = credential.Username,
        ["Password"] = credential.Password,
        ["SSL Mode"] = "VerifyFull",
    }.ConnectionString;

    // Without a query: mysql2 and drizzle refuse options that they do not know, and each names TLS differently.
    private static string MySqlUrl(IssuedCredential credential, string query) => $"mysql://{Authority(credential)}{query}";

    // Without sslrootcert: libpq wants "system" there (or in PGSSLROOTCERT), which node-postgres would look for as a file.
    private static string PostgresUrl(IssuedCredential credential, string query) => $"postgresql://{Authority(credential)}?{query}";

    private static string Authority(IssuedCredential credential) =>
        $"{Uri.EscapeDataString(credential.Username)}:{Uri.EscapeDataString(credential.Password)}@{credential.Host}:{credential.Port}/{Uri.EscapeDataString(credential.Database)}";

    private static string MySqlDsn(IssuedCredential credential) =>
        $"{credential.Username}:{credential.Password}@tcp({credential.Host}:{credential.Port})/{Uri.EscapeDataString(credential.Database)}?tls=true&interpolateParams=true";

    private static string Json(IssuedCredential credential, bool isPostgres)
    {
        var fields = new Dictionary<string, object?>
        {
            ["kind"] = isPostgres ? "postgresql" : "mysql",
            ["host"] = credential.Host,
            ["port"] = credential.Port,
            ["database"] = credential.Database,
            ["username"] = credential.Username,
            ["password"] = credential.Password,
            ["role"] = credential.Role.ToString().ToLowerInvariant(),
            ["branchName"] = credential.BranchName,
            ["branchId"] = credential.Credential.BranchId,
            ["credentialId"] = credential.Credential.Id,
            ["expiresAt"] = credential.Credential.ExpiresAt,
            ["url"] = Of(credential, SecretFormat.Url).Value,
            ["adoNet"] = Of(credential, SecretFormat.AdoNet).Value,
        };
        if (credential.PooledPort is { } pooled)
        {
            fields["pooledPort"] = pooled;
        }

        return JsonSerializer.Serialize(fields, s_readable);
    }
}
