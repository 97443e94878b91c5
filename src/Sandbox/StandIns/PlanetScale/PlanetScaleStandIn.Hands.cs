namespace IterationBranches.Sandbox.StandIns.PlanetScale;

// What a person does in PlanetScale's dashboard, and what an outside check may look at.
public sealed partial class PlanetScaleStandIn
{
    private static readonly Actor s_person = new("u5e6r7s8o9n0", "User", "a person");

    /// <summary>Every plain text that was ever issued, so that a test can search for them where they must not be.</summary>
    public IReadOnlyCollection<string> IssuedSecrets => Locked(string[] (state) => [.. state.IssuedSecrets]);

    /// <param name="kind"><c>mysql</c> or <c>postgresql</c>. It comes with its default branch, <c>main</c>.</param>
    public PlanetScaleDatabase AddDatabase(string organization, string name, string kind = "mysql")
    {
        if (kind is not ("mysql" or "postgresql"))
        {
            throw new ArgumentOutOfRangeException(nameof(kind), kind, "A database is mysql or postgresql.");
        }

        return Locked(state =>
        {
            if (state.Databases.Exists(other => other.Name == name))
            {
                throw new ArgumentException($"There is a database {name} already.", nameof(name));
            }

            var now = Clock.GetUtcNow();
            var database = new PlanetScaleDatabase(Names.NewId(), organization, name, kind, now);
            database.Default = new Branch(Names.NewId(), "main", parentId: null, s_person, now) { Production = true };
            database.Branches.Add(database.Default);
            state.Databases.Add(database);
            return database;
        });
    }

    /// <param name="permissions">By the database's name; the names of the permissions are in <see cref="TokenPermissions"/>.</param>
    /// <param name="organization">When null, the organization of the first database that was added.</param>
    public void AddServiceToken(
        string id,
        string token,
        string actorId,
        IReadOnlyDictionary<string, IReadOnlyList<string>> permissions,
        IReadOnlyList<string>? organizationPermissions = null,
        string? organization = null,
        DateTimeOffset? expiresAt = null)
    {
        foreach (var unknown in permissions.Values.SelectMany(names => names).Except(TokenPermissions.Database)
            .Concat((organizationPermissions ?? []).Except(TokenPermissions.Organization)))
        {
            throw new ArgumentException($"PlanetScale has no permission {unknown}.", nameof(permissions));
        }

        Locked(state =>
        {
            organization ??= state.Databases.FirstOrDefault()?.Organization
                ?? throw new InvalidOperationException("Add a database first, or name the organization.");
            state.Tokens.RemoveAll(other => other.Id == id);
            state.Tokens.Add(new ServiceToken(id, token, new Actor(actorId, "ServiceToken", id), organization, Clock.GetUtcNow())
            {
                ExpiresAt = expiresAt,
                OrganizationPermissions = [.. organizationPermissions ?? []],
                DatabasePermissions = permissions.ToDictionary(entry => entry.Key, entry => entry.Value.ToHashSet(StringComparer.Ordinal), StringComparer.Ordinal),
            });
            return true;
        });
    }

    public void RevokeServiceToken(string id) => Locked(state => state.Tokens.RemoveAll(token => token.Id == id));

    public IReadOnlyList<BranchState> Branches(string database) => Locked(state =>
    {
        var found = Find(state, database);
        var now = Clock.GetUtcNow();
        return found.Branches.ConvertAll(branch => new BranchState(
            branch.Id, branch.Name, found.ParentName(branch), branch.Production, branch.DeletionProtected, branch.IsReady(now),
            branch.DeletionStartedAt is not null, branch.CreatedAt, branch.Actor.Id));
    });

    public IReadOnlyList<PasswordState> Passwords(string database) =>
        Locked(PasswordState[] (state) => [.. Find(state, database).Branches.SelectMany(branch => branch.Passwords).Select(Show)]);

    /// <summary>The password that somebody who connects with these is let in by, or null: there is none, or it has expired.</summary>
    public PasswordState? LogIn(string username, string plainText) => Locked(state => state.Databases
        .SelectMany(database => database.Branches)
        .SelectMany(branch => branch.Passwords)
        .Where(password => password.Username == username && password.PlainText == plainText && !password.IsExpired(Clock.GetUtcNow()))
        .Select(Show)
        .FirstOrDefault());

    /// <summary>A branch that somebody made: at once ready, unless said otherwise. It answers the branch's id.</summary>
    /// <param name="actorId">Null: a person. An id makes it look as if that service token had made it.</param>
    public string AddBranchByHand(
        string database,
        string name,
        string parent = "main",
        bool production = false,
        bool deletionProtected = false,
        bool ready = true,
        string? actorId = null,
        DateTimeOffset? createdAt = null) => Locked(state =>
    {
        var found = Find(state, database);
        var actor = actorId is null ? s_person : new Actor(actorId, "ServiceToken", actorId);
        var branch = new Branch(Names.NewId(), name, Find(found, parent).Id, actor, createdAt ?? Clock.GetUtcNow())
        {
            Production = production,
            DeletionProtected = deletionProtected,
            ReadyAfter = ready ? TimeSpan.Zero : TimeSpan.MaxValue,
        };
        found.Branches.Add(branch);
        return branch.Id;
    });

    /// <summary>At once, whatever protects it.</summary>
    public void DeleteBranchByHand(string database, string nameOrId) => Locked(state =>
    {
        var found = Find(state, database);
        return found.Branches.Remove(Find(found, nameOrId));
    });

    /// <summary>A password that somebody made. It answers the password's id.</summary>
    public string AddPasswordByHand(
        string database, string branch, string name, string role = "admin", string? actorId = null, DateTimeOffset? createdAt = null) => Locked(state =>
    {
        var found = Find(Find(state, database), branch);
        var actor = actorId is null ? s_person : new Actor(actorId, "ServiceToken", actorId);
        var password = new Password(
            Names.NewId(), name, role, found, actor, Names.NewUsername(), Names.NewPassword(), createdAt ?? Clock.GetUtcNow());
        found.Passwords.Add(password);
        state.IssuedSecrets.Add(password.PlainText);
        return password.Id;
    });

    public void DeletePasswordByHand(string id) => Locked(state =>
        state.Databases.SelectMany(database => database.Branches).Sum(branch => branch.Passwords.RemoveAll(password => password.Id == id)) == 1
            ? true
            : throw new ArgumentException($"There is no password {id}.", nameof(id)));

    public void SetReady(string branchId) => Locked(state =>
    {
        var branch = state.Databases.SelectMany(database => database.Branches).FirstOrDefault(branch => branch.Id == branchId)
            ?? throw new ArgumentException($"There is no branch {branchId}.", nameof(branchId));
        return branch.ReadyAfter = TimeSpan.Zero;
    });

    private static PasswordState Show(Password password) => new(
        password.Id, password.Name, password.Branch.Id, password.CreatedAt, password.ExpiresAt, password.Role, password.Actor.Id);

    private static PlanetScaleDatabase Find(PlanetScaleState state, string database) =>
        state.Databases.Find(candidate => candidate.Name == database) ?? throw new ArgumentException($"There is no database {database}.", nameof(database));

    private static Branch Find(PlanetScaleDatabase database, string nameOrId) =>
        PlanetScaleState.FindBranch(database, nameOrId) ?? throw new ArgumentException($"{database.Name} has no branch {nameOrId}.", nameof(nameOrId));
}
