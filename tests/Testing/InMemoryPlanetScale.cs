using System.Globalization;
using System.Text.RegularExpressions;
using IterationBranches.Branches;
using IterationBranches.Credentials;

namespace IterationBranches.Testing;

/// <summary>One PlanetScale database without a server. It refuses what the service would, and what this product never asks for.</summary>
public sealed partial class InMemoryPlanetScale(TimeProvider clock, CallJournal journal) : IBranchProvider, ICredentialProvider
{
    public const string OurActor = "actor-of-ours";

    private readonly List<Credential> _credentials = [];
    private readonly HashSet<string> _deleting = [];
    private int _made;

    public Database Database { get; set; } = new("shop", DatabaseKind.MySql, "main", Ready: true, AtBranchLimit: false, default);

    public List<Branch> Branches { get; } = [new("br-main", "main", null, Ready: true, Production: true, Protected: true, DateTimeOffset.UnixEpoch, "somebody")];

    public IReadOnlyList<Credential> Credentials => _credentials;

    /// <summary>What was asked for at each creation of a credential.</summary>
    public List<CredentialRequest> Requests { get; } = [];

    /// <summary>Whether branches are ready at once.</summary>
    public bool ReadyAtOnce { get; set; }

    /// <summary>Null: the answers name no actor.</summary>
    public string? Actor { get; set; } = OurActor;

    /// <summary>Null: credentials are made where they were asked for.</summary>
    public string? WrongBranch { get; set; }

    /// <summary>What was asked for at each creation of a branch from a backup, by the branch's name.</summary>
    public Dictionary<string, BranchSeed> Seeds { get; } = [];

    public List<DeployRequest> DeployRequests { get; } = [];

    /// <summary>By the branch's id; a branch without an entry has its parent's schema.</summary>
    public Dictionary<string, SchemaDifference> Differences { get; } = [];

    /// <summary>By the branch's name: its latest successful backup.</summary>
    public Dictionary<string, Backup> Backups { get; } = [];

    /// <summary>Whether a deletion is done at once; otherwise the branch is listed until <see cref="FinishDeletions"/>.</summary>
    public bool DeletesAtOnce { get; set; } = true;

    /// <summary>A credential that is listed no more (or not yet), though nobody deleted it; asked for by its id it is there.</summary>
    public Func<Credential, bool> IsListed { get; set; } = _ => true;

    /// <inheritdoc cref="IsListed"/>
    public Func<Branch, bool> IsBranchListed { get; set; } = _ => true;

    public Branch AddBranch(string name, string? actor = "somebody", string? parent = "main", bool ready = true)
    {
        var branch = new Branch($"br-{++_made}", name, parent, ready, Production: false, Protected: false, clock.GetUtcNow(), actor);
        Branches.Add(branch);
        return branch;
    }

    public Credential AddCredential(string branchId, string name, string? actor = OurActor)
    {
        var lifetime = TimeSpan.FromDays(30);
        var credential = new Credential($"cred-{++_made}", name, branchId, clock.GetUtcNow(), clock.GetUtcNow() + lifetime, actor) { Lifetime = lifetime, Renewable = true };
        _credentials.Add(credential);
        return credential;
    }

    public void SetReady(string name) => Change(name, branch => branch with { Ready = true });

    public void Change(string name, Func<Branch, Branch> change)
    {
        var index = Branches.FindIndex(branch => branch.Name == name);
        Branches[index] = change(Branches[index]);
    }

    public void ChangeCredential(string id, Func<Credential, Credential> change)
    {
        var index = _credentials.FindIndex(credential => credential.Id == id);
        _credentials[index] = change(_credentials[index]);
    }

    /// <summary>What was being deleted is gone, and its credentials with it.</summary>
    public void FinishDeletions()
    {
        Branches.RemoveAll(branch => _deleting.Contains(branch.Id));
        _credentials.RemoveAll(credential => _deleting.Contains(credential.BranchId));
    }

    public void Forget(string credentialId) => _credentials.RemoveAll(credential => credential.Id == credentialId);

    public Task<Database> GetDatabaseAsync(string database, CancellationToken cancellationToken) =>
        cancellationToken.Answer(() => journal.Read("get the database", () => Database with { AsOf = clock.GetUtcNow() }));

    public Task<IReadOnlyList<Branch>> ListBranchesAsync(string database, CancellationToken cancellationToken) =>
        cancellationToken.Answer(() => journal.Read<IReadOnlyList<Branch>>("list the branches", () => [.. Branches.Where(IsBranchListed)]));

    public Task<Branch?> FindBranchAsync(string database, string idOrName, CancellationToken cancellationToken) =>
        cancellationToken.Answer(() => journal.Read($"find branch {idOrName}", () => Branches.Find(branch => branch.Id == idOrName) ?? Branches.Find(branch => branch.Name == idOrName)));

    public Task<Branch?> CreateBranchAsync(string database, string name, string parent, BranchSeed? seed, CancellationToken cancellationToken) => cancellationToken.Answer(() =>
    {
        Assert(BranchName().IsMatch(name), $"a branch cannot be named '{name}'");
        var source = Branches.Find(branch => branch.Name == parent);
        Assert(source is not null, $"there is no parent '{parent}'");
        Refuse(seed is BranchSeed.DataBranching && (Database is not { Kind: DatabaseKind.MySql, AllowsDataBranching: true } || !Backups.ContainsKey(parent)), "Data branching is not enabled, or there is no backup");
        Refuse(seed is BranchSeed.Restore restore && Backups.Values.All(backup => backup.Id != restore.BackupId), "the backup does not exist");
        return journal.Write($"create branch {name}", () => Branches.Exists(branch => branch.Name == name) ? null : Add());

        Branch Add()
        {
            var made = AddBranch(name, Actor, parent, ReadyAtOnce);
            if (seed is not null)
            {
                Seeds[name] = seed;
                Change(name, branch => branch with { RestoredFrom = source!.Id, Production = seed is BranchSeed.DataBranching && source.Production });
            }

            return Branches.Single(branch => branch.Id == made.Id);
        }
    });

    public Task DeleteBranchAsync(string database, Branch branch, CancellationToken cancellationToken) => cancellationToken.Answer(() =>
    {
        var found = Branches.Single(other => other.Id == branch.Id);
        Assert(found.Name != Database.DefaultBranch && !found.Protected, $"branch {found.Name} must not be deleted");
        Assert(!Branches.Exists(other => other.Parent == found.Name), $"branch {found.Name} has children");
        return journal.Write($"delete branch {found.Name}", () =>
        {
            _deleting.Add(found.Id);
            if (DeletesAtOnce)
            {
                FinishDeletions();
            }

            return true;
        });
    });

    public Task<IReadOnlyList<DeployRequest>> ListOpenDeployRequestsAsync(string database, Branch branch, CancellationToken cancellationToken) => cancellationToken.Answer(() =>
    {
        Assert(Database.Kind == DatabaseKind.MySql, "deploy requests of a Postgres database");
        return journal.Read<IReadOnlyList<DeployRequest>>(
            $"list the deploy requests of {branch.Name}", () => [.. DeployRequests.Where(request => request.Branch == branch.Name || request.IntoBranch == branch.Name)]);
    });

    public Task<SchemaDifference> CompareSchemaAsync(string database, Branch branch, Branch? parent, CancellationToken cancellationToken) => cancellationToken.Answer(() =>
    {
        Assert(Database.Kind == DatabaseKind.MySql, "the schema of a Postgres branch");
        return journal.Read($"compare the schema of {branch.Name}", () => Differences.GetValueOrDefault(branch.Id) ?? new SchemaDifference([], IsStale: false));
    });

    public Task<Backup?> FindLatestBackupAsync(string database, string branch, CancellationToken cancellationToken) => cancellationToken.Answer(() =>
        journal.Read($"find the latest backup of {branch}", () => Backups.GetValueOrDefault(Branches.Find(found => found.Id == branch)?.Name ?? branch)));

    public Task<IReadOnlyList<Credential>> ListCredentialsAsync(Database database, string branchId, CancellationToken cancellationToken) =>
        cancellationToken.Answer(() => journal.Read<IReadOnlyList<Credential>>(
            $"list the credentials of {branchId}", () => [.. _credentials.Where(credential => credential.BranchId == branchId && IsListed(credential))]));

    public Task<Credential?> FindCredentialAsync(Database database, string branchId, string credentialId, CancellationToken cancellationToken) =>
        cancellationToken.Answer(() => journal.Read($"find credential {credentialId}", () => _credentials.Find(credential => credential.Id == credentialId && credential.BranchId == branchId)));

    public Task<IssuedCredential> CreateCredentialAsync(Database database, string branchId, CredentialRequest request, CancellationToken cancellationToken) => cancellationToken.Answer(() =>
    {
        var branch = Branches.Single(branch => branch.Id == branchId);
        Assert(branch.Ready, $"branch {branch.Name} is not ready");
        Assert(CredentialName().IsMatch(request.Name), $"'{request.Name}' is not a name of ours");
        Assert(request.Lifetime > TimeSpan.Zero && request.Lifetime.Ticks % TimeSpan.TicksPerSecond == 0, $"{request.Lifetime} is no lifetime");
        Assert(database.Kind == Database.Kind, $"the database is not a {database.Kind}");
        Requests.Add(request);
        return journal.Write($"create a credential on {branch.Name}", () =>
        {
            var id = $"cred-{++_made}";
            var credential = new Credential(id, request.Name, WrongBranch ?? branchId, clock.GetUtcNow(), clock.GetUtcNow() + request.Lifetime, Actor)
            {
                Lifetime = request.Lifetime,
                Renewable = true,
            };
            _credentials.Add(credential);
            return database.Kind == DatabaseKind.Postgres
                ? new IssuedCredential(credential, branch.Name, "abc-useast1-1.horizon.psdb.cloud", 5432, "postgres", $"role-of-{id}.{branchId}", $"pscale_pw_of-{id}", request.Role)
                {
                    Kind = DatabaseKind.Postgres,
                    PooledPort = 6432,
                }
                : new IssuedCredential(credential, branch.Name, "aws.connect.psdb.cloud", 3306, database.Name, $"user-of-{id}", $"pscale_pw_of-{id}", request.Role);
        });
    });

    public Task<Credential?> RenewCredentialAsync(Database database, string branchId, string credentialId, CancellationToken cancellationToken) => cancellationToken.Answer(() =>
        journal.Write($"renew credential {credentialId}", () =>
        {
            var index = _credentials.FindIndex(credential => credential.Id == credentialId && credential.BranchId == branchId);
            return index >= 0 && _credentials[index] is { Renewable: true, Lifetime: { } lifetime } credential && credential.ExpiresAt > clock.GetUtcNow()
                ? _credentials[index] = credential with { ExpiresAt = clock.GetUtcNow() + lifetime }
                : null;
        }));

    public Task ReassignOwnedAsync(Database database, string branchId, string credentialId, CancellationToken cancellationToken) => cancellationToken.Answer(() =>
        database.Kind == DatabaseKind.MySql || journal.Write($"reassign what {credentialId} owns", () => true));

    public Task DeleteCredentialAsync(Database database, string branchId, string credentialId, CancellationToken cancellationToken) => cancellationToken.Answer(() =>
    {
        Assert(_credentials.Exists(credential => credential.Id == credentialId && credential.BranchId == branchId), $"there is no credential {credentialId} on {branchId}");
        return journal.Write($"delete credential {credentialId}", () => _credentials.RemoveAll(credential => credential.Id == credentialId));
    });

    private static void Refuse(bool when, string why)
    {
        if (when)
        {
            throw new PeerException(Failure.PersonNeeded, why, 422);
        }
    }

    private static void Assert(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"PlanetScale in memory was asked for nonsense: {otherwise}."));
        }
    }

    [GeneratedRegex("^[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex BranchName();

    [GeneratedRegex("^ib-[0-9a-f]{8}-[0-9a-f]{8}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CredentialName();
}
