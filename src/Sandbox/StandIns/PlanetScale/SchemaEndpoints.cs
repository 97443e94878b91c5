using System.Text.Json.Nodes;

namespace IterationBranches.Sandbox.StandIns.PlanetScale;

/// <summary>What is known of a branch's tables and their changes: its schema, its backups, and the deploy requests.</summary>
internal sealed class SchemaEndpoints(PlanetScaleState state)
{
    public Reply Get(Request request)
    {
        var database = state.DatabaseFor(request, "read_branch", "delete_branch", "create_branch", "connect_branch", "connect_production_branch");
        var branch = PlanetScaleState.BranchOf(database, request);
        return new Reply(200, new JsonObject { ["data"] = new JsonArray([.. branch.Schema.Select(table => Resources.Table(table.Key, table.Value))]) });
    }

    public Reply ListBackups(Request request)
    {
        var branch = BackedUpBranch(request);
        var wanted = request.Query("state");
        var all = request.Flag("all") is true;
        List<Backup> backups =
        [
            .. branch.Backups.Where(backup => (string.IsNullOrEmpty(wanted) || backup.State == wanted) && (all || !(backup.ExpiresAt <= request.Now))),
        ];
        return request.Page(backups, Resources.Backup);
    }

    /// <summary>MySQL only: Postgres has none.</summary>
    public Reply ListDeployRequests(Request request)
    {
        var database = state.DatabaseFor(request, "read_deploy_request");
        if (!database.IsMySql)
        {
            throw ApiException.NotFound();
        }

        Func<DeployRequest, bool> isWanted = request.Query("state") switch
        {
            null or "" => _ => true,
            "open" => deploy => deploy.ClosedAt is null,
            "closed" => deploy => deploy.ClosedAt is not null,
            "deployed" => _ => false,
            _ => throw ApiException.InvalidParams("state must be open, closed or deployed"),
        };
        List<DeployRequest> found =
        [
            .. request.Listed(database.DeployRequests, database.FormerDeployRequests, deploy => deploy.Branch.Name).Where(deploy => isWanted(deploy) && Matches("branch", deploy.Branch) && Matches("into_branch", deploy.IntoBranch)),
        ];
        return request.Page(found, deploy => Resources.DeployRequest(database, deploy));

        bool Matches(string query, Branch branch) => request.Query(query) is not { Length: > 0 } name || branch.Name == name;
    }

    private Branch BackedUpBranch(Request request) => PlanetScaleState.BranchOf(state.DatabaseFor(request, "read_backups"), request);
}
