using System.Globalization;
using System.Text.Json.Nodes;

namespace IterationBranches.Sandbox.StandIns.PlanetScale;

/// <summary>PlanetScale's resources as it writes them in JSON.</summary>
internal static partial class Resources
{
    private const string RegionSlug = "us-east";
    private const string EdgeAddress = "aws.connect.psdb.cloud";
    private const string RegionalAddress = "us-east.connect.psdb.cloud";
    private const string Avatar = "https://app.planetscale.com/gravatar-fallback.png";

    public static bool IsRegion(string slug) => slug == RegionSlug;

    public static JsonObject Organization(string name, DateTimeOffset createdAt) => new()
    {
        ["id"] = $"org-{name}",
        ["name"] = name,
        ["plan"] = "scaler_pro",
        ["created_at"] = Time(createdAt),
        ["updated_at"] = Time(createdAt),
        ["database_count"] = null,
    };

    public static JsonObject Database(PlanetScaleDatabase database, string api)
    {
        var url = $"{api}/organizations/{database.Organization}/databases/{database.Name}";
        return new()
        {
            ["id"] = database.Id,
            ["url"] = url,
            ["branches_url"] = $"{url}/branches",
            ["branches_count"] = database.Branches.Count,
            ["development_branches_count"] = database.DevelopmentBranches,
            ["production_branches_count"] = database.Branches.Count - database.DevelopmentBranches,
            ["multiple_admins_required_for_deletion"] = false,
            ["ready"] = database.Ready,
            ["at_backup_restore_branches_limit"] = database.IsAtRestoreLimit,
            ["at_development_branch_usage_limit"] = database.IsAtLimit,
            ["data_import"] = null,
            ["region"] = Region(),
            ["html_url"] = $"https://app.planetscale.com/{database.Organization}/{database.Name}",
            ["name"] = database.Name,
            ["state"] = database.Ready ? "ready" : "pending",
            ["sharded"] = false,
            ["default_branch"] = database.Default.Name,
            ["require_approval_for_deploy"] = false,
            ["deletion_protected"] = false,
            ["allow_data_branching"] = database.AllowDataBranching,
            ["foreign_keys_enabled"] = false,
            ["automatic_migrations"] = null,
            ["restrict_branch_region"] = true,
            ["plan"] = "scaler_pro",
            ["created_at"] = Time(database.CreatedAt),
            ["updated_at"] = Time(database.CreatedAt),
            ["schema_last_updated_at"] = null,
            ["kind"] = database.Kind,
        };
    }

    public static JsonObject Branch(PlanetScaleDatabase database, Branch branch, DateTimeOffset now, string api)
    {
        var ready = branch.IsReady(now);
        var readyAt = ready ? branch.CreatedAt + branch.ReadyAfter : branch.CreatedAt;
        var json = new JsonObject
        {
            ["id"] = branch.Id,
            ["type"] = "Branch",
            ["name"] = branch.Name,
            ["created_at"] = Time(branch.CreatedAt),
            ["updated_at"] = Time(readyAt),
            ["deleted_at"] = null,
            ["restore_checklist_completed_at"] = null,
            ["schema_last_updated_at"] = null,
            ["kind"] = database.Kind,
            ["state"] = ready ? "ready" : "pending",
            ["cluster_name"] = branch.ClusterSize,
            ["cluster_iops"] = null,
            ["ready"] = ready,
            ["schema_ready"] = ready,
            ["metal"] = false,
            ["production"] = branch.Production,
            ["safe_migrations"] = false,
            ["deletion_protected"] = branch.DeletionProtected,
            ["stale_schema"] = branch.StaleSchema,
            ["actor"] = ActorOf(branch.Actor, withType: true),
            ["restored_from_branch"] = branch.RestoredFrom is { } source ? Reference(source) : null,
            ["private_edge_connectivity"] = false,
            ["has_replicas"] = branch.Production,
            ["has_read_only_replicas"] = false,
            ["html_url"] = $"https://app.planetscale.com/{database.Organization}/{database.Name}/{branch.Name}",
            ["url"] = $"{api}/organizations/{database.Organization}/databases/{database.Name}/branches/{branch.Name}",
            ["region"] = Region(),
            ["parent_branch"] = database.ParentName(branch),
        };
        foreach (var (name, value) in database.IsMySql ? MySqlFields() : PostgresFields(database, branch))
        {
            json[name] = value?.DeepClone();
        }

        return json;
    }

    private static JsonObject MySqlFields() => new()
    {
        ["mysql_address"] = RegionalAddress,
        ["mysql_edge_address"] = EdgeAddress,
        ["direct_vtgate"] = false,
        ["vtgate_size"] = "VTG_DEV",
        ["vtgate_name"] = null,
        ["vtgate_count"] = 1,
        ["vtgate_autoscaling"] = false,
        ["vtgate_max_count"] = null,
        ["vtgate_target_cpu_utilization"] = null,
        ["vtgate_options"] = new JsonObject(),
        ["sharded"] = false,
        ["shard_count"] = 0,
        ["keyspace_count"] = 1,
    };

    private static JsonObject PostgresFields(PlanetScaleDatabase database, Branch branch) => new()
    {
        ["cluster_architecture"] = "x86_64",
        ["cluster_display_name"] = branch.ClusterSize.Replace('_', '-'),
        ["replicas"] = branch.Production ? 2 : 0,
        ["default"] = branch == database.Default,
        ["has_roles"] = branch.Credentials.Count > 0,
        ["storage_type"] = "gp3",
        ["minimum_storage_bytes"] = 10737418240,
        ["maximum_storage_bytes"] = 21474836480,
        ["read_only_reason"] = null,
    };

    internal static JsonObject ActorOf(Actor actor, bool withType)
    {
        var json = new JsonObject { ["id"] = actor.Id };
        if (withType)
        {
            json["type"] = actor.Type;
        }

        json["display_name"] = actor.DisplayName;
        json["avatar_url"] = Avatar;
        return json;
    }

    internal static JsonObject Reference(Branch branch) => new()
    {
        ["id"] = branch.Id,
        ["name"] = branch.Name,
        ["created_at"] = Time(branch.CreatedAt),
        ["updated_at"] = Time(branch.CreatedAt),
        ["deleted_at"] = null,
    };

    private static JsonObject Region() => new()
    {
        ["id"] = "r1a2b3c4d5e6",
        ["type"] = "Region",
        ["provider"] = "AWS",
        ["enabled"] = true,
        ["public_ip_addresses"] = new JsonArray("192.0.2.10", "192.0.2.11"),
        ["display_name"] = "AWS us-east-1",
        ["location"] = "N. Virginia",
        ["slug"] = RegionSlug,
        ["current_default"] = true,
        ["mysql_supported"] = true,
        ["postgresql_supported"] = true,
    };

    internal static string? Time(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
