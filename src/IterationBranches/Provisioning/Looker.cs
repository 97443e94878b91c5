using IterationBranches.Branches;
using IterationBranches.Configuration;
using IterationBranches.Credentials;
using IterationBranches.Iterations;
using IterationBranches.Records;

namespace IterationBranches.Provisioning;

/// <summary>Looks everything up that a plan for one track needs. It changes nothing.</summary>
public sealed class Looker(
    IIterationSource iterations, IBranchProvider branches, ICredentialProvider credentials, IRecordStore records, Settings settings, TimeProvider clock)
{
    /// <exception cref="ServiceException">A part could not be seen; then nothing is concluded from the rest.</exception>
    public async Task<World> LookAsync(Track track, TrackMemory memory, LookOperation? operation, CancellationToken cancellationToken)
    {
        var wantedList = await iterations.ListAsync(track, cancellationToken);
        var vault = await WithAliasesAsync(track, memory, await records.ListAsync(cancellationToken), cancellationToken);
        var now = clock.GetUtcNow();
        var today = settings.Today(now);
        var (withWanted, versions) = await WithWantedAsync(
            track, Schedule.Of(track, wantedList, today).Where(scheduled => scheduled.Standing == Standing.Wanted).Select(scheduled => scheduled.Iteration), vault, cancellationToken);
        var deselected = await ListDeselectedAsync(track, wantedList, withWanted, cancellationToken);
        var database = await branches.GetDatabaseAsync(track.Database, cancellationToken);
        var world = new World
        {
            Track = track,
            Organization = settings.PlanetScale.Organization,
            Now = now,
            Today = today,
            TimeZone = settings.TimeZone,
            MaximumValidity = settings.KeyVault.MaximumValidity,
            Iterations = wantedList,
            Deselected = deselected,
            Database = database,
            Branches = await branches.ListBranchesAsync(track.Database, cancellationToken),
            Vault = withWanted,
            Versions = versions,
            Credentials = new Dictionary<string, IReadOnlyList<Credential>>(),
            Memory = memory,
            Operation = operation,
            ActorId = settings.PlanetScale.ActorId ?? memory.ActorId,
        };
        return await ReadOnAsync(await WithCredentialsAsync(await WithMissingBranchesAsync(world, cancellationToken), cancellationToken), cancellationToken);
    }

    /// <summary>An alias that was there and is not listed is asked for by its name; so is the track's own.</summary>
    private async Task<VaultListing> WithAliasesAsync(Track track, TrackMemory memory, VaultListing listed, CancellationToken cancellationToken)
    {
        foreach (var name in memory.Aliases.Append(track.Alias).Distinct(StringComparer.OrdinalIgnoreCase)
            .Where(name => listed.AliasOf(track.Name, name) is null && !listed.OtherNames.Contains(name)).ToList())
        {
            if (await records.ListAliasVersionsAsync(name, cancellationToken) is [var alias, ..])
            {
                listed = listed.With(alias);
            }
        }

        return listed;
    }

    /// <summary>The record of each wanted iteration is read by its name, listed or not.</summary>
    private async Task<(VaultListing Vault, IReadOnlyDictionary<string, IReadOnlyList<Record>> Versions)> WithWantedAsync(
        Track track, IEnumerable<Iteration> wanted, VaultListing listed, CancellationToken cancellationToken)
    {
        var versions = new Dictionary<string, IReadOnlyList<Record>>();
        foreach (var name in wanted.Select(iteration => Record.NameFor(track.Name, iteration.Id)).Where(name => !listed.OtherNames.Contains(name)))
        {
            versions[name] = await records.ListVersionsAsync(name, cancellationToken);
        }

        return (listed.With(versions), versions);
    }

    /// <summary>Branches that something would be concluded of because the list has them not: each is asked for by its own id or name.</summary>
    private async Task<World> WithMissingBranchesAsync(World world, CancellationToken cancellationToken)
    {
        var recorded = world.Vault.RecordsOf(world.Track.Name).Where(record => Plan.IsOnDatabase(world, record)).ToList();
        var byId = recorded.Select(record => record.BranchId).OfType<string>().Where(id => world.BranchById(id) is null);
        // A claim of an earlier run may have its branch already.
        var byName = recorded.Where(record => record is { State: RecordState.Claimed, BranchId: null }).Select(record => record.Branch).Append(world.Parent)
            .Where(name => world.BranchByName(name) is null);
        var all = new List<Branch>();
        foreach (var missing in byId.Concat(byName).Distinct())
        {
            if (await branches.FindBranchAsync(world.Database.Name, missing, cancellationToken) is { } found)
            {
                all.Add(found);
            }
        }

        // One may have been asked for both ways.
        return world.With(all.DistinctBy(found => found.Id).ToList());
    }

    /// <summary>Of the branches that records name and that have any. A branch that is asleep, or has gone since it was listed, hides its own alone.</summary>
    private async Task<World> WithCredentialsAsync(World world, CancellationToken cancellationToken)
    {
        var (issued, unseen, why) = (new Dictionary<string, IReadOnlyList<Credential>>(), new List<string>(), (string?)null);
        foreach (var ofBranch in world.Vault.RecordsOf(world.Track.Name).Where(record => record is { State: not RecordState.Deleted, BranchId: not null }).GroupBy(record => record.BranchId!))
        {
            if (world.BranchById(ofBranch.Key) is not { Ready: true, Deleting: false } branch)
            {
                continue;
            }

            try
            {
                var living = ofBranch.Where(record => record.ExpiresAt is not { } end || end > world.Now).Select(record => record.CredentialId).OfType<string>();
                issued[branch.Id] = await ListCredentialsAsync(world.Database, branch.Id, living, cancellationToken);
            }
            catch (ServiceException refusal) when (refusal.Failure == Failure.PersonNeeded && refusal.Status == 404)
            {
                unseen.Add($"the credentials of branch {branch.Name} are not looked after: {refusal.Message}");
                why ??= branch.Asleep ? null : unseen[^1];
            }
        }

        return world with { Credentials = issued, Unseen = unseen, WhyNoneSeen = issued.Count == 0 ? why : null };
    }

    /// <summary>A credential that a record names, that has not ended, and that the list has not, is asked for by its id.</summary>
    private async Task<IReadOnlyList<Credential>> ListCredentialsAsync(Database database, string branchId, IEnumerable<string> named, CancellationToken cancellationToken)
    {
        List<Credential> listed = [.. await credentials.ListCredentialsAsync(database, branchId, cancellationToken)];
        foreach (var missing in named.Except(listed.Select(credential => credential.Id)).ToList())
        {
            if (await credentials.FindCredentialAsync(database, branchId, missing, cancellationToken) is { } found)
            {
                listed.Add(found);
            }
        }

        return listed;
    }

    /// <summary>Reads what the plan of this world found unread, until it finds nothing more.</summary>
    public async Task<World> ReadOnAsync(World world, CancellationToken cancellationToken)
    {
        while (Plan.For(world).Unread is { IsNothing: false } unread)
        {
            world = await ReadAsync(world, unread, cancellationToken);
        }

        return world;
    }

    public async Task<World> ReadAsync(World world, Unread unread, CancellationToken cancellationToken)
    {
        // A listing names no versions, and a tag is changed on exactly the version that was read.
        var (versions, read) = (world.Versions.ToDictionary(), new Dictionary<string, IReadOnlyList<Record>>());
        foreach (var name in unread.Records)
        {
            versions[name] = read[name] = await records.ListVersionsAsync(name, cancellationToken);
        }

        var vault = world.Vault.With(read);

        var aliases = world.AliasVersions.ToDictionary();
        foreach (var name in unread.Aliases)
        {
            aliases[name] = await records.ListAliasVersionsAsync(name, cancellationToken);
        }

        var inspections = world.Inspections.ToDictionary();
        foreach (var id in unread.Branches)
        {
            inspections[id] = await InspectAsync(world, world.BranchById(id)!, cancellationToken);
        }

        if (unread.Vault)
        {
            vault = vault.With(await records.ListAsync(cancellationToken));
        }

        return world with
        {
            Vault = vault,
            IsVaultListedTwice = world.IsVaultListedTwice || unread.Vault,
            Versions = versions,
            AliasVersions = aliases,
            Inspections = inspections,
        };
    }

    /// <summary>Read only for records whose iteration is not in the list; null when Boards does not show the project, which holds up nothing else.</summary>
    private async Task<IReadOnlyList<Iteration>?> ListDeselectedAsync(Track track, IReadOnlyList<Iteration> listed, VaultListing vault, CancellationToken cancellationToken)
    {
        var missing = vault.RecordsOf(track.Name).Select(record => record.IterationId).Except(listed.Select(iteration => iteration.Id)).ToHashSet();
        if (missing.Count == 0)
        {
            return [];
        }

        try
        {
            return [.. (await iterations.ListProjectAsync(track, cancellationToken)).Where(iteration => missing.Contains(iteration.Id))];
        }
        catch (ServiceException refusal) when (refusal.Failure == Failure.PersonNeeded)
        {
            return null;
        }
    }

    /// <summary>What is not known speaks against a deletion too, of this branch alone.</summary>
    private async Task<Inspection> InspectAsync(World world, Branch branch, CancellationToken cancellationToken)
    {
        if (world.Database.Kind != DatabaseKind.MySql)
        {
            return new(null);
        }

        try
        {
            var requests = await branches.ListOpenDeployRequestsAsync(world.Database.Name, branch, cancellationToken);
            if (requests is [var open, ..])
            {
                return new($"deploy request #{open.Number} from {open.Branch} into {open.IntoBranch} is open");
            }

            if (world.Track.RetireUndeployed)
            {
                return new(null);
            }

            var parent = branch.Parent is { } name ? world.BranchByName(name) : null;
            var difference = await branches.CompareSchemaAsync(world.Database.Name, branch, parent, cancellationToken);
            return new(difference.IsEqual ? null
                : difference.Tables.Count == 0 ? $"whether {branch.Name} has schema changes that are not in its parent cannot be said yet"
                : $"{branch.Name} has schema changes that are not in its parent ({string.Join(", ", difference.Tables.Take(5))}{(difference.Tables.Count > 5 ? ", …" : "")}); deploy or drop them, or set Tracks__{world.Track.Name}__RetireUndeployed to true");
        }
        catch (ServiceException refusal) when (refusal.Failure != Failure.ToldToWait)
        {
            return new($"it could not be inspected: {refusal.Message}");
        }
    }
}
