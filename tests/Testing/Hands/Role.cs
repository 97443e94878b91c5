using System.Text.Json.Nodes;
using IterationBranches.Sandbox.StandIns.PlanetScale;

namespace IterationBranches.Testing.Hands;

internal sealed class Role(string id, string name, IReadOnlyList<string> inheritedRoles, Branch branch, Actor actor, DateTimeOffset createdAt)
    : Credential(id, name, branch, actor, $"pscale_api_{id}.{branch.Id}", Names.NewPassword(), createdAt)
{
    public IReadOnlyList<string> InheritedRoles { get; } = inheritedRoles;

    public string BaseUsername { get; } = $"pscale_api_{id}";

    public DateTimeOffset UpdatedAt { get; set; } = createdAt;

    /// <summary>It has created a table, or something else that needs an owner.</summary>
    public bool OwnsObjects { get; set; }

    public override string Rights => string.Join(',', InheritedRoles);

    public void Reset() => PlainText = Names.NewPassword();

    /// <param name="plainText">Only in the answers that make a password: to a creation and to a reset.</param>
    public JsonObject ToJson(DateTimeOffset now, string? plainText = null)
    {
        var host = $"{Branch.Id[..10]}-useast1-1.horizon.psdb.cloud";
        var isExpired = IsExpired(now);
        return new()
        {
            ["id"] = Id,
            ["name"] = Name,
            ["access_host_url"] = host,
            ["private_access_host_url"] = $"private-{host}",
            ["private_connection_service_name"] = "com.amazonaws.vpce.us-east-1.vpce-svc-0example",
            ["username"] = Username,
            ["base_username"] = BaseUsername,
            ["password"] = plainText,
            ["database_name"] = "postgres",
            ["created_at"] = Resources.Time(CreatedAt),
            ["updated_at"] = Resources.Time(UpdatedAt),
            ["deleted_at"] = null,
            ["expires_at"] = Resources.Time(ExpiresAt),
            ["dropped_at"] = null,
            ["disabled_at"] = isExpired ? Resources.Time(ExpiresAt) : null,
            ["drop_failed"] = null,
            ["ready"] = true,
            ["expired"] = isExpired,
            ["default"] = false,
            ["ttl"] = TtlSeconds,
            ["inherited_roles"] = new JsonArray([.. InheritedRoles.Select(inherited => JsonValue.Create(inherited))]),
            ["with_replication"] = false,
            ["branch"] = Resources.Reference(Branch),
            ["actor"] = Resources.ActorOf(Actor, withType: false),
            ["query_safety_settings"] = new JsonObject { ["require_where_on_delete"] = "false", ["require_where_on_update"] = "false" },
        };
    }
}
