using System.Text.Json.Serialization;

namespace IterationBranches.Sandbox.StandIns.KeyVault;

/// <summary>A secret in an answer. A class and not a record, whose text would show the value.</summary>
internal sealed class SecretBundle
{
    public string? Value { get; init; }

    public required string Id { get; init; }

    public string? RecoveryId { get; init; }

    public long? DeletedDate { get; init; }

    public long? ScheduledPurgeDate { get; init; }

    public string? ContentType { get; init; }

    public required SecretAttributes Attributes { get; init; }

    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    public override string ToString() => Id;
}

internal sealed record SecretAttributes(bool Enabled, long? Nbf, long? Exp, long Created, long Updated, string RecoveryLevel, int RecoverableDays);

internal sealed record SecretPage(
    IReadOnlyList<SecretBundle> Value,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? NextLink);

/// <summary>Makes bundles whose identifiers carry the host that was asked for, as the client takes name and version from them.</summary>
internal sealed class SecretBundles(string origin, TimeSpan retention, bool purgeProtection)
{
    private readonly string _recoveryLevel = (retention.TotalDays < 90 ? "CustomizedRecoverable" : "Recoverable") + (purgeProtection ? "" : "+Purgeable");

    public SecretBundle WithValue(SecretView view) => Bundle(view, withVersion: true, view.Version.Value);

    public SecretBundle WithoutValue(SecretView view) => Bundle(view, withVersion: true, value: null);

    /// <summary>As the list of secrets has it: the identifier has no version.</summary>
    public SecretBundle Item(SecretView view) => Bundle(view, withVersion: false, value: null);

    private SecretBundle Bundle(SecretView view, bool withVersion, string? value) => new()
    {
        Value = value,
        Id = $"{origin}/secrets/{view.Name}{(withVersion ? "/" + view.Version.Id : "")}",
        RecoveryId = view.Deletion is null ? null : $"{origin}/deletedsecrets/{view.Name}",
        DeletedDate = view.Deletion?.At.ToUnixTimeSeconds(),
        ScheduledPurgeDate = view.Deletion?.Purge.ToUnixTimeSeconds(),
        ContentType = view.Version.ContentType,
        Attributes = new SecretAttributes(
            view.Version.Enabled, view.Version.NotBefore?.ToUnixTimeSeconds(), view.Version.Expires?.ToUnixTimeSeconds(),
            view.Version.Created.ToUnixTimeSeconds(), view.Version.Updated.ToUnixTimeSeconds(), _recoveryLevel, (int)retention.TotalDays),
        Tags = view.Version.Tags,
    };
}
