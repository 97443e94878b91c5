using System.Text.RegularExpressions;
using IterationBranches.Branches;
using IterationBranches.Credentials;
using IterationBranches.Iterations;
using IterationBranches.Provisioning;
using IterationBranches.Records;
using Record = IterationBranches.Records.Record;

namespace IterationBranches.Tests.Properties;

/// <summary>
/// What no step may ever do, in whatever world: the protocol's sentences written down once more, from the side of what
/// is touched rather than of what comes next.
/// </summary>
internal static partial class Rules
{
    /// <summary>The sentences that this plan breaks.</summary>
    public static IReadOnlyList<string> BrokenBy(Plan plan) =>
        [.. plan.Steps.SelectMany(step => Of(step, plan.World).Where(rule => !rule.Holds).Select(rule => $"'{step}' breaks: {rule.Sentence}"))];

    /// <summary>The iteration that a step is for; null when it is for the whole track.</summary>
    public static Iteration? IterationOf(Step step) => step switch
    {
        Step.WriteClaim claim => claim.Iteration,
        Step.CreateBranch create => create.Iteration,
        Step.NoteBranch note => note.Iteration,
        Step.AwaitBranch wait => wait.Iteration,
        Step.IssueCredential issue => issue.Iteration,
        Step.Refuse refuse => refuse.Iteration,
        _ => null,
    };

    /// <summary>A step by all that it would do, so that steps of two plans can be compared.</summary>
    public static string Key(Step step) => step switch
    {
        Step.WriteClaim { Claim: var claim } => $"{step} for {claim.IterationId:N} in {claim.SecretName} at {claim.ProviderAddress} of {claim.ClaimedAt:u}",
        Step.AwaitBranch wait => $"{step} {wait.Branch.Id}",
        Step.NoteBranch { Record: var record } => $"{step} in {record.SecretName}",
        Step.IssueCredential { Record: var record, Branch: var branch } => $"{step} ({branch.Id}) in {record.SecretName}",
        Step.PointAlias { Record: var record } => $"{step}, {record.CredentialId}",
        Step.DeleteOrphan { Branch: var branch, Credential: var credential } => $"{step}, {credential.Id} of {branch.Id}",
        _ => $"{step} for {IterationOf(step)?.Id:N}",
    };

    public static bool HaveOneDatabase(World world, Record record) =>
        record.ProviderAddress.StartsWith($"planetscale://{world.Organization}/{world.Database.Name}/", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<(bool Holds, string Sentence)> Of(Step step, World world) => step switch
    {
        Step.WriteClaim claim => OfClaim(claim, world),
        Step.CreateBranch create => OfCreate(create, world),
        Step.NoteBranch note => OfNote(note, world),
        Step.AwaitBranch wait =>
        [
            (!wait.Branch.Ready, "what is ready is not awaited"),
            (wait.NextLook > world.Now && wait.NextLook <= world.Now.AddSeconds(30), "the next look is soon, and not now"),
        ],
        Step.IssueCredential issue => OfIssue(issue, world),
        Step.PointAlias point => OfAlias(point, world),
        Step.DeleteOrphan orphan => OfOrphan(orphan, world),
        Step.Refuse refuse =>
        [
            (refuse.Reason.Length > 0, "a refusal says why"),
            (refuse.Record is null || IsOwn(refuse.Record, refuse.Iteration!, world), "it is remembered in the record that it is about"),
        ],
        _ => [(false, "every kind of step has its rules here")],
    };

    private static IEnumerable<(bool, string)> OfClaim(Step.WriteClaim step, World world)
    {
        var (iteration, claim) = (step.Iteration, step.Claim);
        var earlier = world.Vault.RecordOf(world.Track.Name, iteration.Id);
        yield return (claim is { State: RecordState.Claimed, Enabled: false, CredentialId: null } || claim == earlier! with { BranchId = claim.BranchId, Branch = claim.Branch, ProviderAddress = claim.ProviderAddress, Refused = null },
            "a claim is disabled and says so");
        yield return (earlier is null or { State: RecordState.Claimed, BranchId: null }, "only a claim without a branch is written over");
        yield return (claim.SecretName == Record.NameFor(world.Track.Name, iteration.Id) && IsFor(claim, iteration, world), "it is in the iteration's own secret");
        yield return (claim.ClaimedAt == (earlier?.ClaimedAt ?? world.Database.AsOf), "the first claim's time is kept");
        if (claim.BranchId is { } id)
        {
            yield return (world.BranchById(id) is not null, "the branch that an older version knows is there");
            yield return (Others(world, claim).All(other => other.BranchId != id), "and no other record names it");
            yield return (world.Versions[claim.SecretName].Any(version => version.BranchId == id), "an older version names it");
            yield break;
        }

        yield return (HaveOneDatabase(world, claim) && claim.ProviderAddress.EndsWith($"/{claim.Branch}", StringComparison.Ordinal), "it leads to the track's database");
        yield return (Slug().IsMatch(claim.Branch) && claim.Branch.Length <= BranchName.MaximumLength, "PlanetScale takes the name");
        yield return (claim.Branch == BranchName.For(world.Track, iteration) || claim.Branch == BranchName.Suffixed(world.Track, iteration), "the name is the iteration's");
        yield return (!IsClaimed(world, claim.Branch, claim), "no other record claims the name");
        yield return (world.BranchByName(claim.Branch) is null, "nobody's branch has the name");
    }

    private static IEnumerable<(bool, string)> OfCreate(Step.CreateBranch step, World world) =>
    [
        (IsOwn(step.Record, step.Iteration, world) && step.Record is { State: RecordState.Claimed, BranchId: null }, "a branch is made for a claim that has none"),
        (HaveOneDatabase(world, step.Record), "it is made where the claim leads to"),
        (world.BranchByName(step.Record.Branch) is null && !IsClaimed(world, step.Record.Branch, step.Record), "the name is free"),
        (step.Parent == world.Parent && world.BranchByName(step.Parent) is not null, "it has the track's parent, which is there"),
        (!world.Database.AtBranchLimit, "there is room for it"),
    ];

    private static IEnumerable<(bool, string)> OfNote(Step.NoteBranch step, World world)
    {
        var (branch, claim) = (step.Branch, step.Record);
        yield return (IsOwn(claim, step.Iteration, world) && claim is { State: RecordState.Claimed, BranchId: null }, "a branch is noted in a claim that has none");
        yield return (string.Equals(claim.Branch, branch.Name, StringComparison.OrdinalIgnoreCase) && HaveOneDatabase(world, claim), "this claim names it");
        yield return (Others(world, claim).All(other => other.BranchId != branch.Id), "no other record has it");
        yield return (!IsClaimed(world, branch.Name, claim), "no other record claims its name");
        yield return (!branch.Production && branch.Name != world.Database.DefaultBranch, "it is not production");
        if (!world.MadeNow.Contains(branch.Id))
        {
            yield return (world.ActorId is not null && branch.ActorId == world.ActorId, "our actor made it");
            yield return (branch.CreatedAt >= claim.ClaimedAt.AddMinutes(-2), "it was made after the claim");
            yield return (string.Equals(branch.Parent, world.Parent, StringComparison.OrdinalIgnoreCase), "its parent is the track's");
        }
    }

    private static IEnumerable<(bool, string)> OfIssue(Step.IssueCredential step, World world)
    {
        var (record, branch) = (step.Record, step.Branch);
        yield return (IsOwn(record, step.Iteration, world) && record.BranchId == branch.Id, "a credential is for the branch that the record names by its id");
        yield return (record is { State: RecordState.Claimed } or { State: RecordState.Ready, Enabled: true }, "what a person disabled stays so");
        yield return (record.State == RecordState.Claimed
            || world.Credentials[branch.Id].All(credential => credential.Id != record.CredentialId || credential.ExpiresAt <= world.Now), "what works is not replaced");
        yield return (record.State != RecordState.Claimed || branch.Ready, "the branch is ready");
        yield return (!branch.Production && branch.Name != world.Database.DefaultBranch, "no credential leads to production");
        yield return (step.ExpiresAt > world.Now, "it lasts");
    }

    private static IEnumerable<(bool, string)> OfAlias(Step.PointAlias step, World world) =>
    [
        (step.Iteration == Schedule.Current(world.Iterations, world.Today), "the alias gives the current iteration"),
        (IsOwn(step.Record, step.Iteration, world) && step.Record is { State: RecordState.Ready, Enabled: true, CredentialId: not null }, "and only when that is ready"),
        (step.Record.BranchId is { } id && world.BranchById(id) is not null, "and its branch is there"),
        (step.AliasName == world.Track.Alias && !world.Vault.OtherNames.Contains(step.AliasName), "somebody's secret is not overwritten"),
        (world.Vault.AliasOf(world.Track.Name, step.AliasName) is not { Enabled: false }, "what a person disabled stays so"),
    ];

    private static IEnumerable<(bool, string)> OfOrphan(Step.DeleteOrphan step, World world) =>
    [
        (step.Credential.Name.StartsWith(Credential.NamePrefix, StringComparison.Ordinal), "an orphan has our name"),
        (world.ActorId is not null && step.Credential.ActorId == world.ActorId, "our actor made it"),
        (world.Now - step.Credential.CreatedAt > TimeSpan.FromMinutes(15), "it is not on its way any more"),
        (world.Vault.RecordsOf(world.Track.Name).Any(record => record.BranchId == step.Branch.Id) && step.Credential.BranchId == step.Branch.Id, "it is on a branch that this track's records name"),
        (world.Vault.Records.All(record => record.CredentialId != step.Credential.Id) && world.Vault.Aliases.All(alias => alias.CredentialId != step.Credential.Id), "nothing names it"),
    ];

    private static bool IsOwn(Record record, Iteration iteration, World world) => IsFor(record, iteration, world) && world.Vault.Records.Contains(record);

    private static bool IsFor(Record record, Iteration iteration, World world) =>
        record.IterationId == iteration.Id && string.Equals(record.Track, world.Track.Name, StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<Record> Others(World world, Record record) => world.Vault.Records.Where(other => other.SecretName != record.SecretName);

    private static bool IsClaimed(World world, string name, Record by) => Others(world, by).Any(other =>
        other.State != RecordState.Deleted && HaveOneDatabase(world, other) && string.Equals(other.Branch, name, StringComparison.OrdinalIgnoreCase));

    [GeneratedRegex("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Slug();
}
