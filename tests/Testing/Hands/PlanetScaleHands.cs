using IterationBranches.Sandbox.StandIns.PlanetScale;

namespace IterationBranches.Testing.Hands;

/// <summary>What a person does in PlanetScale's dashboard, and how long things take.</summary>
public static class PlanetScaleHands
{
    extension(PlanetScaleStandIn planetScale)
    {
        /// <summary>How long a new branch is <c>pending</c>. Holds for the branches made after it was set.</summary>
        public TimeSpan BranchReadyAfter
        {
            get => planetScale.Locked(state => state.BranchReadyAfter);
            set => planetScale.Locked(state => state.BranchReadyAfter = value);
        }

        /// <summary>How much longer a branch is <c>pending</c> that is made from a backup. Holds for the branches made after it was set.</summary>
        public TimeSpan RestoreTakes
        {
            get => planetScale.Locked(state => state.RestoreTakes);
            set => planetScale.Locked(state => state.RestoreTakes = value);
        }

        /// <summary>Whether credentials vanish when their time is over. Whether PlanetScale's do is not documented; by default they are listed as expired.</summary>
        public bool ForgetsExpired
        {
            get => planetScale.Locked(state => state.ForgetsExpired);
            set => planetScale.Locked(state => state.ForgetsExpired = value);
        }

        /// <summary>How long a branch can still be seen after its deletion was accepted. Holds for deletions after it was set.</summary>
        public TimeSpan DeletionTakes
        {
            get => planetScale.Locked(state => state.DeletionTakes);
            set => planetScale.Locked(state => state.DeletionTakes = value);
        }

        /// <summary>Takes one permission on a database from a token.</summary>
        public void RevokePermission(string tokenId, string database, string permission) => planetScale.Locked(state =>
            state.Tokens.Find(token => token.Id == tokenId) is { } token && token.DatabasePermissions[database].Remove(permission)
                ? true
                : throw new ArgumentException($"The token {tokenId} has no permission {permission} on {database}.", nameof(permission)));

        public void RevokeServiceToken(string id) => planetScale.Locked(state => state.Tokens.RemoveAll(token => token.Id == id));

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
            DateTimeOffset? createdAt = null) => planetScale.Locked(state =>
        {
            var found = PlanetScaleStandIn.Find(state, database);
            var from = PlanetScaleStandIn.Find(found, parent);
            var branch = new Branch(Names.NewId(), name, from.Id, ActorOf(actorId), createdAt ?? planetScale.Clock.GetUtcNow())
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
        public void DeleteBranchByHand(string database, string nameOrId) => planetScale.Locked(state =>
        {
            var found = PlanetScaleStandIn.Find(state, database);
            return found.Branches.Remove(PlanetScaleStandIn.Find(found, nameOrId));
        });

        /// <summary>A password, or on Postgres a role, that somebody made. It answers its id.</summary>
        /// <param name="role">Of Postgres: the one that it inherits.</param>
        public string AddPasswordByHand(
            string database, string branch, string name, string role = "admin", string? actorId = null, DateTimeOffset? createdAt = null) => planetScale.Locked(state =>
        {
            var on = PlanetScaleStandIn.Find(state, database);
            var found = PlanetScaleStandIn.Find(on, branch);
            Credential made = on.IsMySql
                ? new Password(Names.NewId(), name, role, found, ActorOf(actorId), createdAt ?? planetScale.Clock.GetUtcNow())
                : new Role(Names.NewId(), name, [role is "admin" ? "postgres" : role], found, ActorOf(actorId), createdAt ?? planetScale.Clock.GetUtcNow());
            found.Credentials.Add(made);
            state.IssuedSecrets.Add(made.PlainText);
            return made.Id;
        });

        public void DeletePasswordByHand(string id) => planetScale.Locked(state =>
            state.Databases.SelectMany(database => database.Branches).Any(branch => branch.Credentials.RemoveAll(credential => credential.Id == id) > 0)
                ? true
                : throw new ArgumentException($"There is no password {id}.", nameof(id)));

        /// <summary>Somebody who is logged in with this role creates a table: without a successor the role cannot be dropped from then on.</summary>
        public void CreateTableAs(string roleId, string table = "made_by_a_role") => planetScale.Locked(state =>
        {
            var role = state.Databases.SelectMany(database => database.Branches).SelectMany(branch => branch.Credentials.OfType<Role>()).FirstOrDefault(role => role.Id == roleId)
                ?? throw new ArgumentException($"There is no role {roleId}.", nameof(roleId));
            role.Branch.Schema[table] = PlanetScaleStandIn.NewTable(table);
            return role.OwnsObjects = true;
        });

        /// <summary>A table is created, changed or (with null) dropped.</summary>
        public void ChangeSchema(string database, string branch, string table, string? definition) => planetScale.Locked(state =>
        {
            var schema = PlanetScaleStandIn.Find(PlanetScaleStandIn.Find(state, database), branch).Schema;
            if (definition is null)
            {
                return schema.Remove(table) ? true : throw new ArgumentException($"There is no table {table}.", nameof(table));
            }

            schema[table] = definition;
            return true;
        });

        /// <summary>A table is created, which the parent has not.</summary>
        public void ChangeSchema(string database, string branch, string table = "added_by_a_person") =>
            planetScale.ChangeSchema(database, branch, table, PlanetScaleStandIn.NewTable(table));

        /// <summary>What is answered of the schema is older than the schema.</summary>
        public void SetStaleSchema(string database, string branch, bool isStale = true) => planetScale.Locked(state => PlanetScaleStandIn.Find(PlanetScaleStandIn.Find(state, database), branch).StaleSchema = isStale);

        /// <summary>It answers the number.</summary>
        public int OpenDeployRequest(string database, string branch, string into = "main") => planetScale.Locked(state =>
        {
            var found = PlanetScaleStandIn.Find(state, database);
            var deploy = new DeployRequest(found.DeployRequests.Count + 1, PlanetScaleStandIn.Find(found, branch), PlanetScaleStandIn.Find(found, into), planetScale.Clock.GetUtcNow());
            found.DeployRequests.Add(deploy);
            return deploy.Number;
        });

        public void CloseDeployRequest(string database, int number) => planetScale.Locked(state =>
            PlanetScaleStandIn.Find(state, database).DeployRequests.Single(deploy => deploy.Number == number).ClosedAt = planetScale.Clock.GetUtcNow());

        /// <summary>A backup of the branch as it is now. It answers the backup's id.</summary>
        public string AddBackup(
            string database, string branch, string backupState = "success", DateTimeOffset? completedAt = null, DateTimeOffset? expiresAt = null) => planetScale.Locked(state =>
            PlanetScaleStandIn.BackUp(PlanetScaleStandIn.Find(PlanetScaleStandIn.Find(state, database), branch), backupState, completedAt ?? planetScale.Clock.GetUtcNow(), expiresAt));

        public void DeleteBackups(string database, string branch) => planetScale.Locked(state => PlanetScaleStandIn.Find(PlanetScaleStandIn.Find(state, database), branch).Backups.RemoveAll(_ => true));

        public void SetDeletionProtection(string database, string branch, bool isProtected = true) => planetScale.Locked(state =>
            PlanetScaleStandIn.Find(PlanetScaleStandIn.Find(state, database), branch).DeletionProtected = isProtected);

        public void SetReady(string branchId) => planetScale.Locked(state =>
        {
            var branch = state.Databases.SelectMany(database => database.Branches).FirstOrDefault(branch => branch.Id == branchId)
                ?? throw new ArgumentException($"There is no branch {branchId}.", nameof(branchId));
            return branch.ReadyAfter = TimeSpan.Zero;
        });
    }

    private static Actor ActorOf(string? actorId) => actorId is null ? PlanetScaleStandIn.Person : new Actor(actorId, "ServiceToken", actorId);
}
