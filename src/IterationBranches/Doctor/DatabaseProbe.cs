using IterationBranches.Branches;
using IterationBranches.Configuration;
using IterationBranches.Credentials;
using IterationBranches.PlanetScale;
using IterationBranches.Provisioning;
using IterationBranches.Records;

namespace IterationBranches.Doctor;

/// <summary>One database: whether it is there, fit for what its tracks ask of it, and open to the service token.</summary>
/// <param name="token">What the token may do; null when it may not say so.</param>
internal sealed class DatabaseProbe(
    Settings settings, Func<PlanetScaleAccess> access, Func<PlanetScaleBranches> planetScale, Lazy<Task<ServiceToken?>> token, TimeProvider time, IReadOnlyList<Track> tracks)
{
    private readonly string _database = tracks[0].Database;

    public Probe Probe => new(Name, LookAtAsync) { Mend = MendOf };

    private string Name => $"PlanetScale, {_database}";

    private string MendOf(ServiceException refusal) => refusal.Status is 403 or 404
        ? $"Correct Tracks__{tracks[0].Name}__Database; or add the permission that is named to the service token {settings.PlanetScale.ServiceTokenId} on {_database} (Settings, Service tokens)."
        : "Mend the check of PlanetScale first.";

    private async Task<IReadOnlyList<Check>> LookAtAsync(CancellationToken cancellationToken)
    {
        var permitted = await FindTokenAsync(cancellationToken);
        // What the token says is better than a 404, which says "missing or not permitted".
        if (permitted is not null && Missing(permitted, ["read_database", "read_branch"]) is { Count: > 0 } blind)
        {
            return blind;
        }

        var client = planetScale();
        var database = await client.GetDatabaseAsync(_database, cancellationToken);
        var branches = await client.ListBranchesAsync(_database, cancellationToken);
        var byName = branches.ToLookup(branch => branch.Name, StringComparer.OrdinalIgnoreCase);
        var parents = tracks.Select(track => byName[track.ParentBranch ?? database.DefaultBranch].FirstOrDefault()).ToList();
        var needed = ServiceTokenPermissions.NeededFor(tracks, database.Kind, parents.Exists(parent => parent is { Production: true }));
        List<Check> checks = [.. Unfit(database, branches)];
        if (permitted is not null)
        {
            checks.AddRange(Missing(permitted, needed));
            if (ServiceTokenPermissions.Excess(permitted, _database, needed) is { Count: > 0 } excess)
            {
                checks.Add(PlanetScaleProbes.TooMuch($"on the database {_database}", excess));
            }
        }
        else
        {
            checks.AddRange(await TryAsync(client, database, parents.OfType<Branch>().FirstOrDefault(), needed, cancellationToken));
        }

        if (checks.TrueForAll(check => check.Outcome != Outcome.Failed))
        {
            checks.Insert(0, Check.Ok(Name, $"a {(database.Kind == DatabaseKind.Postgres ? "Postgres" : "MySQL")} database with {branches.Count} branches, for {string.Join(", ", tracks)}"));
        }

        return checks;
    }

    private async Task<ServiceToken?> FindTokenAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await token.Value.WaitAsync(cancellationToken);
        }
        catch (ServiceException)
        {
            // The token's own check says so.
            return null;
        }
    }

    private List<Check> Missing(ServiceToken permitted, IReadOnlyList<string> needed) =>
        [.. needed.Where(permission => !ServiceTokenPermissions.Has(permitted, permission, _database)).Select(Lacks)];

    private Check Lacks(string permission) => Check.Failed(
        Name, $"the service token lacks the permission {permission} on {_database}",
        $"Add {permission} on {_database} to the service token {settings.PlanetScale.ServiceTokenId} (Settings, Service tokens).");

    /// <summary>Where the token may not say what it is permitted: what can be tried without effect.</summary>
    private async Task<IReadOnlyList<Check>> TryAsync(PlanetScaleBranches client, Database database, Branch? parent, IReadOnlyList<string> needed, CancellationToken cancellationToken)
    {
        List<Check> checks = [];
        if (await access().MayCreateBranchesAsync(_database, cancellationToken) is false)
        {
            checks.Add(Lacks("create_branch"));
        }

        if (parent is not null && needed.Contains("read_deploy_request"))
        {
            await AskAsync(() => client.ListOpenDeployRequestsAsync(_database, parent, cancellationToken));
        }

        if (parent is not null && needed.Contains("read_backups"))
        {
            await AskAsync(() => client.FindLatestBackupAsync(_database, parent.Id, cancellationToken));
        }

        return checks;

        async Task AskAsync(Func<Task> ask)
        {
            try
            {
                await ask();
            }
            catch (ServiceException refusal)
            {
                checks.Add(Check.Of(Name, refusal, MendOf));
            }
        }
    }

    private IEnumerable<Check> Unfit(Database database, IReadOnlyList<Branch> branches)
    {
        if (database.Kind == DatabaseKind.Unknown)
        {
            yield return Check.Failed(Name, "it is neither a MySQL nor a Postgres database", $"Name another one in Tracks__{tracks[0].Name}__Database, or use a newer version of the app.");
            yield break;
        }

        if (!database.Ready)
        {
            yield return Check.Warning(Name, "it is not ready: asleep, or being made", "Wake it at PlanetScale, or wait.");
        }

        if (database.AtBranchLimit)
        {
            yield return Check.Failed(Name, $"it has as many development branches as PlanetScale allows ({database.DevelopmentBranches})", "Delete branches that nobody needs, let Retire=Delete do it, or ask PlanetScale for more.");
        }

        foreach (var track in tracks)
        {
            // As the plan judges it, with nothing to plan.
            if (Plan.WhyNoBranch(EmptyWorld(track, database, branches), track.DataBranching) is { } reason)
            {
                yield return Check.Failed(Name, $"no branch can be made for {track.Name}: {reason}", $"Change that setting of Tracks__{track.Name}__…, or the database at PlanetScale.");
            }

            if (database.Kind == DatabaseKind.Postgres && track.AllowedCidrs.Count > 0)
            {
                yield return Check.Failed(
                    Name, $"Postgres has address ranges for a whole database, not for the credentials of {track.Name}",
                    $"Leave out Tracks__{track.Name}__AllowedCidrs, and set them in the database's settings at PlanetScale.");
            }
        }
    }

    private World EmptyWorld(Track track, Database database, IReadOnlyList<Branch> branches) => new()
    {
        Track = track,
        Organization = settings.PlanetScale.Organization,
        Now = time.GetUtcNow(),
        Today = settings.Today(time.GetUtcNow()),
        TimeZone = settings.TimeZone,
        Iterations = [],
        Database = database,
        Branches = branches,
        Vault = new([], [], new HashSet<string>()),
        Versions = new Dictionary<string, IReadOnlyList<Record>>(),
        Credentials = new Dictionary<string, IReadOnlyList<Credential>>(),
        Memory = new(),
    };
}
