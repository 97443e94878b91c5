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

    /// <summary>A credential that is listed no more (or not yet), though nobody deleted it.</summary>
    public Func<Credential, bool> IsListed { get; set; } = _ => true;

    public Branch AddBranch(string name, string? actor = "somebody", string? parent = "main", bool ready = true)
    {
        var branch = new Branch($"br-{++_made}", name, parent, ready, Production: false, Protected: false, clock.GetUtcNow(), actor);
        Branches.Add(branch);
        return branch;
    }

    public Credential AddCredential(string branchId, string name, string? actor = OurActor)
    {
        var credential = new Credential($"cred-{++_made}", name, branchId, clock.GetUtcNow(), clock.GetUtcNow() + TimeSpan.FromDays(30), actor);
        _credentials.Add(credential);
        return credential;
    }

    public void SetReady(string name) => Change(name, branch => branch with { Ready = true });

    public void Change(string name, Func<Branch, Branch> change)
    {
        var index = Branches.FindIndex(branch => branch.Name == name);
        Branches[index] = change(Branches[index]);
    }

    public void Forget(string credentialId) => _credentials.RemoveAll(credential => credential.Id == credentialId);

    public Task<Database> GetDatabaseAsync(string database, CancellationToken cancellationToken) =>
        cancellationToken.Answer(() => journal.Read("get the database", () => Database with { AsOf = clock.GetUtcNow() }));

    public Task<IReadOnlyList<Branch>> ListBranchesAsync(string database, CancellationToken cancellationToken) =>
        cancellationToken.Answer(() => journal.Read<IReadOnlyList<Branch>>("list the branches", () => [.. Branches]));

    public Task<Branch?> CreateBranchAsync(string database, string name, string parent, CancellationToken cancellationToken) => cancellationToken.Answer(() =>
    {
        Assert(BranchName().IsMatch(name), $"a branch cannot be named '{name}'");
        Assert(Branches.Exists(branch => branch.Name == parent), $"there is no parent '{parent}'");
        return journal.Write($"create branch {name}", () => Branches.Exists(branch => branch.Name == name) ? null : AddBranch(name, Actor, parent, ReadyAtOnce));
    });

    public Task<IReadOnlyList<Credential>> ListCredentialsAsync(string database, string branchId, CancellationToken cancellationToken) =>
        cancellationToken.Answer(() => journal.Read<IReadOnlyList<Credential>>(
            $"list the credentials of {branchId}", () => [.. _credentials.Where(credential => credential.BranchId == branchId && IsListed(credential))]));

    public Task<IssuedCredential> CreateCredentialAsync(string database, string branchId, CredentialRequest request, CancellationToken cancellationToken) => cancellationToken.Answer(() =>
    {
        var branch = Branches.Single(branch => branch.Id == branchId);
        Assert(branch.Ready, $"branch {branch.Name} is not ready");
        Assert(CredentialName().IsMatch(request.Name), $"'{request.Name}' is not a name of ours");
        Assert(request.Lifetime > TimeSpan.Zero && request.Lifetime.Ticks % TimeSpan.TicksPerSecond == 0, $"{request.Lifetime} is no lifetime");
        Requests.Add(request);
        return journal.Write($"create a credential on {branch.Name}", () =>
        {
            var id = $"cred-{++_made}";
            var credential = new Credential(id, request.Name, WrongBranch ?? branchId, clock.GetUtcNow(), clock.GetUtcNow() + request.Lifetime, Actor);
            _credentials.Add(credential);
            return new IssuedCredential(credential, branch.Name, "aws.connect.psdb.cloud", 3306, database, $"user-of-{id}", $"pscale_pw_of-{id}", request.Role);
        });
    });

    public Task DeleteCredentialAsync(string database, string branchId, string credentialId, CancellationToken cancellationToken) => cancellationToken.Answer(() =>
    {
        Assert(_credentials.Exists(credential => credential.Id == credentialId && credential.BranchId == branchId), $"there is no credential {credentialId} on {branchId}");
        return journal.Write($"delete credential {credentialId}", () => _credentials.RemoveAll(credential => credential.Id == credentialId));
    });

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
