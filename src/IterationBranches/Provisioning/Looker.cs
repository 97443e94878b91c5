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
    public async Task<World> LookAsync(Track track, TrackMemory memory, CancellationToken cancellationToken)
    {
        var wantedList = await iterations.ListAsync(track, cancellationToken);
        var vault = await records.ListAsync(cancellationToken);
        var database = await branches.GetDatabaseAsync(track.Database, cancellationToken);
        var found = await branches.ListBranchesAsync(track.Database, cancellationToken);
        var today = settings.Today(clock.GetUtcNow());

        // A listing names no versions, and a tag is changed on exactly the version that was read.
        var versions = new Dictionary<string, IReadOnlyList<Record>>();
        foreach (var scheduled in Schedule.Of(track, wantedList, today).Where(scheduled => scheduled.Standing == Standing.Wanted))
        {
            if (vault.RecordOf(track.Name, scheduled.Iteration.Id) is { } record)
            {
                var all = await records.ListVersionsAsync(record.SecretName, cancellationToken);
                versions[record.SecretName] = all;
                vault = all is [var newest, ..] ? vault.With(newest) : vault;
            }
        }

        var issued = new Dictionary<string, IReadOnlyList<Credential>>();
        foreach (var branchId in vault.RecordsOf(track.Name).Select(record => record.BranchId).OfType<string>().Distinct())
        {
            if (found.Any(branch => branch.Id == branchId && branch.Ready))
            {
                issued[branchId] = await credentials.ListCredentialsAsync(database, branchId, cancellationToken);
            }
        }

        return new World
        {
            Track = track,
            Organization = settings.PlanetScale.Organization,
            Now = clock.GetUtcNow(),
            Today = today,
            TimeZone = settings.TimeZone,
            Iterations = wantedList,
            Database = database,
            Branches = found,
            Vault = vault,
            Versions = versions,
            Credentials = issued,
            Memory = memory,
            ActorId = settings.PlanetScale.ActorId ?? memory.ActorId,
        };
    }
}
