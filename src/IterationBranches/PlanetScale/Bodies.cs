using System.Text.Json.Serialization;

namespace IterationBranches.PlanetScale;

internal sealed record Page<T>(T?[]? Data, int? NextPage)
    where T : class;

internal sealed record OrganizationBody(string? Name);

internal sealed record ServiceTokenBody(DateTimeOffset? ExpiresAt, AccessBody?[]? ServiceTokenAccesses);

internal sealed record AccessBody(string? Access, string? ResourceName, string? ResourceType);

internal sealed record DatabaseBody(
    string? Name, string? Kind, string? DefaultBranch, bool? Ready, string? State, bool? AtDevelopmentBranchUsageLimit, bool? AtBackupRestoreBranchesLimit,
    bool? AllowDataBranching, int? DevelopmentBranchesCount);

internal sealed record BranchBody(
    string? Id, string? Name, string? ParentBranch, bool? Ready, string? State, bool? Production, bool? DeletionProtected, DateTimeOffset? CreatedAt,
    ActorBody? Actor, ReferredBranchBody? RestoredFromBranch, string? ClusterName, bool? StaleSchema, DateTimeOffset? DeletedAt);

internal sealed record ActorBody(string? Id);

internal sealed record ReferredBranchBody(string? Id, string? Name);

internal sealed record DeployRequestBody(int? Number, string? Branch, string? BranchId, string? IntoBranch, string? State);

internal sealed record SchemaBody(TableBody?[]? Data);

internal sealed record TableBody(string? Name, string? Raw);

internal sealed record BackupBody(
    string? Id, string? Name, string? State, DateTimeOffset? CreatedAt, DateTimeOffset? CompletedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? DeletedAt);

/// <summary>What passwords and roles have in common. Classes: a record's own text would show the secret.</summary>
internal abstract class CredentialBody
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

internal sealed class PasswordBody : CredentialBody
{
    public string? Role { get; set; }

    public string? PlainText { get; set; }

    public long? TtlSeconds { get; set; }

    public bool? Renewable { get; set; }

    public ReferredBranchBody? DatabaseBranch { get; set; }
}

internal sealed class RoleBody : CredentialBody
{
    public string? Password { get; set; }

    public string? DatabaseName { get; set; }

    public long? Ttl { get; set; }

    public bool? Expired { get; set; }

    public bool? Default { get; set; }

    public ReferredBranchBody? Branch { get; set; }
}

/// <param name="Name">Without one the request is refused.</param>
internal sealed record NewBranch(string? Name, string? ParentBranch)
{
    public string? SeedData { get; init; }

    public string? BackupId { get; init; }

    public string? ClusterSize { get; init; }
}

internal sealed record NewPassword(string Name, string Role, long Ttl, IReadOnlyList<string>? Cidrs);

internal sealed record NewRole(string Name, long Ttl, IReadOnlyList<string> InheritedRoles);

internal sealed record NewOwner(string Successor);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Page<OrganizationBody>))]
[JsonSerializable(typeof(ServiceTokenBody))]
[JsonSerializable(typeof(DatabaseBody))]
[JsonSerializable(typeof(Page<BranchBody>))]
[JsonSerializable(typeof(Page<PasswordBody>))]
[JsonSerializable(typeof(Page<RoleBody>))]
[JsonSerializable(typeof(Page<DeployRequestBody>))]
[JsonSerializable(typeof(Page<BackupBody>))]
[JsonSerializable(typeof(SchemaBody))]
[JsonSerializable(typeof(NewBranch))]
[JsonSerializable(typeof(NewPassword))]
[JsonSerializable(typeof(NewRole))]
[JsonSerializable(typeof(NewOwner))]
internal sealed partial class PlanetScaleJson : JsonSerializerContext;
