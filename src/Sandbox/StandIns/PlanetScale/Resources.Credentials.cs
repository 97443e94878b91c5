using System.Text.Json.Nodes;

namespace IterationBranches.Sandbox.StandIns.PlanetScale;

// Passwords, roles and service tokens.
internal static partial class Resources
{
    /// <param name="plainText">Only in the answer that creates the password; PlanetScale never shows it again.</param>
    public static JsonObject Password(Password password, DateTimeOffset now, string? plainText = null) => new()
    {
        ["id"] = password.Id,
        ["name"] = password.Name,
        ["role"] = password.Role,
        ["cidrs"] = password.Cidrs is { } cidrs ? new JsonArray([.. cidrs.Select(cidr => JsonValue.Create(cidr))]) : null,
        ["created_at"] = Time(password.CreatedAt),
        ["deleted_at"] = null,
        ["expires_at"] = Time(password.ExpiresAt),
        ["last_used_at"] = null,
        ["expired"] = password.IsExpired(now),
        ["direct_vtgate"] = false,
        ["direct_vtgate_addresses"] = new JsonArray(),
        ["ttl_seconds"] = password.TtlSeconds,
        ["access_host_url"] = EdgeAddress,
        ["access_host_regional_url"] = RegionalAddress,
        ["access_host_regional_urls"] = new JsonArray(),
        ["actor"] = ActorOf(password.Actor, withType: false),
        ["region"] = Region(),
        ["username"] = password.Username,
        ["plain_text"] = plainText,
        ["replica"] = password.Replica,
        ["renewable"] = password.IsRenewable(now),
        ["database_branch"] = new JsonObject
        {
            ["name"] = password.Branch.Name,
            ["id"] = password.Branch.Id,
            ["production"] = password.Branch.Production,
            ["mysql_edge_address"] = EdgeAddress,
            ["private_edge_connectivity"] = false,
        },
    };

    /// <param name="plainText">Only in the answers that make a password: to a creation and to a reset.</param>
    public static JsonObject Role(Role role, DateTimeOffset now, string? plainText = null)
    {
        var host = $"{role.Branch.Id[..10]}-useast1-1.horizon.psdb.cloud";
        var isExpired = role.IsExpired(now);
        return new()
        {
            ["id"] = role.Id,
            ["name"] = role.Name,
            ["access_host_url"] = host,
            ["private_access_host_url"] = $"private-{host}",
            ["private_connection_service_name"] = "com.amazonaws.vpce.us-east-1.vpce-svc-0example",
            ["username"] = role.Username,
            ["base_username"] = role.BaseUsername,
            ["password"] = plainText,
            ["database_name"] = "postgres",
            ["created_at"] = Time(role.CreatedAt),
            ["updated_at"] = Time(role.UpdatedAt),
            ["deleted_at"] = null,
            ["expires_at"] = Time(role.ExpiresAt),
            ["dropped_at"] = null,
            ["disabled_at"] = isExpired ? Time(role.ExpiresAt) : null,
            ["drop_failed"] = null,
            ["ready"] = true,
            ["expired"] = isExpired,
            ["default"] = false,
            ["ttl"] = role.TtlSeconds,
            ["inherited_roles"] = new JsonArray([.. role.InheritedRoles.Select(inherited => JsonValue.Create(inherited))]),
            ["with_replication"] = false,
            ["branch"] = Reference(role.Branch),
            ["actor"] = ActorOf(role.Actor, withType: false),
            ["query_safety_settings"] = new JsonObject { ["require_where_on_delete"] = "false", ["require_where_on_update"] = "false" },
        };
    }

    public static JsonObject ServiceToken(ServiceToken token, IEnumerable<PlanetScaleDatabase> databases) => new()
    {
        ["id"] = token.Id,
        ["name"] = token.Actor.DisplayName,
        ["display_name"] = token.Actor.DisplayName,
        ["avatar_url"] = Avatar,
        ["created_at"] = Time(token.CreatedAt),
        ["updated_at"] = Time(token.CreatedAt),
        ["expires_at"] = Time(token.ExpiresAt),
        ["last_used_at"] = Time(token.LastUsedAt),
        ["actor_id"] = null,
        ["actor_display_name"] = null,
        ["actor_type"] = null,
        ["service_token_accesses"] = new JsonArray(
        [
            .. token.OrganizationPermissions.Order(StringComparer.Ordinal).Select(access => Access(access, token.Organization, $"org-{token.Organization}", "Organization")),
            .. from database in databases
               where token.DatabasePermissions.ContainsKey(database.Name)
               from access in token.DatabasePermissions[database.Name].Order(StringComparer.Ordinal)
               select Access(access, database.Name, database.Id, "Database"),
        ]),
    };

    private static JsonObject Access(string access, string resourceName, string resourceId, string resourceType) => new()
    {
        ["id"] = $"{resourceId}-{access}",
        ["access"] = access,
        ["description"] = access.Replace('_', ' '),
        ["resource_name"] = resourceName,
        ["resource_id"] = resourceId,
        ["resource_type"] = resourceType,
        ["resource"] = new JsonObject { ["id"] = resourceId, ["name"] = resourceName, ["deleted_at"] = null },
    };
}
