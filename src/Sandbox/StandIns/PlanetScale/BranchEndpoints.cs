using System.Globalization;

namespace IterationBranches.Sandbox.StandIns.PlanetScale;

internal sealed class BranchEndpoints(PlanetScaleState state)
{
    private static readonly string[] s_read = ["read_branch", "delete_branch", "create_branch", "connect_branch", "connect_production_branch"];

    public Reply List(Request request)
    {
        var database = state.DatabaseFor(request, s_read);
        var production = request.Flag("production");
        var text = request.Query("q");
        List<Branch> branches =
        [
            .. request.Listed(database.Branches, database.FormerBranches, branch => branch.Name).Where(branch => !branch.IsGone(request.ListedAt) && (production is null || branch.Production == production)
                && (string.IsNullOrEmpty(text) || branch.Name.Contains(text, StringComparison.OrdinalIgnoreCase))),
        ];
        return request.Page(branches, branch => Resources.Branch(database, branch, request.ListedAt, request.Api));
    }

    public Reply Get(Request request)
    {
        var database = state.DatabaseFor(request, s_read);
        return Show(200, database, PlanetScaleState.BranchOf(database, request), request);
    }

    public Reply Create(Request request)
    {
        var database = state.DatabaseOf(request);
        var seeded = request.Body.Text("seed_data");
        var backup = request.Body.Text("backup_id");
        if (!request.Token.Allows(database, seeded is null && backup is null ? ["create_branch"] : ["restore_backup", "restore_production_branch_backup"]))
        {
            throw ApiException.NotFound();
        }

        if (!database.Ready)
        {
            throw ApiException.BadRequest("Database is still initializing and cannot create branches.");
        }

        var name = FreeName(database, request.Body.Text("name"));
        var parent = ParentOf(database, request);
        if (request.Body.Text("region") is { Length: > 0 } region && !Resources.IsRegion(region))
        {
            throw ApiException.Unprocessable("Region is not allowed: branches of this database are restricted to its region");
        }

        var source = seeded is not null ? SeedOf(database, parent, seeded, request) : backup is not null ? BackupOf(database, backup, request) : null;
        var size = source is null ? Branch.DevelopmentSize : seeded is not null ? parent.ClusterSize : SizeOf(request);
        // Data Branching makes a branch of its parent's own size, so one from production is production; a restored one is what its size makes it.
        var production = seeded is not null ? parent.Production : size != Branch.DevelopmentSize;
        CheckLimits(database, production, isRestored: source is not null);
        var branch = new Branch(Names.NewId(), name, parent.Id, request.Token.Actor, request.Now)
        {
            ReadyAfter = state.BranchReadyAfter + (source is null ? TimeSpan.Zero : state.RestoreTakes),
            Production = production,
            ClusterSize = size,
            RestoredFrom = source?.Branch,
            HasData = source is not null,
            // A plain branch of Postgres is empty.
            Schema = source is not null ? new(source.Schema.ToDictionary(), StringComparer.Ordinal) : database.IsMySql ? new(parent.Schema, StringComparer.Ordinal) : new(StringComparer.Ordinal),
            DeletionProtected = request.Body.Flag("deletion_protected") is true,
        };
        database.Branches.Add(branch);
        return Show(201, database, branch, request);
    }

    public Reply Delete(Request request)
    {
        var database = state.DatabaseOf(request);
        var branch = PlanetScaleState.BranchOf(database, request);
        CheckDeletable(database, branch, request);
        List<Branch> doomed = [branch];
        for (var i = 0; i < doomed.Count; i++)
        {
            doomed.AddRange(database.ChildrenOf(doomed[i]));
        }

        if (doomed.Count > 1 && request.Flag("delete_descendants") is not true)
        {
            throw ApiException.Unprocessable("Branch has child branches and cannot be deleted");
        }

        doomed.ForEach(descendant => CheckDeletable(database, descendant, request));
        foreach (var descendant in doomed.Where(descendant => descendant.DeletionStartedAt is null))
        {
            descendant.DeletionStartedAt = request.Now;
            descendant.DeletionTakes = state.DeletionTakes;
            descendant.Credentials.Clear();
        }

        state.Sweep(request.Now);
        return new Reply(204);
    }

    private static void CheckDeletable(PlanetScaleDatabase database, Branch branch, Request request)
    {
        if (!request.Token.Allows(database, branch.Production ? "delete_production_branch" : "delete_branch"))
        {
            throw ApiException.NotFound();
        }

        if (branch == database.Default)
        {
            throw ApiException.Unprocessable("The default branch cannot be deleted");
        }

        if (branch.DeletionProtected)
        {
            throw ApiException.Unprocessable("Branch is protected from deletion");
        }
    }

    private static void CheckLimits(PlanetScaleDatabase database, bool production, bool isRestored)
    {
        // The words of the real refusals are not documented.
        if (!production && database.IsAtLimit)
        {
            throw ApiException.Unprocessable($"Database has reached its limit of {database.DevelopmentBranchLimit} development branches");
        }

        if (isRestored && database.IsAtRestoreLimit)
        {
            throw ApiException.Unprocessable($"Database has reached its limit of {database.RestoredBranchLimit} branches restored from backups");
        }
    }

    private static Backup SeedOf(PlanetScaleDatabase database, Branch parent, string seeded, Request request)
    {
        if (seeded != "last_successful_backup")
        {
            throw ApiException.InvalidParams("seed_data must be last_successful_backup");
        }

        CheckRestorable(database, parent, request);
        return !database.IsMySql || !database.AllowDataBranching
            ? throw ApiException.Unprocessable("Data branching is not enabled for this database")
            : parent.Backups.Where(backup => backup.IsUsable(request.Now)).MaxBy(backup => backup.CompletedAt)
                ?? throw ApiException.Unprocessable("There is no successful backup to seed the branch with");
    }

    private static Backup BackupOf(PlanetScaleDatabase database, string id, Request request)
    {
        var backup = database.Branches.SelectMany(branch => branch.Backups).FirstOrDefault(backup => backup.Id == id)
            ?? throw ApiException.NotFound($"Backup with ID: {id} does not exist.");
        CheckRestorable(database, backup.Branch, request);
        return backup.IsUsable(request.Now) ? backup : throw ApiException.Unprocessable("Backup cannot be restored");
    }

    private static void CheckRestorable(PlanetScaleDatabase database, Branch source, Request request)
    {
        if (!request.Token.Allows(database, source.Production ? ["restore_production_branch_backup"] : ["restore_backup", "restore_production_branch_backup"]))
        {
            throw ApiException.NotFound();
        }
    }

    /// <summary>A restored branch has no size unless it is named.</summary>
    private static string SizeOf(Request request) => request.Body.Text("cluster_size") switch
    {
        null or "" => throw ApiException.Unprocessable("Cluster size can't be blank"),
        Branch.DevelopmentSize => Branch.DevelopmentSize,
        { } size when size.StartsWith("PS_", StringComparison.Ordinal) && int.TryParse(size[3..], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 10 and <= 2800 => size,
        _ => throw ApiException.Unprocessable("Cluster size is not included in the list"),
    };

    private static string FreeName(PlanetScaleDatabase database, string? name)
    {
        var valid = Names.ValidBranchName(name);
        return database.Branches.Exists(branch => branch.Name == valid) ? throw ApiException.Unprocessable("Name has already been taken") : valid;
    }

    /// <summary>By name only. The command line sends an empty name for the default branch, and PlanetScale takes it.</summary>
    private static Branch ParentOf(PlanetScaleDatabase database, Request request) => request.Body.Text("parent_branch") is { Length: > 0 } name
        ? database.Branches.Find(branch => branch.Name == name && branch.DeletionStartedAt is null) ?? throw ApiException.NotFound()
        : database.Default;

    private Reply Show(int status, PlanetScaleDatabase database, Branch branch, Request request) =>
        new(status, Resources.Branch(database, branch, request.Now, request.Api));
}
