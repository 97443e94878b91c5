using System.Globalization;
using Azure.Security.KeyVault.Secrets;
using IterationBranches.Configuration;
using IterationBranches.Records;

namespace IterationBranches.KeyVault;

/// <summary>Records and aliases as tags of a secret, and back. At most 15 tags, each value at most 256 characters.</summary>
internal static class RecordTags
{
    public const string ManagedBy = "iteration-branches";

    private const string DateFormat = "yyyy-MM-dd";
    private const string Seeded = "; seeded";
    private const int MaximumLength = 256;
    private const int MaximumTags = 15;

    private static readonly HashSet<string> s_ours =
    [
        "managed-by", "track", "iteration-id", "iteration-path", "branch", "branch-id", "state", "claim", "CredentialId",
        "ProviderAddress", "ValidityPeriodDays", "finish", "retire-after", "refused",
    ];

    public static bool AreOurs(IDictionary<string, string> tags, string track, Guid? iterationId) =>
        tags.TryGetValue("managed-by", out var by) && by == ManagedBy
        && tags.TryGetValue("track", out var owner) && string.Equals(owner, track, StringComparison.OrdinalIgnoreCase)
        && (iterationId is null || (tags.TryGetValue("iteration-id", out var id) && Guid.TryParse(id, out var guid) && guid == iterationId));

    public static void Write(Record record, IDictionary<string, string> tags)
    {
        tags.Clear();
        tags["managed-by"] = ManagedBy;
        tags["track"] = record.Track;
        tags["iteration-id"] = record.IterationId.ToString("D");
        tags["iteration-path"] = Cut(record.IterationPath);
        tags["branch"] = record.Branch;
        tags["state"] = record.State.ToString().ToLowerInvariant();
        tags["claim"] = Instant(record.ClaimedAt) + (record.Seeded ? Seeded : "");
        tags["ProviderAddress"] = Cut(record.ProviderAddress);
        Set(tags, "branch-id", record.BranchId);
        Set(tags, "CredentialId", record.CredentialId);
        Set(tags, "ValidityPeriodDays", record.ValidityPeriodDays?.ToString());
        Set(tags, "finish", record.Finish?.ToString(DateFormat, CultureInfo.InvariantCulture));
        Set(tags, "retire-after", record.Notice is { } notice ? $"{Instant(notice.After)}; {notice.Retire}" : null);
        Set(tags, "refused", record.Refused is { } refused ? Cut($"{Instant(refused.NotBefore)}; {refused.Delay.TotalHours:0} h; {refused.Reason}") : null);
        // Ours come first: with one tag too many the vault would refuse them all.
        foreach (var (name, value) in record.OtherTags.Take(MaximumTags - tags.Count))
        {
            tags[name] = value;
        }
    }

    /// <summary>Null when the tags are not those of a record, or have been damaged.</summary>
    public static Record? ReadRecord(SecretProperties secret)
    {
        var tags = secret.Tags;
        if (!tags.TryGetValue("managed-by", out var by) || by != ManagedBy
            || !tags.TryGetValue("track", out var track)
            || !tags.TryGetValue("iteration-id", out var id) || !Guid.TryParse(id, out var iterationId)
            || !tags.TryGetValue("branch", out var branch)
            || !tags.TryGetValue("state", out var stateText) || !Enum.TryParse<RecordState>(stateText, ignoreCase: true, out var state) || !Enum.IsDefined(state)
            || !tags.TryGetValue("claim", out var claim) || !DateTimeOffset.TryParse(claim.Split(';')[0], CultureInfo.InvariantCulture, out var claimedAt))
        {
            return null;
        }

        return new Record(
            secret.Name, track, iterationId, tags.TryGetValue("iteration-path", out var path) ? path : "", state, branch, claimedAt,
            Get(tags, "branch-id"), Get(tags, "CredentialId"))
        {
            ProviderAddress = Get(tags, "ProviderAddress") ?? "",
            Enabled = secret.Enabled is not false,
            Version = string.IsNullOrEmpty(secret.Version) ? null : secret.Version,
            ExpiresAt = secret.ExpiresOn,
            ValidityPeriodDays = int.TryParse(Get(tags, "ValidityPeriodDays"), out var days) ? days : null,
            Finish = DateOnly.TryParseExact(Get(tags, "finish"), DateFormat, out var finish) ? finish : null,
            Seeded = claim.EndsWith(Seeded, StringComparison.Ordinal),
            Notice = ReadNotice(Get(tags, "retire-after")),
            WrittenAt = secret.CreatedOn,
            Refused = ReadRefusal(Get(tags, "refused")),
            OtherTags = tags.Where(tag => !s_ours.Contains(tag.Key)).ToDictionary(),
        };
    }

    public static void Write(Alias alias, IDictionary<string, string> tags)
    {
        tags.Clear();
        tags["managed-by"] = ManagedBy;
        tags["track"] = alias.Track;
        tags["iteration-id"] = alias.IterationId.ToString("D");
        tags["CredentialId"] = alias.CredentialId;
    }

    /// <summary>Null when the tags are not those of an alias; a record has a state, an alias has none.</summary>
    public static Alias? ReadAlias(SecretProperties secret) =>
        secret.Tags.TryGetValue("managed-by", out var by) && by == ManagedBy && !secret.Tags.ContainsKey("state")
        && secret.Tags.TryGetValue("track", out var track)
        && secret.Tags.TryGetValue("iteration-id", out var id) && Guid.TryParse(id, out var iterationId)
        && secret.Tags.TryGetValue("CredentialId", out var credentialId)
            ? new(secret.Name, track, iterationId, credentialId) { Enabled = secret.Enabled is not false, WrittenAt = secret.CreatedOn }
            : null;

    private static RetirementNotice? ReadNotice(string? text) =>
        text?.Split("; ") is [var after, var retire]
        && DateTimeOffset.TryParse(after, CultureInfo.InvariantCulture, out var instant)
        && Enum.TryParse<Retirement>(retire, out var chosen) && Enum.IsDefined(chosen)
            ? new(instant, chosen)
            : null;

    private static Refusal? ReadRefusal(string? text) =>
        text?.Split("; ", 3) is [var notBefore, var delay, var reason]
        && DateTimeOffset.TryParse(notBefore, CultureInfo.InvariantCulture, out var instant)
        && double.TryParse(delay.Split(' ')[0], CultureInfo.InvariantCulture, out var hours)
            ? new(instant, TimeSpan.FromHours(hours), reason)
            : null;

    private static string Instant(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    private static string? Get(IDictionary<string, string> tags, string name) => tags.TryGetValue(name, out var value) && value.Length > 0 ? value : null;

    private static void Set(IDictionary<string, string> tags, string name, string? value)
    {
        if (value is not null)
        {
            tags[name] = value;
        }
    }

    private static string Cut(string text) => text.Length <= MaximumLength ? text : text[..MaximumLength];
}
