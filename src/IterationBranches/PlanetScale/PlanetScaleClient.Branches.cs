using System.Text.RegularExpressions;
using IterationBranches.Branches;

namespace IterationBranches.PlanetScale;

public sealed partial class PlanetScaleClient
{
    private static readonly TimeSpan s_untilDatabaseIsReady = TimeSpan.FromSeconds(60);

    public async Task<Database> GetDatabaseAsync(string database, CancellationToken cancellationToken)
    {
        var operation = new Operation($"read the database \"{database}\"", "read_database", Named(database));
        var answer = await SendAsync(HttpMethod.Get, Path(operation, DatabaseParts(database)), null, cancellationToken);
        if (!answer.IsSuccess)
        {
            throw await ExplainAsync(answer, operation, cancellationToken);
        }

        return ToDatabase(Read(answer, PlanetScaleJson.Default.DatabaseBody, operation), answer, operation);
    }

    public async Task<IReadOnlyList<Branch>> ListBranchesAsync(string database, CancellationToken cancellationToken)
    {
        var operation = new Operation($"list the branches of \"{database}\"", "read_branch", Named(database));
        var branches = await ListAsync(Path(operation, [.. DatabaseParts(database), "branches"]), PlanetScaleJson.Default.PageBranchBody, operation, cancellationToken);
        return [.. branches.Select(body => ToBranch(body, operation)).DistinctBy(branch => branch.Id)];
    }

    public async Task<Branch?> CreateBranchAsync(string database, string name, string parent, BranchSeed? seed, CancellationToken cancellationToken)
    {
        var operation = new Operation(
            seed is null ? $"create the branch \"{name}\"" : $"create the branch \"{name}\" from a backup",
            seed is null ? "create_branch" : "restore_backup, or restore_production_branch_backup for a backup of a production branch",
            $"{Named(database)} or its branch \"{parent}\" (setting Tracks__…__ParentBranch){(seed is null ? "" : " or its backup")}");
        var body = new NewBranch(name, parent)
        {
            SeedData = seed is BranchSeed.DataBranching ? "last_successful_backup" : null,
            BackupId = (seed as BranchSeed.Restore)?.BackupId,
            ClusterSize = (seed as BranchSeed.Restore)?.ClusterSize,
        };
        var answer = await SendAsync(
            HttpMethod.Post, Path(operation, [.. DatabaseParts(database), "branches"]),
            Body(body, PlanetScaleJson.Default.NewBranch), cancellationToken);
        if (answer.IsSuccess)
        {
            return ToBranch(Read(answer, PlanetScaleJson.Default.BranchBody, operation), operation);
        }

        // Neither the status of a name that is taken nor that of a young database is documented.
        var error = PlanetScaleRefusals.Parse(answer, _settings);
        if (answer.Status is 400 or 409 or 422)
        {
            if (error.Says("already been taken") || error.Says("already exists"))
            {
                return null;
            }

            if (IsNotReady(error))
            {
                throw PlanetScaleRefusals.NotYet(answer, error, operation, s_untilDatabaseIsReady);
            }
        }

        throw await ExplainAsync(answer, operation, cancellationToken);
    }

    public async Task DeleteBranchAsync(string database, Branch branch, CancellationToken cancellationToken)
    {
        var operation = new Operation(
            $"delete the branch \"{branch.Name}\" ({branch.Id})", branch.Production ? "delete_production_branch" : "delete_branch", BranchOf(database, branch.Id));
        var deleted = await SendAsync(HttpMethod.Delete, Path(operation, BranchParts(database, branch.Id)), null, cancellationToken);
        if (deleted.IsSuccess)
        {
            return;
        }

        if (deleted.Status != 404)
        {
            throw await ExplainAsync(deleted, operation, cancellationToken);
        }

        // Gone, or not permitted. The whole list says which: a 404 for this one branch would mean nothing either.
        if ((await ListBranchesAsync(database, cancellationToken)).Any(other => other.Id == branch.Id))
        {
            throw PlanetScaleRefusals.NotPermitted(deleted, operation);
        }
    }

    // All open ones of the database, and not only those that PlanetScale finds by the branch's name: that may have changed.
    public async Task<IReadOnlyList<DeployRequest>> ListOpenDeployRequestsAsync(string database, Branch branch, CancellationToken cancellationToken)
    {
        var operation = new Operation($"list the deploy requests of \"{database}\"", "read_deploy_request", Named(database));
        var requests = await ListAsync(
            Path(operation, [.. DatabaseParts(database), "deploy-requests"]), PlanetScaleJson.Default.PageDeployRequestBody, operation, cancellationToken, "state=open&");
        return
        [
            .. requests
                .Where(body => body.State != "closed" && (body.BranchId == branch.Id || IsNamed(body.Branch) || IsNamed(body.IntoBranch)))
                .Select(body => new DeployRequest(body.Number ?? 0, body.Branch ?? "", body.IntoBranch ?? ""))
                .Distinct(),
        ];

        bool IsNamed(string? name) => string.Equals(name, branch.Name, StringComparison.OrdinalIgnoreCase);
    }

    public async Task<SchemaDifference> CompareSchemaAsync(string database, Branch branch, Branch? parent, CancellationToken cancellationToken)
    {
        var mine = await ReadSchemaAsync(database, branch.Id, cancellationToken);
        var theirs = parent is null ? [] : await ReadSchemaAsync(database, parent.Id, cancellationToken);
        // What the parent alone has came to it later, and is not lost with the branch. The same name may stand in several
        // keyspaces, so each table is taken as often as it is there.
        var only = mine.Except(theirs).Select(table => table.Name);
        var more = mine.CountBy(table => table).Where(table => theirs.Count(other => other == table.Key) is > 0 and var count && count < table.Value).Select(table => table.Key.Name);
        return new SchemaDifference([.. only.Concat(more).Distinct().Order(StringComparer.Ordinal)], branch.StaleSchema || parent is { StaleSchema: true });
    }

    public async Task<Backup?> FindLatestBackupAsync(string database, string branch, CancellationToken cancellationToken)
    {
        var operation = new Operation($"list the backups of the branch \"{branch}\"", "read_backups", BranchOf(database, branch));
        var backups = await ListAsync(
            Path(operation, [.. BranchParts(database, branch), "backups"]), PlanetScaleJson.Default.PageBackupBody, operation, cancellationToken, "state=success&");
        var now = time.GetUtcNow();
        return backups
            .Where(body => body is { State: null or "success", DeletedAt: null, Id.Length: > 0 } && (body.ExpiresAt is not { } end || end > now))
            .Select(body => new Backup(body.Id!, body.Name ?? body.Id!, body.CompletedAt ?? body.CreatedAt ?? DateTimeOffset.UnixEpoch, body.ExpiresAt))
            .MaxBy(backup => backup.CompletedAt);
    }

    private async Task<List<(string Name, string Definition)>> ReadSchemaAsync(string database, string branchId, CancellationToken cancellationToken)
    {
        var operation = new Operation($"read the schema of the branch {branchId}", "read_branch", BranchOf(database, branchId));
        var answer = await SendAsync(HttpMethod.Get, Path(operation, [.. BranchParts(database, branchId), "schema"]), null, cancellationToken);
        if (!answer.IsSuccess)
        {
            throw await ExplainAsync(answer, operation, cancellationToken);
        }

        var tables = Read(answer, PlanetScaleJson.Default.SchemaBody, operation).Data ?? throw NotUnderstood(answer, operation, "there is no \"data\"");
        return
        [
            .. tables.OfType<TableBody>().Select(table => (
                Required(table.Name, answer, operation, "name"),
                // How far a table has counted is data, not schema.
                NextNumber().Replace(Required(table.Raw, answer, operation, "raw"), "").Trim())),
        ];
    }

    [GeneratedRegex(@" AUTO_INCREMENT=\d+", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex NextNumber();
}
