namespace IterationBranches.Records;

/// <summary>What the versions of a secret say of the past, the newest first.</summary>
public static class VersionLog
{
    /// <summary>
    /// When a later version took the place of the last one that <paramref name="names"/> what is asked for. Null: no version
    /// does. <see cref="DateTimeOffset.MaxValue"/>: the newest does, so it has not been replaced.
    /// </summary>
    public static DateTimeOffset? ReplacedAt(this IReadOnlyList<Record> versions, Func<Record, bool> names) =>
        ReplacedAt(versions, names, version => version.WrittenAt);

    /// <inheritdoc cref="ReplacedAt(IReadOnlyList{Record}, Func{Record, bool})"/>
    public static DateTimeOffset? ReplacedAt(this IReadOnlyList<Alias> versions, Func<Alias, bool> names) =>
        ReplacedAt(versions, names, version => version.WrittenAt);

    private static DateTimeOffset? ReplacedAt<T>(IReadOnlyList<T> versions, Func<T, bool> names, Func<T, DateTimeOffset?> writtenAt)
    {
        for (var i = 0; i < versions.Count; i++)
        {
            if (names(versions[i]))
            {
                return i == 0 ? DateTimeOffset.MaxValue : writtenAt(versions[i - 1]) ?? DateTimeOffset.MaxValue;
            }
        }

        return null;
    }
}
