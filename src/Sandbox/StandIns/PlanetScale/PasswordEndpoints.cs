using System.Net;

namespace IterationBranches.Sandbox.StandIns.PlanetScale;

internal sealed class PasswordEndpoints(PlanetScaleState state)
{
    private static readonly string[] s_read = ["read_branch", "delete_branch", "create_branch", "connect_branch", "connect_production_branch"];

    public Reply List(Request request)
    {
        var branch = BranchFor(request, s_read);
        var text = request.Query("q");
        var status = request.Status();
        List<Password> passwords =
        [
            .. request.Listed(branch.Credentials, branch.FormerCredentials, credential => credential.Name).OfType<Password>().Where(password => status(password)
                && (string.IsNullOrEmpty(text) || password.Name.Contains(text, StringComparison.OrdinalIgnoreCase))),
        ];
        return request.Page(passwords, password => Resources.Password(password, request.ListedAt));
    }

    public Reply Get(Request request) => Show(200, PasswordOf(BranchFor(request, s_read), request), request);

    public Reply Create(Request request)
    {
        var branch = ConnectableBranch(request);
        if (branch.DeletionStartedAt is not null || !branch.IsReady(request.Now))
        {
            throw ApiException.Unprocessable("database branch is not ready yet");
        }

        // PlanetScale's own clients take admin when none is named.
        var role = request.Body.Text("role") ?? "admin";
        if (role is not ("reader" or "writer" or "admin" or "readwriter"))
        {
            throw ApiException.Unprocessable("Role is not included in the list");
        }

        var ttl = request.Ttl();
        var password = new Password(Names.NewId(), request.Body.Text("name") ?? Names.NewId(), role, branch, request.Token.Actor, request.Now)
        {
            Cidrs = ValidCidrs(request),
            TtlSeconds = ttl,
            Replica = request.Body.Flag("replica") is true,
            ExpiresAt = request.Now + (ttl is { } seconds ? TimeSpan.FromSeconds(seconds) : null),
        };
        branch.Credentials.Add(password);
        state.IssuedSecrets.Add(password.PlainText);
        return new Reply(201, Resources.Password(password, request.Now, password.PlainText));
    }

    /// <summary>A new expiry under the same username and secret, which is not shown again.</summary>
    public Reply Renew(Request request)
    {
        var password = PasswordOf(ConnectableBranch(request), request);
        if (!password.IsRenewable(request.Now))
        {
            throw ApiException.Unprocessable("Password is not renewable");
        }

        password.Renew(request.Now);
        return Show(200, password, request);
    }

    public Reply Delete(Request request)
    {
        var database = MySqlDatabaseOf(request);
        var branch = PlanetScaleState.BranchOf(database, request);
        if (!request.Token.Allows(database, branch.Production ? ["delete_production_branch_password"] : ["delete_branch_password", "delete_production_branch_password"]))
        {
            throw ApiException.NotFound();
        }

        branch.Credentials.Remove(PasswordOf(branch, request));
        return new Reply(204);
    }

    private Branch BranchFor(Request request, string[] anyOf)
    {
        var database = MySqlDatabaseOf(request);
        return request.Token.Allows(database, anyOf) ? PlanetScaleState.BranchOf(database, request) : throw ApiException.NotFound();
    }

    private Branch ConnectableBranch(Request request)
    {
        var database = MySqlDatabaseOf(request);
        var branch = PlanetScaleState.BranchOf(database, request);
        return request.Token.Allows(database, branch.Production ? ["connect_production_branch"] : ["connect_branch", "connect_production_branch"])
            ? branch
            : throw ApiException.NotFound();
    }

    /// <summary>Postgres databases have roles instead of passwords.</summary>
    private PlanetScaleDatabase MySqlDatabaseOf(Request request) =>
        state.DatabaseOf(request) is { IsMySql: true } database ? database : throw ApiException.NotFound();

    private static Password PasswordOf(Branch branch, Request request) =>
        branch.Credentials.OfType<Password>().FirstOrDefault(password => password.Id == request.Route("id")) ?? throw ApiException.NotFound();

    private static IReadOnlyList<string>? ValidCidrs(Request request)
    {
        var cidrs = request.Body.Texts("cidrs");
        return cidrs?.Where(cidr => !IPNetwork.TryParse(cidr, out _)).FirstOrDefault() is { } wrong
            ? throw ApiException.Unprocessable($"Cidrs contains an invalid range: {wrong}")
            : cidrs;
    }

    private static Reply Show(int status, Password password, Request request) => new(status, Resources.Password(password, request.Now));
}
