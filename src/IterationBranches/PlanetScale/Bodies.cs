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

/// <summary>A password of MySQL, or a role of Postgres: what either may say.</summary>
internal sealed record CredentialBody(
    string? Id, string? Name, DateTimeOffset? CreatedAt, DateTimeOffset? DeletedAt, DateTimeOffset? ExpiresAt, string? AccessHostUrl, string? Username, ActorBody? Actor,
    string? Role, string? PlainText, long? TtlSeconds, bool? Renewable, ReferredBranchBody? DatabaseBranch,
    string? Password, string? DatabaseName, long? Ttl, DateTimeOffset? DroppedAt, bool? Expired, bool? Default, ReferredBranchBody? Branch)
{
    /// <summary>A record's own text would show the secret.</summary>
    public override string ToString() => $"credential {Id}";
}

/// <param name="Name">Without one the request is refused.</param>
internal sealed record NewBranch(string? Name, string? ParentBranch, string? SeedData = null, string? BackupId = null, string? ClusterSize = null);

internal sealed record NewPassword(string Name, string Role, long Ttl, IReadOnlyList<string>? Cidrs);

internal sealed record NewRole(string Name, long Ttl, IReadOnlyList<string> InheritedRoles);

internal sealed record NewOwner(string Successor);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Page<OrganizationBody>))]
[JsonSerializable(typeof(ServiceTokenBody))]
[JsonSerializable(typeof(DatabaseBody))]
[JsonSerializable(typeof(Page<BranchBody>))]
[JsonSerializable(typeof(Page<CredentialBody>))]
[JsonSerializable(typeof(Page<DeployRequestBody>))]
[JsonSerializable(typeof(Page<BackupBody>))]
[JsonSerializable(typeof(SchemaBody))]
[JsonSerializable(typeof(NewBranch))]
[JsonSerializable(typeof(NewPassword))]
[JsonSerializable(typeof(NewRole))]
[JsonSerializable(typeof(NewOwner))]
internal sealed partial class PlanetScaleJson : JsonSerializerContext;
