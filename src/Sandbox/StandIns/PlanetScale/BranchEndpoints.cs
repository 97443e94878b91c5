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
            .. database.Branches.Where(branch => (production is null || branch.Production == production)
                && (string.IsNullOrEmpty(text) || branch.Name.Contains(text, StringComparison.OrdinalIgnoreCase))),
        ];
        return request.Page(branches, branch => Resources.Branch(database, branch, request.Now, request.Api));
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
        if (backup is not null)
        {
            throw ApiException.NotFound($"Backup with ID: {backup} does not exist.");
        }

        if (request.Body.Text("region") is { Length: > 0 } region && !Resources.IsRegion(region))
        {
            throw ApiException.Unprocessable("Region is not allowed: branches of this database are restricted to its region");
        }

        // Data Branching makes a branch of its parent's own size, so one from production is production.
        var production = seeded is not null && CheckedSeed(database, parent, seeded, request).Production;
        if (!production && database.IsAtLimit)
        {
            // The words of the real refusal are not documented.
            throw ApiException.Unprocessable($"Database has reached its limit of {database.DevelopmentBranchLimit} development branches");
        }

        var branch = new Branch(Names.NewId(), name, parent.Id, request.Token.Actor, request.Now)
        {
            ReadyAfter = state.BranchReadyAfter,
            Production = production,
            RestoredFrom = seeded is null ? null : parent,
            DeletionProtected = request.Body.Flag("deletion_protected") is true,
        };
        database.Branches.Add(branch);
        return Show(201, database, branch, request);
    }

    public Reply Update(Request request)
    {
        var database = state.DatabaseFor(request, "write_database");
        var branch = PlanetScaleState.BranchOf(database, request);
        var name = request.Body.Text("new_name");
        var deletionProtected = request.Body.Flag("deletion_protected");
        if (name is not null && name != branch.Name)
        {
            branch.Name = FreeName(database, name);
        }

        branch.DeletionProtected = deletionProtected ?? branch.DeletionProtected;
        branch.UpdatedAt = request.Now;
        return Show(200, database, branch, request);
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
            descendant.Passwords.Clear();
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

    private static Branch CheckedSeed(PlanetScaleDatabase database, Branch parent, string seeded, Request request)
    {
        if (seeded != "last_successful_backup")
        {
            throw ApiException.InvalidParams("seed_data must be last_successful_backup");
        }

        if (!request.Token.Allows(database, parent.Production ? "restore_production_branch_backup" : "restore_backup"))
        {
            throw ApiException.NotFound();
        }

        return !database.IsMySql || !database.AllowDataBranching ? throw ApiException.Unprocessable("Data branching is not enabled for this database")
            : !database.HasSuccessfulBackup ? throw ApiException.Unprocessable("There is no successful backup to seed the branch with")
            : parent;
    }

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
