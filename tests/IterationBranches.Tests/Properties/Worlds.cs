using FsCheck;
using FsCheck.Fluent;
using IterationBranches.Branches;
using IterationBranches.Configuration;
using IterationBranches.Credentials;
using IterationBranches.Iterations;
using IterationBranches.Provisioning;
using IterationBranches.Records;
using static IterationBranches.Tests.Provisioning.Some;
using Record = IterationBranches.Records.Record;

namespace IterationBranches.Tests.Properties;

/// <summary>
/// Worlds as Boards, PlanetScale, the vault and people's hands in each can leave them. Names, ids and times come from
/// few values, so that they meet: what is of no interest is rare, not absent.
/// </summary>
internal static partial class Worlds
{
    private static readonly string[] s_names =
    [
        "Sprint 42", "sprint-42", "SPRINT 42!", "Sprint 42 2a6f9d84", "Спринт 42", "スプリント", "🚀", "---", "", "main", "Develop", "Straße & Œuvre",
        "An iteration whose name is so long that nobody would ever type it in full, and more so", "Sprint-42-but-cut-where-a-hyphen-stands-at-the-end-of-the-ma -x",
    ];

    private static readonly TimeZoneInfo[] s_zones =
        [TimeZoneInfo.Utc, .. new[] { "Europe/Berlin", "America/Los_Angeles", "Pacific/Kiritimati" }.Select(TimeZoneInfo.FindSystemTimeZoneById)];

    private static readonly Gen<Guid> s_ids =
        from first in Gen.Frequency((8, Gen.Choose(0, int.MaxValue)), (1, Gen.Constant(0x2a6f9d84)))
        from last in Gen.Choose(0, int.MaxValue)
        select new Guid(first, 0, 0x4000, [0x80, 0, 0, 0, .. BitConverter.GetBytes(last)]);

    private static readonly Gen<Track> s_tracks =
        from name in Mostly("orders", "Orders", "o")
        from template in Mostly("{iteration}", "{track}-{iteration}", "--db--{iteration}--", new string('x', 70) + "{iteration}", "{iteration}-Ü-{track}")
        from lead in Mostly(TimeSpan.FromDays(3), TimeSpan.Zero, (TimeSpan?)null)
        from parent in Mostly<string?>(null, "develop", "MAIN")
        from retire in Gen.Elements(Retirement.Keep, Retirement.Revoke, Retirement.Delete)
        from isSeeded in Mostly(false, false, true)
        from allowsProduction in Mostly(false, true)
        select Orders with
        {
            Name = name,
            BranchName = template,
            LeadTime = lead,
            ParentBranch = parent,
            Retire = retire,
            DataBranching = isSeeded,
            AllowProductionBranch = allowsProduction,
        };

    public static Arbitrary<World> Any { get; } = Arb.From(Generated(), Smaller);

    /// <summary>Some iterations have been taken out of the team's list, or out of the project; their records stay.</summary>
    private static Gen<World> Generated() =>
        from track in s_tracks
        from seconds in Gen.Choose(0, 3 * 86_400)
        from zone in Gen.Elements(s_zones)
        let now = Now.AddSeconds(seconds)
        let today = DayOf(now, zone)
        from count in Gen.Choose(0, 5)
        from all in Gen.ArrayOf(IterationOf(today), count).Select(iterations => iterations.DistinctBy(iteration => iteration.Id).ToArray())
        from iterations in Gen.CollectToArray(all, iteration =>
            from isListed in Mostly(true, false)
            from isInProject in Mostly(true, false)
            select (iteration, isListed, isInProject))
        from isProjectSeen in Mostly(true, true, true, false)
        from branches in BranchesOf(track, all, now)
        from records in RecordsOf(track, all, branches, now)
        from credentials in Gen.CollectToArray(
            branches.Where(branch => branch.Ready && records.Any(record => record.BranchId == branch.Id && record.Track == track.Name)),
            branch => CredentialsOf(branch, records, now))
        from vault in VaultOf(track, all, records)
        from memory in MemoryOf(all, now)
        from versions in Gen.CollectToArray(records, record => VersionsOf(record, branches))
        from aliases in Gen.CollectToArray(vault.Aliases, alias => VersionsOf(alias, all, records, now))
        from inspections in Gen.CollectToArray(branches, branch => Mostly<string?>(null, "deploy request #7 is open").Select(against => (branch.Id, against)))
        from defaultBranch in Mostly("main", branches.Select(branch => branch.Name).ToArray())
        from kind in Mostly(DatabaseKind.MySql, DatabaseKind.MySql, DatabaseKind.MySql, DatabaseKind.Postgres)
        from isFull in Mostly(false, true)
        from allowsData in Mostly(true, false)
        from actor in Mostly<string?>(Us, (string?)null)
        select new World
        {
            Track = track,
            Organization = "acme",
            Now = now,
            Today = today,
            TimeZone = zone,
            Iterations = [.. iterations.Where(listed => listed.isListed).Select(listed => listed.iteration)],
            Deselected = isProjectSeen ? [.. iterations.Where(listed => !listed.isListed && listed.isInProject).Select(listed => listed.iteration)] : null,
            Database = new Database("shop", kind, defaultBranch, Ready: true, isFull, now.AddSeconds(-1)) { AllowsDataBranching = allowsData },
            Branches = branches,
            Vault = vault,
            IsVaultListedTwice = true,
            Versions = versions.ToDictionary(log => log[0].SecretName, log => (IReadOnlyList<Record>)log),
            AliasVersions = aliases.ToDictionary(log => log[0].SecretName, log => (IReadOnlyList<Alias>)log),
            Inspections = inspections.ToDictionary(one => one.Id, one => new Inspection(one.against)),
            Credentials = credentials.ToDictionary(list => list.Branch.Id, list => (IReadOnlyList<Credential>)list.Credentials),
            Memory = memory,
            ActorId = actor,
        };

    public static DateOnly DayOf(DateTimeOffset now, TimeZoneInfo zone) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime);

    /// <summary>The first value, and about every fourth time one of the others.</summary>
    private static Gen<T> Mostly<T>(T usual, params T[] others) => Gen.Frequency((3, Gen.Constant(usual)), (1, Gen.Elements([usual, .. others])));

    private static Gen<Iteration> IterationOf(DateOnly today) =>
        from id in s_ids
        from name in Gen.Elements(s_names)
        from path in Mostly($@"Meridian\Release 5\{name}", @"meridian\RELEASE 5", $@"Meridian\Release 5\Sprint 42\{name}")
        from dates in Gen.Frequency<(DateOnly?, DateOnly?)>(
            (6, from start in Gen.Choose(-60, -15) from length in Gen.Choose(0, 24) select ((DateOnly?)today.AddDays(start), (DateOnly?)today.AddDays(start + length))),
            (12, from start in Gen.Choose(-15, 5) from length in Gen.Choose(-1, 24) select ((DateOnly?)today.AddDays(start), (DateOnly?)today.AddDays(start + length))),
            (1, Gen.Elements<(DateOnly?, DateOnly?)>((null, null), (today, null), (null, today), (DateOnly.MinValue, DateOnly.MaxValue))))
        select new Iteration(id, name, path, dates.Item1, dates.Item2);

    private static Gen<Branch[]> BranchesOf(Track track, Iteration[] iterations, DateTimeOffset now)
    {
        var names = iterations.SelectMany(iteration => new[] { BranchName.For(track, iteration), BranchName.Suffixed(track, iteration) })
            .Append("renamed-since").Append("develop").Where(name => name != "main").Distinct();
        return from taken in Gen.SubListOf(names)
               from main in Mostly(true, true, true, false)
               from branches in Gen.CollectToArray(taken, name => BranchOf(name, now))
               select main ? (Branch[])[Main, .. branches] : branches;
    }

    private static Gen<Branch> BranchOf(string name, DateTimeOffset now) =>
        from isUpper in Mostly(false, true)
        from parent in Mostly("main", "develop", "Main", null)
        from ready in Gen.Elements(true, true, false)
        from production in Mostly(false, false, true)
        from isProtected in Mostly(false, true)
        from age in Gen.Elements(0, 30, 59, 60, 90, 179, 180, 181, 300, 1199, 1200, 1201, 90_000)
        from actor in Mostly(Us, "somebody", null)
        select new Branch($"b-{name}", isUpper ? name.ToUpperInvariant() : name, parent, ready, production, isProtected, now.AddSeconds(-age), actor);

    private static Gen<Record[]> RecordsOf(Track track, Iteration[] iterations, Branch[] branches, DateTimeOffset now)
    {
        Track[] tracks = [track, Orders with { Name = "billing", BranchName = track.BranchName }];
        var all = from iteration in iterations from owner in tracks select (Iteration: iteration, Owner: owner);
        return from records in Gen.CollectToArray(all, one =>
                   from exists in Gen.Choose(1, 10)
                   from record in RecordOf(one.Owner, one.Iteration, branches, now)
                   select exists <= (one.Owner == track ? 7 : 2) ? record : null)
               select records.OfType<Record>().DistinctBy(record => record.SecretName, StringComparer.OrdinalIgnoreCase).ToArray();
    }

    private static Gen<Record> RecordOf(Track track, Iteration iteration, Branch[] branches, DateTimeOffset now)
    {
        var plain = BranchName.For(track, iteration);
        return from state in Gen.Frequency(
                   (5, Gen.Constant(RecordState.Claimed)), (5, Gen.Constant(RecordState.Ready)), (4, Gen.Elements(RecordState.Revoked, RecordState.Revoked, RecordState.Deleted)))
               from name in Mostly(plain, BranchName.Suffixed(track, iteration), "renamed-since", "main")
               let namesake = branches.FirstOrDefault(branch => string.Equals(branch.Name, name, StringComparison.OrdinalIgnoreCase))?.Id
               from branchId in state == RecordState.Claimed
                   ? Gen.Frequency<string?>((3, Gen.Constant<string?>(null)), (2, Gen.Constant<string?>(namesake)), (1, IdOf(branches)))
                   : Gen.Frequency<string?>((6, Gen.Constant<string?>(namesake ?? "b-gone")), (1, IdOf(branches)))
               from credential in state == RecordState.Claimed ? Mostly<string?>(null, $"c-{track}-{iteration.Id8}") : Mostly($"c-{track}-{iteration.Id8}", (string?)null)
               from enabled in Mostly(true, false)
               from database in Mostly("shop", "shop", "SHOP", "ledger")
               from age in Gen.Elements(0, 30, 60, 61, 90, 200, 1200, 90_000)
               from life in Gen.Elements(-60, 0, 1, 3600, 864_000)
               from refused in Mostly<Refusal?>(null, Refusals(now))
               from seeded in Mostly(false, true)
               from finish in Mostly(iteration.Finish, null, iteration.Finish?.AddDays(iteration.Finish < DateOnly.MaxValue.AddDays(-9) ? 2 : -2))
               from notice in Mostly<RetirementNotice?>(state == RecordState.Revoked ? new RetirementNotice(now.AddDays(-1), track.Retire) : null, [.. from days in new[] { -1, 0, 3 } from retire in new[] { track.Retire, track.Retire, Retirement.Delete } select new RetirementNotice(now.AddDays(days), retire)])
               select new Record(Record.NameFor(track.Name, iteration.Id), track.Name, iteration.Id, iteration.Path, state, name, now.AddSeconds(-age), branchId, credential)
               {
                   ProviderAddress = $"planetscale://acme/{database}/{name}",
                   Version = "v0",
                   Enabled = state == RecordState.Ready && enabled,
                   ExpiresAt = credential is null ? null : now.AddSeconds(life),
                   Refused = refused,
                   Seeded = seeded,
                   Finish = state == RecordState.Claimed ? null : finish,
                   Notice = notice,
                   WrittenAt = now.AddDays(-8),
               };
    }

    private static Gen<string?> IdOf(Branch[] branches) => Gen.Elements([null, "b-gone", .. branches.Select(branch => branch.Id)]);

    private static Refusal[] Refusals(DateTimeOffset now) =>
        [.. new[] { -3600, 0, 1, 600, 7200 }.Select(seconds => new Refusal(now.AddSeconds(seconds), TimeSpan.FromHours(1), "mend it"))];

    /// <summary>The log of a record, the newest first.</summary>
    private static Gen<Record[]> VersionsOf(Record record, Branch[] branches) =>
        from count in Gen.Choose(0, 2)
        from older in Gen.ArrayOf(
            from branchId in IdOf(branches)
            from name in Mostly(record.Branch, "renamed-since")
            from state in Mostly(RecordState.Claimed, RecordState.Ready, RecordState.Deleted)
            from credential in Gen.Elements($"{record.BranchId}-1", $"{record.BranchId}-2", null)
            select record with { BranchId = branchId, Branch = name, State = state, CredentialId = credential, Enabled = false },
            count)
        from ages in Gen.ArrayOf(Gen.Elements(1, 6, 7, 8), older.Length)
        select (Record[])[record, .. Aged(older, ages, record.WrittenAt!.Value, (version, at) => version with { WrittenAt = at })];

    private static Gen<Alias[]> VersionsOf(Alias alias, Iteration[] iterations, Record[] records, DateTimeOffset now) =>
        from count in Mostly(0, 1, 2)
        from older in Gen.ArrayOf(
            from iteration in Gen.Elements<Guid>([alias.IterationId, .. iterations.Select(iteration => iteration.Id)])
            from credential in Gen.Elements<string>([alias.CredentialId, .. records.Select(record => record.CredentialId).OfType<string>()])
            select alias with { IterationId = iteration, CredentialId = credential },
            count)
        from ages in Gen.ArrayOf(Gen.Elements(1, 6, 7, 8), older.Length + 1)
        select Aged([alias, .. older], ages, now, (version, at) => version with { WrittenAt = at });

    /// <summary>Each version is so many days older than the one after it.</summary>
    private static T[] Aged<T>(T[] versions, int[] ages, DateTimeOffset now, Func<T, DateTimeOffset, T> written)
    {
        for (var i = 0; i < versions.Length; i++)
        {
            now = now.AddDays(-ages[i]);
            versions[i] = written(versions[i], now);
        }

        return versions;
    }

    private static Gen<(Branch Branch, Credential[] Credentials)> CredentialsOf(Branch branch, Record[] records, DateTimeOffset now)
    {
        var named = records.Where(record => record.BranchId == branch.Id && record.CredentialId is not null);
        return from own in Gen.CollectToArray(named, record =>
                   from credential in CredentialOf(branch, Mostly(record.CredentialId!, $"gone-{branch.Id}"), now)
                   from isAsNoted in Mostly(true, false)
                   select isAsNoted ? credential with { ExpiresAt = record.ExpiresAt, Lifetime = credential.Lifetime ?? TimeSpan.FromDays(20) } : credential)
               from count in Gen.Choose(1, 3)
               from others in Gen.ArrayOf(CredentialOf(branch, Gen.Choose(0, 2).Select(n => n == 0 ? "c-alias" : $"{branch.Id}-{n}"), now), count)
               select (branch, own.Concat(others).DistinctBy(credential => credential.Id).ToArray());
    }

    private static Gen<Credential> CredentialOf(Branch branch, Gen<string> ids, DateTimeOffset now) =>
        from id in ids
        from name in Mostly("ib-2a6f9d84-0badcafe", "by-hand", "IB-2a6f9d84-0badcafe")
        from age in Gen.Elements(0, 60, 899, 900, 901, 90_000)
        from life in Gen.Elements<int?>(-60, 0, 1, 3600, 864_000, null)
        from actor in Mostly(Us, "somebody", null)
        from lifetime in Gen.Elements(1, 20)
        from renewable in Mostly(true, false)
        select new Credential(id, name, branch.Id, now.AddSeconds(-age), life is { } seconds ? now.AddSeconds(seconds) : null, actor)
        {
            Lifetime = life is null ? null : TimeSpan.FromDays(lifetime),
            Renewable = renewable,
        };

    private static Gen<VaultListing> VaultOf(Track track, Iteration[] iterations, Record[] records) =>
        from aliasOf in Gen.Elements<Guid>([Guid.Empty, .. iterations.Select(iteration => iteration.Id)])
        let named = records.FirstOrDefault(record => record.IterationId == aliasOf && record.Track == track.Name)?.CredentialId
        from credential in Mostly(named ?? "c-alias", "c-alias")
        from owner in Mostly(track.Name, track.Name.ToUpperInvariant(), "billing")
        from enabled in Mostly(true, false)
        from kind in Gen.Frequency((2, Gen.Constant("none")), (5, Gen.Constant("alias")), (2, Gen.Constant("foreign")))
        from older in Mostly<Alias?>(null, new Alias("an-older-name", track.Name, aliasOf, "c-alias"))
        from foreign in Gen.CollectToArray(iterations, iteration => Mostly<string?>(null, null, Record.NameFor(track.Name, iteration.Id).ToUpperInvariant()))
        from tagged in Mostly(aliasOf, Guid.Empty)
        let alias = kind == "alias" ? new Alias(track.Alias, owner, tagged, credential) { Enabled = enabled } : null
        let others = foreign.OfType<string>()
            .Where(name => records.All(record => !string.Equals(record.SecretName, name, StringComparison.OrdinalIgnoreCase)))
            .Concat(kind == "foreign" ? [track.Alias.ToLowerInvariant()] : [])
        select new VaultListing(records, [.. new[] { alias, older }.OfType<Alias>()], others.ToHashSet(StringComparer.OrdinalIgnoreCase));

    private static Gen<TrackMemory> MemoryOf(Iteration[] iterations, DateTimeOffset now) =>
        from refusals in Gen.CollectToArray(
            iterations.Select(iteration => iteration.Id.ToString("N")).Append(TrackMemory.Alias).Append(TrackMemory.Orphans),
            key => Mostly<Refusal?>(null, Refusals(now)).Select(refusal => (key, refusal)))
        select refusals.Where(one => one.refusal is not null).Aggregate(new TrackMemory(), (memory, one) => memory.With(one.key, one.refusal!));
}
