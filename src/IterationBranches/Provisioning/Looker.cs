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
        var vault = await records.ListAsync(cancellationToken);
        var deselected = await ListDeselectedAsync(track, wantedList, vault, cancellationToken);
        var database = await branches.GetDatabaseAsync(track.Database, cancellationToken);
        var found = await branches.ListBranchesAsync(track.Database, cancellationToken);
        var (issued, unseen) = await ListCredentialsAsync(track, vault, database, found, cancellationToken);
        var now = clock.GetUtcNow();
        var world = new World
        {
            Track = track,
            Organization = settings.PlanetScale.Organization,
            Now = now,
            Today = settings.Today(now),
            TimeZone = settings.TimeZone,
            Iterations = wantedList,
            Deselected = deselected,
            Database = database,
            Branches = found,
            Vault = vault,
            Versions = new Dictionary<string, IReadOnlyList<Record>>(),
            Credentials = issued,
            Unseen = unseen,
            Memory = memory,
            Operation = operation,
            ActorId = settings.PlanetScale.ActorId ?? memory.ActorId,
        };
        var wanted = Schedule.Of(track, wantedList, world.Today).Where(scheduled => scheduled.Standing == Standing.Wanted)
            .Select(scheduled => vault.RecordOf(track.Name, scheduled.Iteration.Id)?.SecretName).OfType<string>();
        return await ReadOnAsync(await ReadAsync(world, Unread.Of(wanted), cancellationToken), cancellationToken);
    }

    /// <summary>Of the branches that records name and that have any. A branch that is asleep, or has gone since it was listed, hides its own alone.</summary>
    /// <exception cref="ServiceException">None of them can be seen, though the branches are there: it is not permitted.</exception>
    private async Task<(Dictionary<string, IReadOnlyList<Credential>> Issued, List<string> Unseen)> ListCredentialsAsync(
        Track track, VaultListing vault, Database database, IReadOnlyList<Branch> found, CancellationToken cancellationToken)
    {
        var (issued, unseen) = (new Dictionary<string, IReadOnlyList<Credential>>(), new List<(Branch Branch, ServiceException Refusal)>());
        var recorded = vault.RecordsOf(track.Name).Where(record => record.State != RecordState.Deleted).Select(record => record.BranchId).ToHashSet();
        foreach (var branch in found.Where(branch => branch is { Ready: true, Deleting: false } && recorded.Contains(branch.Id)))
        {
            try
            {
                issued[branch.Id] = await credentials.ListCredentialsAsync(database, branch.Id, cancellationToken);
            }
            catch (ServiceException refusal) when (refusal.Failure == Failure.PersonNeeded && refusal.Status == 404)
            {
                unseen.Add((branch, refusal));
            }
        }

        if (issued.Count == 0 && unseen.Count > 0 && (await branches.ListBranchesAsync(track.Database, cancellationToken)).Any(branch => !branch.Deleting && branch.Id == unseen[0].Branch.Id))
        {
            throw unseen[0].Refusal;
        }

        return (issued, [.. unseen.Select(one => $"the credentials of branch {one.Branch.Name} are not looked after: {one.Refusal.Message}")]);
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
        var versions = world.Versions.ToDictionary();
        var vault = world.Vault;
        foreach (var name in unread.Records)
        {
            var all = versions[name] = await records.ListVersionsAsync(name, cancellationToken);
            vault = all is [var newest, ..] ? vault.With(newest) : vault.Without(name);
        }

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

        return world with { Vault = vault, Versions = versions, AliasVersions = aliases, Inspections = inspections };
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
