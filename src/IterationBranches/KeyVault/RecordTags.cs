using System.Globalization;
using Azure.Security.KeyVault.Secrets;
using IterationBranches.Configuration;
using IterationBranches.Records;

namespace IterationBranches.KeyVault;

/// <summary>
/// Records and aliases as tags of a secret, and back. Key Vault takes 15 tags, each value at most 256 characters. Ten are the most
/// that a record needs, so five of somebody else's always have room; the iteration's path, which is for people, gives way to them.
/// </summary>
internal static class RecordTags
{
    public const string ManagedBy = "iteration-branches";

    private const string DateFormat = "yyyy-MM-dd";
    private const string Seeded = "; seeded";
    private const string After = " after ";
    private const int MaximumLength = 256;
    private const int MaximumTags = 15;

    private static readonly HashSet<string> s_ours =
    [
        "managed-by", "track", "iteration-id", "iteration-path", "branch-id", "state", "claim", "CredentialId", "ProviderAddress", "finish", "refused",
        // Of the first builds, which had 14: the branch is in the address, the notice with the finish.
        "branch", "ValidityPeriodDays", "retire-after",
    ];

    public static bool AreOurs(IDictionary<string, string> tags, string track, Guid? iterationId) =>
        tags.TryGetValue("managed-by", out var by) && by == ManagedBy
        && tags.TryGetValue("track", out var owner) && string.Equals(owner, track, StringComparison.OrdinalIgnoreCase)
        && (iterationId is null || (tags.TryGetValue("iteration-id", out var id) && Guid.TryParse(id, out var guid) && guid == iterationId));

    /// <summary>The tags that are not ours.</summary>
    public static Dictionary<string, string> Others(IDictionary<string, string> tags) => tags.Where(tag => !s_ours.Contains(tag.Key)).ToDictionary();

    /// <returns>How many tags of others had no room: they could only be there because there were fewer of ours.</returns>
    public static int Write(Record record, IDictionary<string, string> tags)
    {
        tags.Clear();
        tags["managed-by"] = ManagedBy;
        tags["track"] = record.Track;
        tags["iteration-id"] = record.IterationId.ToString("D");
        tags["state"] = record.State.ToString().ToLowerInvariant();
        tags["claim"] = Instant(record.ClaimedAt) + (record.Seeded ? Seeded : "");
        tags["ProviderAddress"] = Cut(record.ProviderAddress);
        Set(tags, "branch-id", record.BranchId);
        Set(tags, "CredentialId", record.CredentialId);
        Set(tags, "finish", Finish(record));
        Set(tags, "refused", record.Refused is { } refused ? Cut($"{Instant(refused.NotBefore)}; {refused.Delay.TotalHours:0} h; {refused.Reason}") : null);
        // Ours come first: with one tag too many the vault would refuse them all.
        var room = MaximumTags - tags.Count;
        foreach (var (name, value) in record.OtherTags.Take(room))
        {
            tags[name] = value;
        }

        if (tags.Count < MaximumTags)
        {
            tags["iteration-path"] = Cut(record.IterationPath);
        }

        return Math.Max(0, record.OtherTags.Count - room);
    }

    /// <summary>Null when the tags are not those of a record, or have been damaged.</summary>
    public static Record? ReadRecord(SecretProperties secret)
    {
        var tags = secret.Tags;
        if (!tags.TryGetValue("managed-by", out var by) || by != ManagedBy
            || !tags.TryGetValue("track", out var track)
            || !tags.TryGetValue("iteration-id", out var id) || !Guid.TryParse(id, out var iterationId)
            || (Get(tags, "branch") ?? BranchOf(Get(tags, "ProviderAddress"))) is not { } branch
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
            // A claim has an expiry because a policy may ask for one, and no credential that could expire.
            ExpiresAt = Get(tags, "CredentialId") is null ? null : secret.ExpiresOn,
            Finish = DateOnly.TryParseExact(Get(tags, "finish")?.Split("; ")[0], DateFormat, out var finish) ? finish : null,
            Seeded = claim.EndsWith(Seeded, StringComparison.Ordinal),
            Notice = ReadNotice(Get(tags, "finish")?.Split("; ", 2) is [_, var notice] ? notice : null) ?? ReadFormerNotice(Get(tags, "retire-after")),
            WrittenAt = secret.CreatedOn,
            Refused = ReadRefusal(Get(tags, "refused")),
            OtherTags = Others(tags),
        };
    }

    /// <param name="others">The tags of others that the alias has.</param>
    public static void Write(Alias alias, IEnumerable<KeyValuePair<string, string>> others, IDictionary<string, string> tags)
    {
        tags.Clear();
        tags["managed-by"] = ManagedBy;
        tags["track"] = alias.Track;
        tags["iteration-id"] = alias.IterationId.ToString("D");
        tags["CredentialId"] = alias.CredentialId;
        foreach (var (name, value) in others.Take(MaximumTags - tags.Count))
        {
            tags[name] = value;
        }
    }

    /// <summary>Null when the tags are not those of an alias; a record has a state, an alias has none.</summary>
    public static Alias? ReadAlias(SecretProperties secret) =>
        secret.Tags.TryGetValue("managed-by", out var by) && by == ManagedBy && !secret.Tags.ContainsKey("state")
        && secret.Tags.TryGetValue("track", out var track)
        && secret.Tags.TryGetValue("iteration-id", out var id) && Guid.TryParse(id, out var iterationId)
        && secret.Tags.TryGetValue("CredentialId", out var credentialId)
            ? new(secret.Name, track, iterationId, credentialId) { Enabled = secret.Enabled is not false, ExpiresAt = secret.ExpiresOn, WrittenAt = secret.CreatedOn }
            : null;

    /// <summary><c>2026-09-04</c>, or with the notice <c>2026-09-04; Delete after 2026-09-19T06:00:00Z</c>.</summary>
    private static string? Finish(Record record)
    {
        var finish = record.Finish?.ToString(DateFormat, CultureInfo.InvariantCulture);
        return record.Notice is { } notice ? $"{finish}; {notice.Retire}{After}{Instant(notice.After)}" : finish;
    }

    private static string? BranchOf(string? address) => address?.Split('/') is [.., { Length: > 0 } branch] ? branch : null;

    private static RetirementNotice? ReadNotice(string? text) => text?.Split(After) is [var retire, var after] ? Notice(after, retire) : null;

    private static RetirementNotice? ReadFormerNotice(string? text) => text?.Split("; ") is [var after, var retire] ? Notice(after, retire) : null;

    private static RetirementNotice? Notice(string after, string retire) =>
        DateTimeOffset.TryParse(after, CultureInfo.InvariantCulture, out var instant)
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
