using System.Text.RegularExpressions;
using IterationBranches.Branches;
using IterationBranches.Configuration;

namespace IterationBranches.PlanetScale;

/// <summary>
/// The branches of a database. Only ids and names are relied on: what the published schema requires is not always sent. Where a
/// missing field could do harm, it is read as what forbids more.
/// </summary>
internal sealed partial class PlanetScaleBranches(IPlanetScaleApi api, NotFound notFound, Settings settings, TimeProvider time) : IBranchProvider
{
    private static readonly TimeSpan s_untilDatabaseIsReady = TimeSpan.FromSeconds(60);

    private readonly string _organization = settings.PlanetScale.Organization;

    public async Task<Database> GetDatabaseAsync(string database, CancellationToken cancellationToken)
    {
        var operation = new Operation($"read the database \"{database}\"", "read_database", Operation.Named(database));
        using var found = await notFound.ExplainAsync(api.GetDatabaseAsync(_organization, database, operation, cancellationToken), operation, cancellationToken);
        return ToDatabase(found.Content ?? throw operation.NotUnderstood("it is empty"), found.Headers?.Date ?? time.GetUtcNow(), operation);
    }

    public async Task<IReadOnlyList<Branch>> ListBranchesAsync(string database, CancellationToken cancellationToken)
    {
        var operation = new Operation($"list the branches of \"{database}\"", "read_branch", Operation.Named(database));
        var branches = await notFound.ListAsync(
            page => api.ListBranchesAsync(_organization, database, page, operation, cancellationToken), operation, cancellationToken);
        return [.. branches.Select(body => ToBranch(body, operation)).DistinctBy(branch => branch.Id)];
    }

    public async Task<Branch?> FindBranchAsync(string database, string idOrName, CancellationToken cancellationToken)
    {
        var operation = new Operation($"read the branch \"{idOrName}\"", "read_branch", Operation.BranchOf(database, idOrName));
        try
        {
            return ToBranch(await api.GetBranchAsync(_organization, database, idOrName, operation, cancellationToken), operation);
        }
        catch (PlanetScaleException refusal) when (refusal.Status == 404)
        {
            await notFound.ThrowIfTokenIsBadAsync(operation, refusal, cancellationToken);
            return null;
        }
    }

    public async Task<Branch?> CreateBranchAsync(string database, string name, string parent, BranchSeed? seed, CancellationToken cancellationToken)
    {
        var operation = new Operation(
            seed is null ? $"create the branch \"{name}\"" : $"create the branch \"{name}\" from a backup",
            seed is null ? "create_branch" : "restore_backup, or restore_production_branch_backup for a backup of a production branch",
            $"{Operation.Named(database)} or its branch \"{parent}\" (setting Tracks__…__ParentBranch){(seed is null ? "" : " or its backup")}")
        {
            UntilReady = s_untilDatabaseIsReady,
        };
        var branch = new NewBranch(
            name, parent, seed is BranchSeed.DataBranching ? "last_successful_backup" : null, (seed as BranchSeed.Restore)?.BackupId, (seed as BranchSeed.Restore)?.ClusterSize);
        try
        {
            return ToBranch(
                await notFound.ExplainAsync(api.CreateBranchAsync(_organization, database, branch, operation, cancellationToken), operation, cancellationToken), operation);
        }
        catch (PlanetScaleException refusal) when (refusal.NameIsTaken)
        {
            return null;
        }
    }

    public async Task DeleteBranchAsync(string database, Branch branch, CancellationToken cancellationToken)
    {
        var operation = new Operation(
            $"delete the branch \"{branch.Name}\" ({branch.Id})", branch.Production ? "delete_production_branch" : "delete_branch", Operation.BranchOf(database, branch.Id));
        try
        {
            await api.DeleteBranchAsync(_organization, database, branch.Id, operation, cancellationToken);
        }
        catch (PlanetScaleException refusal) when (refusal.Status == 404)
        {
            // Gone, or not permitted: a branch that can still be read is still there.
            if (await FindBranchAsync(database, branch.Id, cancellationToken) is not null)
            {
                throw operation.NotPermitted();
            }
        }
    }

    // All open ones of the database, and not only those that PlanetScale finds by the branch's name: that may have changed.
    public async Task<IReadOnlyList<DeployRequest>> ListOpenDeployRequestsAsync(string database, Branch branch, CancellationToken cancellationToken)
    {
        var operation = new Operation($"list the deploy requests of \"{database}\"", "read_deploy_request", Operation.Named(database));
        var requests = await notFound.ListAsync(
            page => api.ListDeployRequestsAsync(_organization, database, page, operation, cancellationToken), operation, cancellationToken);
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
        var there = theirs.CountBy(table => table).ToDictionary();
        var more = mine.CountBy(table => table).Where(table => there.TryGetValue(table.Key, out var count) && count < table.Value).Select(table => table.Key.Name);
        return new SchemaDifference([.. only.Concat(more).Distinct().Order(StringComparer.Ordinal)], branch.StaleSchema || parent is { StaleSchema: true });
    }

    public async Task<Backup?> FindLatestBackupAsync(string database, string branch, CancellationToken cancellationToken)
    {
        var operation = new Operation($"list the backups of the branch \"{branch}\"", "read_backups", Operation.BranchOf(database, branch));
        var backups = await notFound.ListAsync(
            page => api.ListBackupsAsync(_organization, database, branch, page, operation, cancellationToken), operation, cancellationToken);
        var now = time.GetUtcNow();
        return backups
            .Where(body => body is { State: null or "success", DeletedAt: null, Id.Length: > 0 } && (body.ExpiresAt is not { } end || end > now))
            .Select(body => new Backup(body.Id!, body.Name ?? body.Id!, body.CompletedAt ?? body.CreatedAt ?? DateTimeOffset.UnixEpoch, body.ExpiresAt))
            .MaxBy(backup => backup.CompletedAt);
    }

    private async Task<List<(string Name, string Definition)>> ReadSchemaAsync(string database, string branchId, CancellationToken cancellationToken)
    {
        var operation = new Operation($"read the schema of the branch {branchId}", "read_branch", Operation.BranchOf(database, branchId));
        var schema = await notFound.ExplainAsync(api.GetBranchSchemaAsync(_organization, database, branchId, operation, cancellationToken), operation, cancellationToken);
        var tables = schema?.Data ?? throw operation.NotUnderstood("there is no \"data\"");
        return
        [
            .. tables.OfType<TableBody>().Select(table => (
                operation.Required(table.Name, "name"),
                // How far a table has counted is data, not schema.
                NextNumber().Replace(operation.Required(table.Raw, "raw"), "").Trim())),
        ];
    }

    private static Database ToDatabase(DatabaseBody body, DateTimeOffset asOf, Operation operation) => new(
        operation.Required(body.Name, "name"),
        body.Kind?.ToLowerInvariant() switch
        {
            "mysql" => DatabaseKind.MySql,
            "postgresql" or "postgres" => DatabaseKind.Postgres,
            _ => DatabaseKind.Unknown,
        },
        // Without it the default branch could not be kept from harm.
        operation.Required(body.DefaultBranch, "default_branch"),
        body.Ready ?? body.State == "ready",
        body.AtDevelopmentBranchUsageLimit ?? false,
        asOf)
    {
        AllowsDataBranching = body.AllowDataBranching ?? false,
        AtRestoreLimit = body.AtBackupRestoreBranchesLimit ?? false,
        DevelopmentBranches = body.DevelopmentBranchesCount,
    };

    private static Branch ToBranch(BranchBody? body, Operation operation) => body is { Id: { Length: > 0 } id, Name: { Length: > 0 } name }
        ? new Branch(
            id,
            name,
            string.IsNullOrEmpty(body.ParentBranch) ? null : body.ParentBranch,
            body.Ready ?? body.State == "ready",
            body.Production ?? true,
            body.DeletionProtected ?? true,
            // Older than every claim, so never taken for the branch of one.
            body.CreatedAt ?? DateTimeOffset.UnixEpoch,
            body.Actor?.Id)
        {
            RestoredFrom = body.RestoredFromBranch?.Id,
            ClusterName = body.ClusterName,
            StaleSchema = body.StaleSchema ?? true,
            Asleep = body.State is "sleep_in_progress" or "sleeping" or "awakening",
            Deleting = body.DeletedAt is not null,
        }
        : throw operation.NotUnderstood("a branch has no id or name");

    [GeneratedRegex(@" AUTO_INCREMENT=\d+", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex NextNumber();
}
