namespace IterationBranches.Sandbox.StandIns.PlanetScale;

// What the owner sets up in PlanetScale's dashboard, and what an outside check may look at. What else a person does there, tests do.
public sealed partial class PlanetScaleStandIn
{
    internal static readonly Actor Person = new("u5e6r7s8o9n0", "User", "a person");

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
            database.Default = new Branch(Names.NewId(), "main", parentId: null, Person, now)
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

    private static PasswordState Show(Credential credential) => new(
        credential.Id, credential.Name, credential.Branch.Id, credential.CreatedAt, credential.ExpiresAt, credential.Rights, credential.Actor.Id);

    internal static string NewTable(string name) => $"CREATE TABLE {name} (id bigint NOT NULL, PRIMARY KEY (id))";

    internal static string BackUp(Branch branch, string backupState, DateTimeOffset completedAt, DateTimeOffset? expiresAt)
    {
        var backup = new Backup(Names.NewId(), backupState, branch, branch.Schema.ToDictionary(), completedAt, expiresAt);
        branch.Backups.Add(backup);
        return backup.Id;
    }

    internal static PlanetScaleDatabase Find(PlanetScaleState state, string database) =>
        state.Databases.Find(candidate => candidate.Name == database) ?? throw new ArgumentException($"There is no database {database}.", nameof(database));

    internal static Branch Find(PlanetScaleDatabase database, string nameOrId) =>
        PlanetScaleState.FindBranch(database, nameOrId) ?? throw new ArgumentException($"{database.Name} has no branch {nameOrId}.", nameof(nameOrId));
}
