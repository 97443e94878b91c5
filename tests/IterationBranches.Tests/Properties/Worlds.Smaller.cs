using System.Globalization;
using IterationBranches.Credentials;
using IterationBranches.Provisioning;
using Record = IterationBranches.Records.Record;

namespace IterationBranches.Tests.Properties;

/// <summary>How a world that breaks a property is made smaller, and told.</summary>
internal static partial class Worlds
{
    /// <summary>The same world with one thing less.</summary>
    private static IEnumerable<World> Smaller(World world)
    {
        var vault = world.Vault;
        return
        [
            .. Without(world.Iterations).Select(fewer => world with { Iterations = fewer }),
            .. Without(vault.Records).Select(fewer => world with { Vault = vault with { Records = fewer } }),
            .. Without(world.Branches).Select(fewer => world with { Branches = fewer, Credentials = world.Credentials.Where(list => fewer.Any(branch => branch.Id == list.Key)).ToDictionary() }),
            .. Without(vault.Aliases).Select(fewer => world with { Vault = vault with { Aliases = fewer } }),
            .. Without(vault.OtherNames).Select(fewer => world with { Vault = vault with { OtherNames = fewer.ToHashSet(StringComparer.OrdinalIgnoreCase) } }),
            .. Without(world.Memory.Refusals).Select(fewer => world with { Memory = world.Memory with { Refusals = fewer.ToDictionary() } }),
            .. world.Credentials.SelectMany(list => Without(list.Value), (list, fewer) => world.WithCredentials(list.Key, fewer)),
            .. world.Versions.Where(log => log.Value.Count > 1).Select(log => world with
            {
                Versions = new Dictionary<string, IReadOnlyList<Record>>(world.Versions) { [log.Key] = [.. log.Value.SkipLast(1)] },
            }),
            .. vault.Records.Where(record => record.Refused is not null).Select(record => world.With(record with { Refused = null })),
        ];
    }

    private static IEnumerable<IReadOnlyList<T>> Without<T>(IReadOnlyCollection<T> all) =>
        all.Select((_, left) => (IReadOnlyList<T>)[.. all.Where((_, index) => index != left)]);

    public static string Text(World world) => string.Join('\n', Lines(world).Select(line => $"  {line}"));

    private static IEnumerable<string> Lines(World world) =>
    [
        $"{Instant(world.Now)}, {world.Today:yyyy-MM-dd} in {world.TimeZone.Id}; track {world.Track.Name}, names {world.Track.BranchName}, from {world.Parent}, lead {world.Track.LeadTime}, {world.Track.Retire}{(world.Track.DataBranching ? ", seeded" : "")}{(world.Track.AllowProductionBranch ? ", production" : "")}; we are {world.ActorId ?? "unknown"}",
        $"{world.Database}",
        .. world.Iterations.Select(iteration => $"iteration {iteration.Id:D} '{iteration.Name}' {iteration.Path} {iteration.Start:yyyy-MM-dd} to {iteration.Finish:yyyy-MM-dd}"),
        world.Deselected is null ? "the project is not seen" : $"in the project: {string.Join(", ", world.Deselected.Select(iteration => $"{iteration.Id:D} to {iteration.Finish:yyyy-MM-dd}"))}",
        .. world.Branches.Select(branch => $"{branch}"),
        .. world.Inspections.Where(one => one.Value.Against is not null).Select(one => $"against the deletion of {one.Key}: {one.Value.Against}"),
        .. world.Vault.Records.Select(record => $"record {Text(record)}"),
        .. world.Versions.SelectMany(log => log.Value.Skip(1)).Select(version => $"older version {Text(version)}"),
        .. world.Vault.Aliases.Select(alias => $"alias {alias.SecretName} of {alias.Track}: {alias.IterationId:D} {alias.CredentialId}{(alias.Enabled ? "" : " disabled")}"),
        .. world.AliasVersions.SelectMany(log => log.Value).Select(version => $"version of {version.SecretName} since {Instant(version.WrittenAt)}: {version.IterationId:D} {version.CredentialId}"),
        .. world.Vault.OtherNames.Select(name => $"somebody's secret {name}"),
        .. world.Credentials.Select(list => $"credentials of {list.Key}: {string.Join(", ", list.Value.Select(Text))}"),
        .. world.Memory.Refusals.Select(refusal => $"refused {refusal.Key} until {Instant(refusal.Value.NotBefore)}"),
        $"plan: {Planned(world)}",
    ];

    private static string Text(Record record) =>
        $"{record.SecretName} of {record.Track} for {record.IterationId:D}: {record.State}{(record.Enabled ? " enabled" : "")} branch {record.Branch} ({record.BranchId}) credential {record.CredentialId} to {Instant(record.ExpiresAt)} claimed {Instant(record.ClaimedAt)} at {record.ProviderAddress} refused {Instant(record.Refused?.NotBefore)} finish {record.Finish:yyyy-MM-dd} notice {record.Notice?.Retire} {Instant(record.Notice?.After)}{(record.Seeded ? " seeded" : "")} written {Instant(record.WrittenAt)}";

    private static string Text(Credential credential) =>
        $"{credential.Id} '{credential.Name}' by {credential.ActorId} from {Instant(credential.CreatedAt)} to {Instant(credential.ExpiresAt)} for {credential.Lifetime?.TotalDays} days{(credential.Renewable ? ", renewable" : "")}";

    private static string Instant(DateTimeOffset? instant) => instant?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? "-";

    private static string Planned(World world)
    {
        try
        {
            return string.Join("; ", Plan.For(world).Steps);
        }
        catch (Exception failure)
        {
            return failure.GetType().Name;
        }
    }
}
