using System.Data.Common;
using System.Text.Encodings.Web;
using System.Text.Json;
using IterationBranches.Configuration;
using IterationBranches.Records;

namespace IterationBranches.Credentials;

/// <summary>
/// A credential as the text that an application connects with. TLS with a verified name is always asked for
/// (https://planetscale.com/docs/vitess/connecting/secure-connections).
/// </summary>
public static class ConnectionText
{
    private static readonly JsonSerializerOptions s_readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static SecretText Of(IssuedCredential credential, SecretFormat format) => format switch
    {
        SecretFormat.AdoNet => new(AdoNet(credential), "application/x-mysql-ado-net"),
        SecretFormat.Url => new(Url(credential, ""), "application/x-mysql-url"),
        SecretFormat.Prisma => new(Url(credential, "?sslaccept=strict"), "application/x-mysql-prisma-url"),
        SecretFormat.Go => new(Go(credential), "application/x-mysql-go-dsn"),
        SecretFormat.Json => new(Json(credential), "application/json"),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "unknown format"),
    };

    private static string AdoNet(IssuedCredential credential) => new DbConnectionStringBuilder
    {
        ["Server"] = credential.Host,
        ["Port"] = credential.Port,
        ["Database"] = credential.Database,
        ["User ID"] = credential.Username,
        ["Password"] = credential.Password,
        ["SslMode"] = "VerifyFull",
    }.ConnectionString;

    // Without a query: mysql2 and drizzle refuse options that they do not know, and each names TLS differently.
    private static string Url(IssuedCredential credential, string query) =>
        $"mysql://{Uri.EscapeDataString(credential.Username)}:{Uri.EscapeDataString(credential.Password)}@{credential.Host}:{credential.Port}/{Uri.EscapeDataString(credential.Database)}{query}";

    private static string Go(IssuedCredential credential) =>
        $"{credential.Username}:{credential.Password}@tcp({credential.Host}:{credential.Port})/{Uri.EscapeDataString(credential.Database)}?tls=true&interpolateParams=true";

    private static string Json(IssuedCredential credential)
    {
        var fields = new Dictionary<string, object?>
        {
            ["kind"] = "mysql",
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
            ["url"] = Url(credential, ""),
            ["adoNet"] = AdoNet(credential),
        };
        return JsonSerializer.Serialize(fields, s_readable);
    }
}
