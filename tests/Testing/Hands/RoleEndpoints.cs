using IterationBranches.Sandbox.StandIns.PlanetScale;

namespace IterationBranches.Testing.Hands;

/// <summary>The credentials of Postgres (https://planetscale.com/docs/postgres/connecting/roles).</summary>
internal sealed class RoleEndpoints(PlanetScaleState state)
{
    private static readonly string[] s_read = ["read_branch", "delete_branch", "create_branch", "connect_branch", "connect_production_branch"];

    private static readonly string[] s_inheritable =
    [
        "pscale_managed", "pg_checkpoint", "pg_create_subscription", "pg_maintain", "pg_monitor", "pg_read_all_data", "pg_read_all_settings",
        "pg_read_all_stats", "pg_signal_backend", "pg_stat_scan_tables", "pg_use_reserved_connections", "pg_write_all_data", "postgres",
    ];

    public Reply List(Request request)
    {
        var branch = BranchFor(request, s_read);
        var text = request.Query("q");
        var status = request.Status();
        List<Role> roles =
        [
            .. request.Listed(branch.Credentials, branch.FormerCredentials, credential => credential.Name).OfType<Role>().Where(role => status(role)
                && (string.IsNullOrEmpty(text) || role.Name.Contains(text, StringComparison.OrdinalIgnoreCase) || role.Username.Contains(text, StringComparison.OrdinalIgnoreCase))),
        ];
        return request.Page(roles, role => role.ToJson(request.ListedAt));
    }

    public Reply Get(Request request) => Show(RoleOf(BranchFor(request, s_read), request), request);

    /// <summary>Answered 200, where everything else that is created is 201.</summary>
    public Reply Create(Request request)
    {
        var branch = ConnectableBranch(request);
        if (branch.DeletionStartedAt is not null || !branch.IsReady(request.Now))
        {
            throw ApiException.Unprocessable("database branch is not ready yet");
        }

        var inherited = request.Body.Texts("inherited_roles") ?? [];
        if (inherited.Except(s_inheritable).FirstOrDefault() is { } unknown)
        {
            throw ApiException.Unprocessable($"Inherited roles contains an unknown role: {unknown}");
        }

        var ttl = request.Ttl();
        var id = Names.NewId();
        var role = new Role(id, request.Body.Text("name") ?? id, inherited, branch, request.Token.Actor, request.Now)
        {
            TtlSeconds = ttl,
            ExpiresAt = request.Now + (ttl is { } seconds ? TimeSpan.FromSeconds(seconds) : null),
        };
        branch.Credentials.Add(role);
        return ShowPassword(role, request);
    }

    /// <summary>A new expiry under the same username and password, which is not shown again.</summary>
    public Reply Renew(Request request)
    {
        var role = RoleOf(ConnectableBranch(request), request);
        if (!role.IsRenewable(request.Now))
        {
            throw ApiException.Unprocessable("Role is not renewable");
        }

        role.Renew(request.Now);
        role.UpdatedAt = request.Now;
        return Show(role, request);
    }

    /// <summary>A new password under the same username; the old one opens nothing from then on.</summary>
    public Reply Reset(Request request)
    {
        var role = RoleOf(DeletableBranch(request), request);
        role.Reset();
        role.UpdatedAt = request.Now;
        return ShowPassword(role, request);
    }

    public Reply Reassign(Request request)
    {
        var role = RoleOf(DeletableBranch(request), request);
        HandOver(role, request.Body.Text("successor") ?? throw ApiException.Unprocessable("Successor can't be blank"));
        return new Reply(204);
    }

    public Reply Delete(Request request)
    {
        var branch = DeletableBranch(request);
        var role = RoleOf(branch, request);
        if (request.Query("successor") is { Length: > 0 } successor)
        {
            HandOver(role, successor);
        }
        else if (role.OwnsObjects)
        {
            throw ApiException.Unprocessable("Role is still referenced and cannot be dropped.");
        }

        branch.Credentials.Remove(role);
        return new Reply(204);
    }

    /// <param name="successor">The default role, or the user name of another of the same branch.</param>
    private static void HandOver(Role role, string successor)
    {
        if (successor != "postgres")
        {
            var heir = role.Branch.Credentials.OfType<Role>().FirstOrDefault(other => other != role && other.BaseUsername == successor)
                ?? throw ApiException.Unprocessable($"Successor {successor} does not exist");
            heir.OwnsObjects |= role.OwnsObjects;
        }

        role.OwnsObjects = false;
    }

    private Branch BranchFor(Request request, string[] anyOf)
    {
        var database = PostgresDatabaseOf(request);
        return request.Token.Allows(database, anyOf) ? PlanetScaleState.BranchOf(database, request) : throw ApiException.NotFound();
    }

    private Branch ConnectableBranch(Request request) => BranchFor(request, "connect_branch", "connect_production_branch");

    private Branch DeletableBranch(Request request) => BranchFor(request, "delete_branch_password", "delete_production_branch_password");

    private Branch BranchFor(Request request, string development, string production)
    {
        var database = PostgresDatabaseOf(request);
        var branch = PlanetScaleState.BranchOf(database, request);
        return request.Token.Allows(database, branch.Production ? [production] : [development, production]) ? branch : throw ApiException.NotFound();
    }

    private PlanetScaleDatabase PostgresDatabaseOf(Request request) =>
        state.DatabaseOf(request) is { IsMySql: false } database ? database : throw ApiException.NotFound();

    private static Role RoleOf(Branch branch, Request request) =>
        branch.Credentials.OfType<Role>().FirstOrDefault(role => role.Id == request.Route("id")) ?? throw ApiException.NotFound();

    private static Reply Show(Role role, Request request) => new(200, role.ToJson(request.Now));

    private Reply ShowPassword(Role role, Request request)
    {
        state.IssuedSecrets.Add(role.PlainText);
        return new(200, role.ToJson(request.Now, role.PlainText));
    }
}
