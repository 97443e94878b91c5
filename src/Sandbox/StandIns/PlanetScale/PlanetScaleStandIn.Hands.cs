namespace IterationBranches.Sandbox.StandIns.PlanetScale;

// What a person does in PlanetScale's dashboard, and what an outside check may look at.
public sealed partial class PlanetScaleStandIn
{
    private static readonly Actor s_person = new("u5e6r7s8o9n0", "User", "a person");

    /// <summary>Every plain text that was ever issued, so that a test can search for them where they must not be.</summary>
    public IReadOnlyCollection<string> IssuedSecrets => Locked(string[] (state) => [.. state.IssuedSecrets]);

    /// <param name="kind"><c>mysql</c> or <c>postgresql</c>. It comes with its default branch, <c>main</c>, with a table, data and a backup.</param>
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
            database.Default = new Branch(Names.NewId(), "main", parentId: null, s_person, now)
            {
                Production = true,
                ClusterSize = "PS_80",
                HasData = true,
                Schema = new(StringComparer.Ordinal) { ["orders"] = NewTable("orders") },
            };
            database.Branches.Add(database.Default);
            BackUp(database.Default, "success", now, expiresAt: null);
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

    /// <summary>Takes one permission on a database from a token.</summary>
    public void RevokePermission(string tokenId, string database, string permission) => Locked(state =>
        state.Tokens.Find(token => token.Id == tokenId) is { } token && token.DatabasePermissions[database].Remove(permission)
            ? true
            : throw new ArgumentException($"The token {tokenId} has no permission {permission} on {database}.", nameof(permission)));

    public void RevokeServiceToken(string id) => Locked(state => state.Tokens.RemoveAll(token => token.Id == id));

    public IReadOnlyList<BranchState> Branches(string database) => Locked(state =>
    {
        var found = Find(state, database);
        var now = Clock.GetUtcNow();
        return found.Branches.ConvertAll(branch => new BranchState(
            branch.Id, branch.Name, found.ParentName(branch), branch.Production, branch.DeletionProtected, branch.IsReady(now),
            branch.DeletionStartedAt is not null, branch.CreatedAt, branch.Actor.Id)
        {
            RestoredFrom = branch.RestoredFrom?.Name,
            HasData = branch.HasData,
            Tables = string.Join(", ", branch.Schema.Keys.Order(StringComparer.Ordinal)),
            ClusterSize = branch.ClusterSize,
        });
    });

    /// <summary>The passwords of a MySQL database, the roles of a Postgres one.</summary>
    public IReadOnlyList<PasswordState> Passwords(string database) =>
        Locked(PasswordState[] (state) => [.. Find(state, database).Branches.SelectMany(branch => branch.Credentials).Select(Show)]);

    /// <summary>The password or role that somebody who connects with these is let in by, or null: there is none, or it has expired.</summary>
    public PasswordState? LogIn(string username, string plainText) => Locked(state => state.Databases
        .SelectMany(database => database.Branches)
        .SelectMany(branch => branch.Credentials)
        .Where(credential => credential.Username == username && credential.PlainText == plainText && !credential.IsExpired(Clock.GetUtcNow()))
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
        var from = Find(found, parent);
        var branch = new Branch(Names.NewId(), name, from.Id, ActorOf(actorId), createdAt ?? Clock.GetUtcNow())
        {
            Production = production,
            ClusterSize = production ? from.ClusterSize : Branch.DevelopmentSize,
            Schema = found.IsMySql ? new(from.Schema, StringComparer.Ordinal) : new(StringComparer.Ordinal),
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

    /// <summary>A password, or on Postgres a role, that somebody made. It answers its id.</summary>
    /// <param name="role">Of Postgres: the one that it inherits.</param>
    public string AddPasswordByHand(
        string database, string branch, string name, string role = "admin", string? actorId = null, DateTimeOffset? createdAt = null) => Locked(state =>
    {
        var on = Find(state, database);
        var found = Find(on, branch);
        Credential made;
        if (on.IsMySql)
        {
            var password = new Password(Names.NewId(), name, role, found, ActorOf(actorId), createdAt ?? Clock.GetUtcNow());
            found.Passwords.Add(password);
            made = password;
        }
        else
        {
            var ofPostgres = new Role(Names.NewId(), name, [role is "admin" ? "postgres" : role], found, ActorOf(actorId), createdAt ?? Clock.GetUtcNow());
            found.Roles.Add(ofPostgres);
            made = ofPostgres;
        }

        state.IssuedSecrets.Add(made.PlainText);
        return made.Id;
    });

    public void DeletePasswordByHand(string id) => Locked(state =>
        state.Databases.SelectMany(database => database.Branches).Any(branch => branch.RemoveCredential(id))
            ? true
            : throw new ArgumentException($"There is no password {id}.", nameof(id)));

    /// <summary>Somebody who is logged in with this role creates a table: without a successor the role cannot be dropped from then on.</summary>
    public void CreateTableAs(string roleId, string table = "made_by_a_role") => Locked(state =>
    {
        var role = state.Databases.SelectMany(database => database.Branches).SelectMany(branch => branch.Roles).FirstOrDefault(role => role.Id == roleId)
            ?? throw new ArgumentException($"There is no role {roleId}.", nameof(roleId));
        role.Branch.Schema[table] = NewTable(table);
        return role.OwnsObjects = true;
    });

    /// <summary>A table is created, changed or (with null) dropped.</summary>
    public void ChangeSchema(string database, string branch, string table, string? definition) => Locked(state =>
    {
        var schema = Find(Find(state, database), branch).Schema;
        if (definition is null)
        {
            return schema.Remove(table) ? true : throw new ArgumentException($"There is no table {table}.", nameof(table));
        }

        schema[table] = definition;
        return true;
    });

    /// <summary>A table is created, which the parent has not.</summary>
    public void ChangeSchema(string database, string branch, string table = "added_by_a_person") => ChangeSchema(database, branch, table, NewTable(table));

    /// <summary>What is answered of the schema is older than the schema.</summary>
    public void SetStaleSchema(string database, string branch, bool isStale = true) => Locked(state => Find(Find(state, database), branch).StaleSchema = isStale);

    /// <summary>It answers the number.</summary>
    public int OpenDeployRequest(string database, string branch, string into = "main") => Locked(state =>
    {
        var found = Find(state, database);
        var deploy = new DeployRequest(found.DeployRequests.Count + 1, Find(found, branch), Find(found, into), Clock.GetUtcNow());
        found.DeployRequests.Add(deploy);
        return deploy.Number;
    });

    public void CloseDeployRequest(string database, int number) => Locked(state =>
        Find(state, database).DeployRequests.Single(deploy => deploy.Number == number).ClosedAt = Clock.GetUtcNow());

    /// <summary>A backup of the branch as it is now. It answers the backup's id.</summary>
    public string AddBackup(
        string database, string branch, string backupState = "success", DateTimeOffset? completedAt = null, DateTimeOffset? expiresAt = null) => Locked(state =>
        BackUp(Find(Find(state, database), branch), backupState, completedAt ?? Clock.GetUtcNow(), expiresAt));

    public void DeleteBackups(string database, string branch) => Locked(state => Find(Find(state, database), branch).Backups.RemoveAll(_ => true));

    public void SetDeletionProtection(string database, string branch, bool isProtected = true) => Locked(state =>
        Find(Find(state, database), branch).DeletionProtected = isProtected);

    public void SetReady(string branchId) => Locked(state =>
    {
        var branch = state.Databases.SelectMany(database => database.Branches).FirstOrDefault(branch => branch.Id == branchId)
            ?? throw new ArgumentException($"There is no branch {branchId}.", nameof(branchId));
        return branch.ReadyAfter = TimeSpan.Zero;
    });

    private static PasswordState Show(Credential credential) => new(
        credential.Id, credential.Name, credential.Branch.Id, credential.CreatedAt, credential.ExpiresAt, credential.Rights, credential.Actor.Id);

    private static Actor ActorOf(string? actorId) => actorId is null ? s_person : new Actor(actorId, "ServiceToken", actorId);

    private static string NewTable(string name) => $"CREATE TABLE {name} (id bigint NOT NULL, PRIMARY KEY (id))";

    private static string BackUp(Branch branch, string backupState, DateTimeOffset completedAt, DateTimeOffset? expiresAt)
    {
        var backup = new Backup(Names.NewId(), backupState, branch, branch.Schema.ToDictionary(), completedAt, expiresAt);
        branch.Backups.Add(backup);
        return backup.Id;
    }

    private static PlanetScaleDatabase Find(PlanetScaleState state, string database) =>
        state.Databases.Find(candidate => candidate.Name == database) ?? throw new ArgumentException($"There is no database {database}.", nameof(database));

    private static Branch Find(PlanetScaleDatabase database, string nameOrId) =>
        PlanetScaleState.FindBranch(database, nameOrId) ?? throw new ArgumentException($"{database.Name} has no branch {nameOrId}.", nameof(nameOrId));
}
