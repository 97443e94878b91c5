using System.Text.Json.Nodes;

namespace IterationBranches.Sandbox.StandIns.PlanetScale;

// Passwords and service tokens.
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
