using System.Text.RegularExpressions;
using IterationBranches.Branches;
using IterationBranches.Configuration;
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

    /// <summary>A step by all that it would do, so that steps of two plans can be compared.</summary>
    public static string Key(Step step) => step switch
    {
        Step.WriteClaim { Claim: var claim } => $"{step} for {claim.IterationId:N} in {claim.SecretName} at {claim.ProviderAddress} of {claim.ClaimedAt:u}",
        Step.AwaitBranch wait => $"{step} {wait.Branch.Id}",
        Step.NoteBranch { Record: var record } => $"{step} in {record.SecretName}",
        Step.IssueCredential { Record: var record, Branch: var branch } => $"{step} ({branch.Id}) in {record.SecretName}",
        Step.PointAlias { Record: var record } => $"{step}, {record.CredentialId}",
        Step.DeleteCredential { Branch: var branch, Credential: var credential } => $"{step}, {credential.Id} of {branch.Id}",
        _ => $"{step} for {step.About:N}",
    };

    public static bool HaveOneDatabase(World world, Record record) =>
        record.ProviderAddress.StartsWith($"planetscale://{world.Organization}/{world.Database.Name}/", StringComparison.OrdinalIgnoreCase);

    /// <summary>The branch that a step reads, writes about or makes a credential for; null when it names none.</summary>
    private static Branch? BranchOf(Step step, World world) => step switch
    {
        Step.WriteClaim { Claim.BranchId: { } id } => world.BranchById(id),
        Step.NoteBranch note => note.Branch,
        Step.LearnActor learn => learn.Branch,
        Step.AwaitBranch wait => wait.Branch,
        Step.IssueCredential issue => issue.Branch,
        Step.PointAlias { Record.BranchId: { } id } => world.BranchById(id),
        Step.DeleteCredential delete => delete.Branch,
        Step.RenewCredential renew => renew.Branch,
        Step.DeleteBranch delete => delete.Branch,
        _ => null,
    };

    private static IEnumerable<(bool Holds, string Sentence)> Of(Step step, World world) =>
        BranchOf(step, world) is { } branch ? OfKind(step, world).Concat(OfBranch(step, branch, world)) : OfKind(step, world);

    private static IEnumerable<(bool, string)> OfBranch(Step step, Branch branch, World world)
    {
        var isRecorded = world.Vault.RecordsOf(world.Track.Name).Any(record => record.BranchId == branch.Id);
        yield return (isRecorded || step is Step.NoteBranch or Step.WriteClaim or Step.LearnActor or Step.AwaitBranch, "a foreign branch is not named: this track's records say whose it is");
        // What is there already is only passed on: the alias gives what the record gives, and the log's branch is known again.
        if (step is Step.PointAlias or Step.WriteClaim)
        {
            yield break;
        }

        var isSeeded = world.Vault.RecordsOf(world.Track.Name).Any(record => record.BranchId == branch.Id && record.Seeded) || step is Step.NoteBranch { Record.Seeded: true };
        yield return ((!branch.Production || isSeeded) && branch.Name != world.Database.DefaultBranch,
            "neither the default branch is named nor a production one, unless it was made with data for this track");
        // Deletion protection is a person's word that the branch stays, not that its sprint goes without a credential.
        yield return (!branch.Protected || (isRecorded && step is Step.AwaitBranch or Step.IssueCredential or Step.RenewCredential or Step.DeleteCredential { Why: Unneeded.Leaked or Unneeded.Retired or Unneeded.Ended }), "a protected branch is neither taken nor is anything of it deleted");
    }

    private static IEnumerable<(bool Holds, string Sentence)> OfKind(Step step, World world) => step switch
    {
        Step.WriteClaim claim => OfClaim(claim, world),
        Step.CreateBranch create => OfCreate(create, world),
        Step.NoteBranch note => OfNote(note, world),
        Step.LearnActor learn => OfLearning(learn, world),
        Step.WriteAgain again => [.. OfTags(again.Record, again.Iteration, world), (again.Record.Enabled, "what a person disabled is not written again")],
        Step.AwaitBranch wait =>
        [
            (!wait.Branch.Ready, "what is ready is not awaited"),
            (wait.NextLook > world.Now && wait.NextLook <= world.Now.AddSeconds(60), "the next look is soon, and not now"),
        ],
        Step.IssueCredential issue => OfIssue(issue, world),
        Step.PointAlias point => OfAlias(point, world),
        Step.RenewCredential renew => OfRenewal(renew, world),
        Step.Follow follow => OfTags(follow.Record, follow.Iteration, world),
        Step.DeleteCredential { Why: Unneeded.Retired } delete => OfRetiredCredential(delete, world),
        Step.DeleteCredential { Why: Unneeded.Ended } delete => OfEndedCredential(delete, world),
        Step.DeleteCredential delete => OfStray(delete, world),
        Step.NoticeRetirement notice => [.. OfTags(notice.Record, notice.Iteration, world), .. OfGoing(notice.Record, notice.Iteration, world)],
        Step.RevokeRecord revoke => [.. OfGoing(revoke.Record, revoke.Iteration, world), .. OfNoticed(revoke.Record, world), .. OfDoomed(revoke.Record, world)],
        Step.MarkDeleted mark => [.. OfGoing(mark.Record, mark.Iteration, world), .. OfNoticed(Own(mark.Record, world), world), .. OfDoomed(mark.Record, world), .. OfPointOfNoReturn(mark, world)],
        Step.DeleteBranch delete => [.. OfDeleted(delete.Record, delete.Iteration, world), .. OfTouched(delete.Record, delete.Branch, world)],
        Step.DeleteRecord delete =>
        [
            .. OfDeleted(delete.Record, delete.Iteration, world),
            (delete.Record.BranchId is not { } id || world.BranchById(id) is null, "the branch is gone before its record"),
        ],
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
        yield return (earlier is null or { State: RecordState.Claimed or RecordState.Revoked, BranchId: null } || (earlier.State == RecordState.Deleted && (earlier.BranchId is null || world.BranchById(earlier.BranchId) is null)),
            "only a claim without a branch is written over, or one whose branch was deleted");
        yield return (claim.SecretName == Record.NameFor(world.Track.Name, iteration.Id) && IsFor(claim, iteration, world), "it is in the iteration's own secret");
        yield return (claim.ClaimedAt == (earlier is { State: RecordState.Claimed } && (claim.BranchId is not null || HaveOneDatabase(world, earlier)) ? earlier.ClaimedAt : world.Database.AsOf), "the first claim's time is kept");
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
        yield return ((!branch.Production || claim.Seeded) && branch.Name != world.Database.DefaultBranch, "it is not production, unless it was made with data");
        if (!world.MadeNow.Contains(branch.Id))
        {
            yield return (world.ActorId is not null && branch.ActorId == world.ActorId, "our actor made it");
            yield return (branch.CreatedAt >= claim.ClaimedAt.AddMinutes(-2), "it was made after the claim");
            yield return (string.Equals(branch.Parent, world.Parent, StringComparison.OrdinalIgnoreCase), "its parent is the track's");
        }
    }

    private static IEnumerable<(bool, string)> OfLearning(Step.LearnActor step, World world) =>
    [
        (world.ActorId is null, "who we are is not known yet"),
        (IsOwn(step.Record, step.Iteration, world) && step.Record is { State: RecordState.Claimed, BranchId: null }, "it is for a claim that has no branch"),
        (string.Equals(step.Record.Branch, step.Branch.Name, StringComparison.OrdinalIgnoreCase) && HaveOneDatabase(world, step.Record), "this claim names the branch"),
        (step.Branch.Ready && step.Branch.ActorId is not null, "the branch can be asked"),
        (step.Branch.CreatedAt >= step.Record.ClaimedAt.AddMinutes(-2), "it was made after the claim"),
        (Others(world, step.Record).All(other => other.BranchId != step.Branch.Id) && !IsClaimed(world, step.Branch.Name, step.Record), "no other record has it, or its name"),
    ];

    private static IEnumerable<(bool, string)> OfEndedCredential(Step.DeleteCredential step, World world) =>
    [
        (step.Record is { CredentialId: { } id } record && id == step.Credential.Id && record.IterationId == step.Iteration!.Id, "it is the record's"),
        (step.Credential.Name.StartsWith(Credential.NamePrefix, StringComparison.Ordinal) && step.Credential.BranchId == step.Branch.Id, "it has our name, and is this branch's"),
        (!IsWanted(step.Iteration!, world), "what is wanted is not ended"),
        (step.Iteration!.Finish is { } finish && world.Now >= Plan.ExpiryOf(world.Track, finish, world.TimeZone), "the finish and the grace are over"),
        (world.Vault.AliasesOf(world.Track.Name).All(alias => alias.CredentialId != step.Credential.Id), "the alias does not give it"),
        (AliasLogs(world).All(log => log.All(version => version.IterationId != step.Iteration!.Id)
            || (log.ToList().FindIndex(version => version.IterationId == step.Iteration!.Id) is > 0 and var index && world.Now - log[index - 1].WrittenAt >= world.Track.RotationGrace)),
            "the alias has given another for the rotation's grace"),
    ];

    private static IEnumerable<(bool, string)> OfIssue(Step.IssueCredential step, World world)
    {
        var (record, branch) = (step.Record, step.Branch);
        yield return (IsOwn(record, step.Iteration, world) && record.BranchId == branch.Id, "a credential is for the branch that the record names by its id");
        yield return (record is { State: RecordState.Claimed or RecordState.Revoked } or { State: RecordState.Ready, Enabled: true }, "what a person disabled stays so");
        yield return (record.State != RecordState.Ready
            || world.Credentials[branch.Id].All(credential => credential.Id != record.CredentialId || credential.ExpiresAt <= world.Now || IsEnding(credential, world)), "what works is not replaced");
        yield return (record.State == RecordState.Ready || branch.Ready, "the branch is ready");
        yield return ((!branch.Production || (record.Seeded && world.Track.AllowProductionBranch)) && branch.Name != world.Database.DefaultBranch, "no credential leads to production");
        yield return (step.ExpiresAt > world.Now, "it lasts");
    }

    private static IEnumerable<(bool, string)> OfAlias(Step.PointAlias step, World world) =>
    [
        (step.Iteration == Schedule.Current(world.Iterations, world.Today) || world.Vault.AliasOf(world.Track.Name, world.Track.Alias)?.IterationId == step.Iteration.Id,
            "the alias gives the current iteration, or what it gave in a gap"),
        (IsOwn(step.Record, step.Iteration, world) && step.Record is { State: RecordState.Ready, Enabled: true, CredentialId: not null }, "and only when that is ready"),
        (step.Record.BranchId is { } id && world.BranchById(id) is not null, "and its branch is there"),
        (step.AliasName == world.Track.Alias && !world.Vault.OtherNames.Contains(step.AliasName), "somebody's secret is not overwritten"),
        (world.Vault.AliasOf(world.Track.Name, step.AliasName) is not { Enabled: false }, "what a person disabled stays so"),
    ];

    private static IEnumerable<(bool, string)> OfStray(Step.DeleteCredential step, World world) =>
    [
        .. OfOurCredential(step, world),
        (world.Now - step.Credential.CreatedAt > TimeSpan.FromMinutes(15), "it is not on its way any more"),
        (world.Vault.RecordsOf(world.Track.Name).Any(record => record.BranchId == step.Branch.Id), "it is on a branch that this track's records name"),
        (world.Vault.Records.All(record => record.CredentialId != step.Credential.Id) && world.Vault.Aliases.All(alias => alias.CredentialId != step.Credential.Id), "nothing names it"),
        (NamedAt(step.Credential.Id, world).All(replaced => step.Why == Unneeded.Replaced && world.Now - replaced >= world.Track.RotationGrace), "what was named once is kept for the rotation's grace"),
    ];

    private static IEnumerable<(bool, string)> OfRetiredCredential(Step.DeleteCredential step, World world) =>
    [
        (world.Vault.RecordsOf(world.Track.Name).Any(record => record.State == RecordState.Revoked && record.BranchId == step.Branch.Id
            && (record.CredentialId == step.Credential.Id || OfOurCredential(step, world).All(rule => rule.Item1))), "it is ours, on a branch that is retired"),
        (!IsWanted(step.Iteration!, world), "what is wanted is not retired"),
        (step.Credential.BranchId == step.Branch.Id, "it is this branch's"),
    ];

    private static IEnumerable<(bool, string)> OfOurCredential(Step.DeleteCredential step, World world) =>
    [
        (step.Credential.Name.StartsWith(Credential.NamePrefix, StringComparison.Ordinal), "it has our name"),
        (world.ActorId is not null && step.Credential.ActorId == world.ActorId, "our actor made it"),
        (step.Credential.BranchId == step.Branch.Id, "it is this branch's"),
    ];

    /// <summary>When each log that has ever named the credential named another for the first time after that.</summary>
    private static IEnumerable<DateTimeOffset> NamedAt(string credentialId, World world)
    {
        var logs = world.Versions.Values.Select(log => log.Select(version => (version.CredentialId, version.WrittenAt)).ToList())
            .Concat(AliasLogs(world).Select(log => log.Select(version => ((string?)version.CredentialId, version.WrittenAt)).ToList()));
        foreach (var log in logs.Where(log => log.Exists(version => version.Item1 == credentialId)))
        {
            var index = log.FindIndex(version => version.Item1 == credentialId);
            yield return index == 0 ? DateTimeOffset.MaxValue : log[index - 1].WrittenAt!.Value;
        }
    }

    private static IEnumerable<IReadOnlyList<Alias>> AliasLogs(World world) => world.Vault.AliasesOf(world.Track.Name).Select(alias => world.AliasVersions[alias.SecretName]);

    private static IEnumerable<(bool, string)> OfRenewal(Step.RenewCredential step, World world) =>
    [
        (IsOwn(step.Record, step.Iteration, world) && step.Record is { State: RecordState.Ready } && step.Record.CredentialId == step.Credential.Id
            && (step.Record.Enabled || world.Vault.AliasesOf(world.Track.Name).Any(alias => alias.CredentialId == step.Credential.Id)), "only the credential of a ready record is renewed, or what the alias gives"),
        (step.Record.BranchId == step.Branch.Id && step.Credential is { Renewable: true }, "it is on the record's branch, and can be"),
        (IsEnding(step.Credential, world) && step.Credential.ExpiresAt > world.Now, "less than half of its life is left"),
    ];

    private static bool IsEnding(Credential credential, World world) => credential is { ExpiresAt: { } end, Lifetime: { } life } && end - world.Now < life / 2;

    /// <summary>Tags change on the version that was read, and nothing else of it does.</summary>
    private static IEnumerable<(bool, string)> OfTags(Record record, Iteration iteration, World world) =>
    [
        (record.Version is not null, "the version was read"),
        (world.Vault.Records.Any(other => other == record with { Finish = other.Finish, Notice = other.Notice, ExpiresAt = other.ExpiresAt, Refused = other.Refused }), "only what is remembered changes"),
        (record.IterationId == iteration.Id, "it is the iteration's record"),
    ];

    private static IEnumerable<(bool, string)> OfGoing(Record record, Iteration iteration, World world) =>
    [
        (record.IterationId == iteration.Id && record.Version is not null, "it is the iteration's record, as it was read"),
        (!IsWanted(iteration, world), "what is wanted is not retired"),
        (world.Track.Retire != Retirement.Keep, "nothing is retired that is to be kept"),
        (iteration.Finish is { } finish && world.Today.DayNumber > finish.DayNumber + world.Track.Grace.Days, "nothing is retired before its finish and grace have passed"),
        (world.Iterations.Concat(world.Deselected ?? []).Any(known => known.Id == iteration.Id), "an iteration that is not in Boards any more is kept"),
        (world.Vault.AliasesOf(world.Track.Name).All(alias => alias.IterationId != iteration.Id), "what the alias gives is not retired"),
        (HaveOneDatabase(world, record), "it is on the track's database"),
    ];

    private static IEnumerable<(bool, string)> OfNoticed(Record record, World world) =>
    [
        (record.Notice is { } notice && notice.After <= world.Now && notice.Retire == world.Track.Retire, "it was said seven days ahead, of this setting"),
        (AliasLogs(world).All(log => log.All(version => version.IterationId != record.IterationId)
            || (log.ToList().FindIndex(version => version.IterationId == record.IterationId) is > 0 and var index && world.Now - log[index - 1].WrittenAt >= world.Track.RotationGrace)),
            "the alias has given another for the rotation's grace"),
    ];

    private static IEnumerable<(bool, string)> OfDoomed(Record record, World world) =>
        world.Track.Retire == Retirement.Delete && record.BranchId is { } id && world.BranchById(id) is { } branch
            ? [.. OfTouched(record, branch, world), (world.Inspections.TryGetValue(id, out var inspection) && inspection.Against is null, "it was inspected, and nothing speaks against it")]
            : [];

    private static IEnumerable<(bool, string)> OfTouched(Record record, Branch branch, World world) =>
    [
        (record.BranchId == branch.Id, "the branch is the record's, by its id"),
        (branch.Name != world.Database.DefaultBranch && !string.Equals(branch.Name, world.Parent, StringComparison.OrdinalIgnoreCase), "it is neither the default branch nor the parent"),
        (!branch.Protected, "it is not protected"),
        (world.Branches.All(other => other.Id == branch.Id || !string.Equals(other.Parent, branch.Name, StringComparison.OrdinalIgnoreCase)), "it has no children"),
        (!branch.Production || (record.Seeded && world.Track.AllowProductionBranch), "it is not production, unless it was made for this and that is still allowed"),
    ];

    private static IEnumerable<(bool, string)> OfPointOfNoReturn(Step.MarkDeleted step, World world) =>
    [
        (Own(step.Record, world) is { State: RecordState.Revoked }, "the record was disabled first"),
        (step.Record.BranchId is not { } id || world.Credentials.GetValueOrDefault(id, []).All(credential => credential.Id != step.Record.CredentialId), "its credential was deleted first"),
        (step.Record.State == RecordState.Deleted && world.Track.Retire == Retirement.Delete, "it is said, and meant"),
    ];

    private static IEnumerable<(bool, string)> OfDeleted(Record record, Iteration iteration, World world) =>
    [
        (IsOwn(record, iteration, world) && record is { State: RecordState.Deleted, Version: not null }, "the point of no return was passed"),
        (HaveOneDatabase(world, record), "it is on the track's database"),
    ];

    private static Record Own(Record record, World world) => world.Vault.Records.Single(other => other.SecretName == record.SecretName);

    private static bool IsWanted(Iteration iteration, World world) =>
        Schedule.Of(world.Track, world.Iterations, world.Today).Any(scheduled => scheduled.Iteration.Id == iteration.Id && scheduled.Standing == Standing.Wanted);

    private static bool IsOwn(Record record, Iteration iteration, World world) => IsFor(record, iteration, world) && world.Vault.Records.Contains(record);

    private static bool IsFor(Record record, Iteration iteration, World world) =>
        record.IterationId == iteration.Id && string.Equals(record.Track, world.Track.Name, StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<Record> Others(World world, Record record) => world.Vault.Records.Where(other => other.SecretName != record.SecretName);

    private static bool IsClaimed(World world, string name, Record by) => Others(world, by).Any(other =>
        other.State != RecordState.Deleted && HaveOneDatabase(world, other) && string.Equals(other.Branch, name, StringComparison.OrdinalIgnoreCase));

    [GeneratedRegex("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Slug();
}
