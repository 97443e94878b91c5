using System.Runtime.CompilerServices;

namespace IterationBranches.Records;

/// <summary>What the versions of a secret say of the past, the newest first.</summary>
public static class VersionLog
{
    // Of an alias it is asked for each of many iterations and credentials, so each list is gone through once, and what it says kept with it.
    private static readonly ConditionalWeakTable<object, Dictionary<string, DateTimeOffset>> s_byCredential = [];
    private static readonly ConditionalWeakTable<object, Dictionary<Guid, DateTimeOffset>> s_byIteration = [];

    /// <summary>
    /// When a later version took the place of the last one that names the credential. Null: no version does.
    /// <see cref="DateTimeOffset.MaxValue"/>: the newest does, so it has not been replaced.
    /// </summary>
    public static DateTimeOffset? ReplacedAt(this IReadOnlyList<Record> versions, string credentialId) =>
        Find(s_byCredential.GetValue(versions, _ => ReplacedAt(versions, version => version.CredentialId ?? "", version => version.WrittenAt)), credentialId);

    /// <inheritdoc cref="ReplacedAt(IReadOnlyList{Record}, string)"/>
    public static DateTimeOffset? ReplacedAt(this IReadOnlyList<Alias> versions, string credentialId) =>
        Find(s_byCredential.GetValue(versions, _ => ReplacedAt(versions, version => version.CredentialId, version => version.WrittenAt)), credentialId);

    /// <summary>The same, of an iteration.</summary>
    public static DateTimeOffset? ReplacedAt(this IReadOnlyList<Alias> versions, Guid iterationId) =>
        Find(s_byIteration.GetValue(versions, _ => ReplacedAt(versions, version => version.IterationId, version => version.WrittenAt)), iterationId);

    private static DateTimeOffset? Find<TKey>(Dictionary<TKey, DateTimeOffset> replaced, TKey named)
        where TKey : notnull => replaced.TryGetValue(named, out var at) ? at : null;

    private static Dictionary<TKey, DateTimeOffset> ReplacedAt<T, TKey>(IReadOnlyList<T> versions, Func<T, TKey> named, Func<T, DateTimeOffset?> writtenAt)
        where TKey : notnull
    {
        var replaced = new Dictionary<TKey, DateTimeOffset>();
        DateTimeOffset? at = null;
        foreach (var version in versions)
        {
            replaced.TryAdd(named(version), at ?? DateTimeOffset.MaxValue);
            at = writtenAt(version);
        }

        return replaced;
    }
}
