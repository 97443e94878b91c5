using System.Text.Json.Serialization;
using IterationBranches.Branches;
using IterationBranches.Credentials;
using IterationBranches.Http;

namespace IterationBranches.PlanetScale;

/// <summary>
/// The bodies, and what they mean. Only ids and names are relied on: what the published schema requires is not always sent.
/// Where a missing field could do harm, it is read as what forbids more.
/// </summary>
public sealed partial class PlanetScaleClient
{
    private static Database ToDatabase(DatabaseBody body, Answer answer, Operation operation) => new(
        Required(body.Name, answer, operation, "name"),
        body.Kind?.ToLowerInvariant() switch
        {
            "mysql" => DatabaseKind.MySql,
            "postgresql" or "postgres" => DatabaseKind.Postgres,
            _ => DatabaseKind.Unknown,
        },
        // Without it the default branch could not be kept from harm.
        Required(body.DefaultBranch, answer, operation, "default_branch"),
        body.Ready ?? body.State == "ready",
        body.AtDevelopmentBranchUsageLimit ?? false,
        answer.Date)
    {
        AllowsDataBranching = body.AllowDataBranching ?? false,
        AtRestoreLimit = body.AtBackupRestoreBranchesLimit ?? false,
        DevelopmentBranches = body.DevelopmentBranchesCount,
    };

    private static Branch ToBranch(BranchBody body, Operation operation) => body is { Id: { Length: > 0 } id, Name: { Length: > 0 } name }
        ? new Branch(
            id,
            name,
            string.IsNullOrEmpty(body.ParentBranch) ? null : body.ParentBranch,
            body.Ready ?? body.State == "ready",
            body.Production ?? true,
            body.DeletionProtected ?? true,
            // Older than every claim, so never taken for the branch of one.
            body.CreatedAt ?? DateTimeOffset.UnixEpoch,
            body.Actor?.Id)
        {
            RestoredFrom = body.RestoredFromBranch?.Id,
            ClusterName = body.ClusterName,
            StaleSchema = body.StaleSchema ?? true,
            Deleting = body.DeletedAt is not null,
        }
        : throw new PlanetScaleException(Failure.Transient, $"PlanetScale was asked to {operation.Name}, and answered a branch without id or name.");

    private Credential ToCredential(PasswordBody body, string branchId, Operation operation) => ToCredential(body, branchId, operation, body.TtlSeconds) with
    {
        Renewable = body.Renewable ?? false,
    };

    private Credential ToCredential(RoleBody body, string branchId, Operation operation) => ToCredential(body, branchId, operation, body.Ttl) switch
    {
        var credential => credential with { Renewable = credential.Lifetime is not null && body.Expired is not true && body.Default is not true },
    };

    private Credential ToCredential(CredentialBody body, string branchId, Operation operation, long? seconds) => body is { Id: { Length: > 0 } id }
        // Without its time it is too young to be an orphan.
        ? new Credential(id, body.Name ?? "", branchId, body.CreatedAt ?? time.GetUtcNow(), body.ExpiresAt, body.Actor?.Id)
        {
            Lifetime = seconds is > 0 and <= int.MaxValue ? TimeSpan.FromSeconds(seconds.Value) : null,
        }
        : throw new PlanetScaleException(Failure.Transient, $"PlanetScale was asked to {operation.Name}, and answered a credential without id.");

    private IssuedCredential ToIssued(PasswordBody body, string database, CredentialRole asked, Answer answer, Operation operation)
    {
        // An absent branch is not taken to be the right one: the caller compares.
        var credential = ToCredential(body, body.DatabaseBranch?.Id ?? "", operation);
        return body is { AccessHostUrl: { Length: > 0 } host, Username: { Length: > 0 } username, PlainText: { Length: > 0 } password }
            ? new IssuedCredential(
                credential, body.DatabaseBranch?.Name ?? "", host, MySqlPort, database, username, password,
                Enum.TryParse<CredentialRole>(body.Role, ignoreCase: true, out var role) && Enum.IsDefined(role) ? role : asked)
            : throw NotShown(credential, answer);
    }

    /// <summary>It connects to the database that the answer names (<c>postgres</c>), which is not PlanetScale's name of it.</summary>
    private IssuedCredential ToIssued(RoleBody body, CredentialRole asked, Answer answer, Operation operation)
    {
        var credential = ToCredential(body, body.Branch?.Id ?? "", operation);
        return body is { AccessHostUrl: { Length: > 0 } host, Username: { Length: > 0 } username, Password: { Length: > 0 } password, DatabaseName: { Length: > 0 } database }
            ? new IssuedCredential(credential, body.Branch?.Name ?? "", host, PostgresPort, database, username, password, asked)
            {
                Kind = DatabaseKind.Postgres,
                PooledPort = PooledPostgresPort,
            }
            : throw NotShown(credential, answer);
    }

    private static PlanetScaleException NotShown(Credential credential, Answer answer) => new(
        Failure.PersonNeeded,
        $"PlanetScale did not show the secret, user and host of the credential {credential.Id} that it was asked to create. It shows them once only: the credential is of no use, and is removed as an orphan.",
        answer.Status);

    private static string Required(string? value, Answer answer, Operation operation, string field) =>
        string.IsNullOrEmpty(value) ? throw NotUnderstood(answer, operation, $"there is no \"{field}\"") : value;

    private sealed class Page<T>
        where T : class
    {
        public T?[]? Data { get; set; }

        public int? NextPage { get; set; }
    }

    private sealed record OrganizationBody(string? Name);

    private sealed record DatabaseBody(string? Name, string? Kind, string? DefaultBranch, bool? Ready, string? State, bool? AtDevelopmentBranchUsageLimit)
    {
        public bool? AtBackupRestoreBranchesLimit { get; set; }

        public bool? AllowDataBranching { get; set; }

        public int? DevelopmentBranchesCount { get; set; }
    }

    private sealed record BranchBody(
        string? Id, string? Name, string? ParentBranch, bool? Ready, string? State, bool? Production, bool? DeletionProtected,
        DateTimeOffset? CreatedAt, ActorBody? Actor)
    {
        public ReferredBranchBody? RestoredFromBranch { get; set; }

        public string? ClusterName { get; set; }

        public bool? StaleSchema { get; set; }

        public DateTimeOffset? DeletedAt { get; set; }
    }

    private sealed record ActorBody(string? Id);

    private sealed record ReferredBranchBody(string? Id, string? Name);

    private sealed record DeployRequestBody(int? Number, string? Branch, string? BranchId, string? IntoBranch, string? State);

    private sealed record SchemaBody(TableBody?[]? Data);

    private sealed record TableBody(string? Name, string? Raw);

    private sealed record BackupBody(
        string? Id, string? Name, string? State, DateTimeOffset? CreatedAt, DateTimeOffset? CompletedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? DeletedAt);

    /// <summary>What passwords and roles have in common. Classes: a record's own text would show the secret.</summary>
    private class CredentialBody
    {
        public string? Id { get; set; }

        public string? Name { get; set; }

        public DateTimeOffset? CreatedAt { get; set; }

        public DateTimeOffset? DeletedAt { get; set; }

        public DateTimeOffset? ExpiresAt { get; set; }

        public DateTimeOffset? DroppedAt { get; set; }

        public string? AccessHostUrl { get; set; }

        public string? Username { get; set; }

        public ActorBody? Actor { get; set; }
    }

    private sealed class PasswordBody : CredentialBody
    {
        public string? Role { get; set; }

        public string? PlainText { get; set; }

        public long? TtlSeconds { get; set; }

        public bool? Renewable { get; set; }

        public ReferredBranchBody? DatabaseBranch { get; set; }
    }

    private sealed class RoleBody : CredentialBody
    {
        public string? Password { get; set; }

        public string? DatabaseName { get; set; }

        public long? Ttl { get; set; }

        public bool? Expired { get; set; }

        public bool? Default { get; set; }

        public ReferredBranchBody? Branch { get; set; }
    }

    private sealed record NewBranch(string Name, string ParentBranch)
    {
        public string? SeedData { get; init; }

        public string? BackupId { get; init; }

        public string? ClusterSize { get; init; }
    }

    private sealed record NewPassword(string Name, string Role, long Ttl, IReadOnlyList<string>? Cidrs);

    private sealed record NewRole(string Name, long Ttl, IReadOnlyList<string> InheritedRoles);

    private sealed record NewOwner(string Successor);

    // The generator names its files by the context alone, so that the name is unique in the assembly.
    [JsonSourceGenerationOptions(
        PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonSerializable(typeof(Page<OrganizationBody>))]
    [JsonSerializable(typeof(ServiceTokenBody))]
    [JsonSerializable(typeof(DatabaseBody))]
    [JsonSerializable(typeof(Page<BranchBody>))]
    [JsonSerializable(typeof(Page<PasswordBody>))]
    [JsonSerializable(typeof(Page<RoleBody>))]
    [JsonSerializable(typeof(CredentialBody))]
    [JsonSerializable(typeof(Page<DeployRequestBody>))]
    [JsonSerializable(typeof(Page<BackupBody>))]
    [JsonSerializable(typeof(SchemaBody))]
    [JsonSerializable(typeof(NewBranch))]
    [JsonSerializable(typeof(NewPassword))]
    [JsonSerializable(typeof(NewRole))]
    [JsonSerializable(typeof(NewOwner))]
    [JsonSerializable(typeof(Nothing))]
    private sealed partial class PlanetScaleJson : JsonSerializerContext;
}
