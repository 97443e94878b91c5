using System.Net;
using System.Text.Json.Nodes;

namespace IterationBranches.Sandbox.StandIns.PlanetScale;

// Tables, backups and deploy requests.
internal static partial class Resources
{
    public static JsonObject Table(string name, string definition) => new()
    {
        ["name"] = name,
        ["html"] = $"<div>{WebUtility.HtmlEncode(definition)}</div>",
        ["raw"] = definition,
    };

    public static JsonObject Backup(Backup backup) => new()
    {
        ["id"] = backup.Id,
        ["name"] = backup.CompletedAt.ToString("yyyy.MM.dd HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture),
        ["state"] = backup.State,
        ["size"] = 104857600,
        ["estimated_storage_cost"] = 0.01,
        ["created_at"] = Time(backup.CompletedAt),
        ["updated_at"] = Time(backup.CompletedAt),
        ["started_at"] = Time(backup.CompletedAt),
        ["completed_at"] = backup.State is "pending" or "running" ? null : Time(backup.CompletedAt),
        ["expires_at"] = Time(backup.ExpiresAt),
        ["deleted_at"] = null,
        ["protected"] = false,
        ["required"] = false,
        ["restored_branches"] = new JsonArray(),
        ["actor"] = null,
        ["database_branch"] = Reference(backup.Branch),
    };

    public static JsonObject DeployRequest(PlanetScaleDatabase database, DeployRequest deploy)
    {
        var isOpen = deploy.ClosedAt is null;
        return new()
        {
            ["id"] = $"dr-{database.Id}-{deploy.Number}",
            ["number"] = deploy.Number,
            ["branch"] = deploy.Branch.Name,
            ["branch_id"] = deploy.Branch.Id,
            ["branch_deleted"] = !database.Branches.Contains(deploy.Branch),
            ["into_branch"] = deploy.IntoBranch.Name,
            ["approved"] = false,
            ["state"] = isOpen ? "open" : "closed",
            ["deployment_state"] = isOpen ? "ready" : "cancelled",
            ["created_at"] = Time(deploy.CreatedAt),
            ["closed_at"] = Time(deploy.ClosedAt),
            ["html_url"] = $"https://app.planetscale.com/{database.Organization}/{database.Name}/deploy-requests/{deploy.Number}",
        };
    }
}
