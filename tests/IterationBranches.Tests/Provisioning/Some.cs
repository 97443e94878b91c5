using IterationBranches.Branches;
using IterationBranches.Configuration;
using IterationBranches.Credentials;
using IterationBranches.Iterations;
using IterationBranches.Provisioning;
using IterationBranches.Records;
using Record = IterationBranches.Records.Record;

namespace IterationBranches.Tests.Provisioning;

/// <summary>A world in which one sprint is running and nothing has been done yet; a row of a table changes what it is about.</summary>
internal static class Some
{
    public const string Us = "actor-of-ours";

    /// <summary>A Wednesday in Sprint 42.</summary>
    public static readonly DateTimeOffset Now = new(2026, 8, 26, 9, 0, 0, TimeSpan.Zero);

    public static readonly DateOnly Today = new(2026, 8, 26);

    public static readonly Iteration Sprint42 = new(
        Guid.Parse("2a6f9d84-c05b-4e71-93fa-7e1c8b4d6029"), "Sprint 42", @"Meridian\Release 5\Sprint 42", new(2026, 8, 24), new(2026, 9, 4));

    public static readonly Iteration Sprint43 = new(
        Guid.Parse("b7410e9f-3d6c-4825-8f1e-5a9c2d7b0e64"), "Sprint 43", @"Meridian\Release 5\Sprint 43", new(2026, 9, 7), new(2026, 9, 18));

    public static readonly Track Orders = new()
    {
        Name = "orders",
        Project = "Meridian",
        Database = "shop",
        Alias = "ConnectionStrings--orders",
        Retire = Retirement.Keep,
    };

    public static readonly Branch Main = new("br-main", "main", null, Ready: true, Production: true, Protected: true, Now.AddYears(-1), "somebody");

    public static Iteration Sprint(string name, string start, string finish, Guid? id = null) =>
        new(id ?? Guid.NewGuid(), name, $@"Meridian\Release 5\{name}", DateOnly.Parse(start), DateOnly.Parse(finish));

    public static VaultListing Vault(params object[] secrets) => new(
        [.. secrets.OfType<Record>()], [.. secrets.OfType<Alias>()], secrets.OfType<string>().ToHashSet(StringComparer.OrdinalIgnoreCase));

    /// <summary>Each secret has one version; both sprints are in the project, whichever of them the track's list has.</summary>
    public static World World(Iteration[]? iterations = null, Branch[]? branches = null, object[]? secrets = null, Credential[]? credentials = null) => new()
    {
        Track = Orders,
        Organization = "acme",
        Now = Now,
        Today = Today,
        TimeZone = TimeZoneInfo.Utc,
        Iterations = iterations ?? [Sprint42],
        Database = new Database("shop", DatabaseKind.MySql, "main", Ready: true, AtBranchLimit: false, Now.AddSeconds(-1)),
        Branches = [Main, .. branches ?? []],
        Vault = Vault(secrets ?? []),
        IsVaultListedTwice = true,
        Deselected = new[] { Sprint42, Sprint43 }.ExceptBy((iterations ?? [Sprint42]).Select(iteration => iteration.Id), iteration => iteration.Id).ToList(),
        Versions = (secrets ?? []).OfType<Record>().ToDictionary(record => record.SecretName, record => (IReadOnlyList<Record>)[record]),
        AliasVersions = (secrets ?? []).OfType<Alias>().Select(alias => alias.SecretName).Append(Orders.Alias).Distinct()
            .ToDictionary(name => name, name => (IReadOnlyList<Alias>)[.. (secrets ?? []).OfType<Alias>().Where(alias => alias.SecretName == name)]),
        Credentials = (branches ?? []).Where(branch => branch.Ready)
            .ToDictionary(branch => branch.Id, branch => (IReadOnlyList<Credential>)[.. (credentials ?? []).Where(credential => credential.BranchId == branch.Id)]),
        Memory = new TrackMemory(),
        ActorId = Us,
    };

    /// <summary>A branch of ours, a minute old.</summary>
    public static Branch Branch(string name = "sprint-42", string id = "br-42", bool ready = true) =>
        new(id, name, "main", ready, Production: false, Protected: false, Now.AddMinutes(-1), Us);

    /// <summary>A claim, a minute old.</summary>
    public static Record Claim(Iteration? iteration = null, string branch = "sprint-42", string? branchId = null, Track? track = null)
    {
        var (of, on) = (iteration ?? Sprint42, track ?? Orders);
        return new(Record.NameFor(on.Name, of.Id), on.Name, of.Id, of.Path, RecordState.Claimed, branch, Now.AddMinutes(-1), branchId)
        {
            ProviderAddress = $"planetscale://acme/{on.Database}/{branch}",
            Version = "v1",
        };
    }

    public static Record Ready(Iteration? iteration = null, string branch = "sprint-42", string branchId = "br-42", string credential = "cred-42", Track? track = null) =>
        Claim(iteration, branch, branchId, track) with
        {
            State = RecordState.Ready,
            Enabled = true,
            CredentialId = credential,
            Finish = (iteration ?? Sprint42).Finish,
        };

    public static Credential Credential(string id = "cred-42", string branchId = "br-42", string name = "ib-2a6f9d84-0badcafe") =>
        new(id, name, branchId, Now.AddHours(-1), Now.AddDays(20), Us);

    public static Alias Alias(string credential = "cred-42", Iteration? iteration = null) =>
        new(Orders.Alias, "orders", (iteration ?? Sprint42).Id, credential);

    public static World WithVersions(this World world, params Record[] newestFirst) => world with
    {
        Versions = new Dictionary<string, IReadOnlyList<Record>> { [newestFirst[0].SecretName] = newestFirst },
    };
}
