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
        answer.Date);

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
        : throw new PlanetScaleException(Failure.Transient, $"PlanetScale was asked to {operation.Name}, and answered a branch without id or name.");

    private Credential ToCredential(PasswordBody body, string branchId, Operation operation) => body is { Id: { Length: > 0 } id }
        // Without its time it is too young to be an orphan.
        ? new Credential(id, body.Name ?? "", branchId, body.CreatedAt ?? time.GetUtcNow(), body.ExpiresAt, body.Actor?.Id)
        : throw new PlanetScaleException(Failure.Transient, $"PlanetScale was asked to {operation.Name}, and answered a credential without id.");

    private IssuedCredential ToIssued(PasswordBody body, string database, CredentialRole asked, Answer answer, Operation operation)
    {
        // An absent branch is not taken to be the right one: the caller compares.
        var credential = ToCredential(body, body.DatabaseBranch?.Id ?? "", operation);
        return body is { AccessHostUrl: { Length: > 0 } host, Username: { Length: > 0 } username, PlainText: { Length: > 0 } password }
            ? new IssuedCredential(
                credential, body.DatabaseBranch?.Name ?? "", host, MySqlPort, database, username, password,
                Enum.TryParse<CredentialRole>(body.Role, ignoreCase: true, out var role) && Enum.IsDefined(role) ? role : asked)
            : throw new PlanetScaleException(
                Failure.PersonNeeded,
                $"PlanetScale did not show the secret, user and host of the credential {credential.Id} that it was asked to create. It shows them once only: the credential is of no use, and is removed as an orphan.",
                answer.Status);
    }

    private static string Required(string? value, Answer answer, Operation operation, string field) =>
        string.IsNullOrEmpty(value) ? throw NotUnderstood(answer, operation, $"there is no \"{field}\"") : value;

    private sealed class Page<T>
        where T : class
    {
        public T?[]? Data { get; set; }

        public int? NextPage { get; set; }
    }

    private sealed record OrganizationBody(string? Name);

    private sealed record DatabaseBody(string? Name, string? Kind, string? DefaultBranch, bool? Ready, string? State, bool? AtDevelopmentBranchUsageLimit);

    private sealed record BranchBody(
        string? Id, string? Name, string? ParentBranch, bool? Ready, string? State, bool? Production, bool? DeletionProtected,
        DateTimeOffset? CreatedAt, ActorBody? Actor);

    private sealed record ActorBody(string? Id);

    /// <summary>A class: a record's own text would show the secret.</summary>
    private sealed class PasswordBody
    {
        public string? Id { get; set; }

        public string? Name { get; set; }

        public string? Role { get; set; }

        public DateTimeOffset? CreatedAt { get; set; }

        public DateTimeOffset? DeletedAt { get; set; }

        public DateTimeOffset? ExpiresAt { get; set; }

        public string? AccessHostUrl { get; set; }

        public string? Username { get; set; }

        public string? PlainText { get; set; }

        public ActorBody? Actor { get; set; }

        public PasswordBranchBody? DatabaseBranch { get; set; }
    }

    private sealed record PasswordBranchBody(string? Id, string? Name);

    private sealed record NewBranch(string Name, string ParentBranch);

    private sealed record NewPassword(string Name, string Role, long Ttl, IReadOnlyList<string>? Cidrs);

    // The generator names its files by the context alone, so that the name is unique in the assembly.
    [JsonSourceGenerationOptions(
        PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonSerializable(typeof(Page<OrganizationBody>))]
    [JsonSerializable(typeof(DatabaseBody))]
    [JsonSerializable(typeof(Page<BranchBody>))]
    [JsonSerializable(typeof(Page<PasswordBody>))]
    [JsonSerializable(typeof(NewBranch))]
    [JsonSerializable(typeof(NewPassword))]
    private sealed partial class PlanetScaleJson : JsonSerializerContext;
}
