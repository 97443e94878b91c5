namespace IterationBranches.Sandbox.StandIns.PlanetScale;

/// <summary>The names of what a service token may be allowed to do, and the set that the product documents.</summary>
public static class TokenPermissions
{
    /// <summary>Development branches: create, connect, rotate and clean up; the deploy requests, which only MySQL has, are read before a deletion.</summary>
    public static IReadOnlyList<string> Development { get; } =
        ["read_database", "read_branch", "create_branch", "connect_branch", "delete_branch", "delete_branch_password", "read_deploy_request"];

    /// <summary>What branches from production's backups need on top of <see cref="Development"/>.</summary>
    public static IReadOnlyList<string> DataBranching { get; } =
    [
        "read_backups", "restore_backup", "restore_production_branch_backup", "connect_production_branch",
        "delete_production_branch", "delete_production_branch_password",
    ];

    public static IReadOnlySet<string> Organization { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "read_organization", "read_invoices", "read_audit_logs", "read_databases", "create_databases", "delete_databases",
        "read_oauth_applications", "read_oauth_tokens", "write_oauth_tokens", "delete_oauth_tokens",
        "read_service_tokens", "write_service_tokens", "delete_service_tokens", "write_teams", "read_metrics_endpoints",
    };

    public static IReadOnlySet<string> Database { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "read_database", "write_database", "delete_database", "create_branch", "read_branch", "delete_branch", "delete_production_branch",
        "connect_branch", "connect_production_branch", "delete_branch_password", "delete_production_branch_password",
        "create_deploy_request", "read_deploy_request", "approve_deploy_request", "create_comment", "read_comment",
        "read_backups", "write_backups", "delete_backups", "delete_production_branch_backups",
        "restore_backup", "restore_production_branch_backup", "write_branch_vschema", "write_production_branch_vschema",
    };
}

internal sealed class ServiceToken(string id, string secret, Actor actor, string organization, DateTimeOffset createdAt)
{
    public string Id { get; } = id;

    public string Secret { get; } = secret;

    public Actor Actor { get; } = actor;

    public string Organization { get; } = organization;

    public DateTimeOffset CreatedAt { get; } = createdAt;

    public DateTimeOffset? ExpiresAt { get; init; }

    public DateTimeOffset? LastUsedAt { get; private set; }

    public HashSet<string> OrganizationPermissions { get; init; } = [];

    public Dictionary<string, HashSet<string>> DatabasePermissions { get; init; } = [];

    private readonly Queue<DateTimeOffset> _lastMinute = [];

    public bool Allows(PlanetScaleDatabase database, params ReadOnlySpan<string> anyOf)
    {
        if (DatabasePermissions.TryGetValue(database.Name, out var permissions))
        {
            foreach (var permission in anyOf)
            {
                if (permissions.Contains(permission))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Counts a request, and says whether it is one more than a minute may have.</summary>
    public bool ExceedsRate(int perMinute, DateTimeOffset now)
    {
        LastUsedAt = now;
        while (_lastMinute.TryPeek(out var oldest) && now - oldest >= TimeSpan.FromMinutes(1))
        {
            _lastMinute.Dequeue();
        }

        if (_lastMinute.Count >= perMinute)
        {
            return true;
        }

        _lastMinute.Enqueue(now);
        return false;
    }
}
