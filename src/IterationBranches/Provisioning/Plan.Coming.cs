using IterationBranches.Branches;
using IterationBranches.Configuration;
using IterationBranches.Iterations;
using IterationBranches.Records;

namespace IterationBranches.Provisioning;

/// <summary>A branch comes.</summary>
public sealed partial record Plan
{
    /// <summary>A claim is by PlanetScale's clock, read a moment before; a branch that is older by more than this is not its.</summary>
    public static readonly TimeSpan ClaimTolerance = TimeSpan.FromMinutes(2);

    public static readonly TimeSpan ReadyDeadline = TimeSpan.FromMinutes(20);

    /// <summary>Of a branch that is made with data: its time grows with them (Terraform's provider waits as long).</summary>
    public static readonly TimeSpan SeededDeadline = TimeSpan.FromHours(12);

    private static Next ClaimFirst(World world, Iteration iteration)
    {
        var name = Record.NameFor(world.Track.Name, iteration.Id);
        return world.Vault.OtherNames.Contains(name)
            ? new Step.Refuse(iteration, null, $"the secret {name} exists and is not this product's, so it is left as it is; rename or delete it")
            : WhyNoBranch(world, world.Track.DataBranching) is { } reason
            ? Next.Say(reason)
            : Claim(world, iteration, null, BranchName.For(world.Track, iteration));
    }

    /// <summary>A claim of the wanted name, or of the suffixed one when that is taken.</summary>
    /// <param name="earlier">What was claimed for the iteration before, whose time and seed are kept; null: this is the first claim.</param>
    /// <param name="anew">The earlier claim's branch was there, and is gone: this is a claim of its own.</param>
    private static Step Claim(World world, Iteration iteration, Record? earlier, string wanted, bool anew = false)
    {
        var suffixed = BranchName.Suffixed(world.Track, iteration);
        var name = !IsTaken(world, wanted, earlier) ? wanted : !IsTaken(world, suffixed, earlier) ? suffixed : null;
        if (name is null)
        {
            return new Step.Refuse(iteration, earlier, $"both branch names, {BranchName.For(world.Track, iteration)} and {suffixed}, belong to others in {world.Database.Name}; rename or delete one of those branches");
        }

        var former = anew ? null : earlier;
        return new Step.WriteClaim(iteration, new Record(
            Record.NameFor(world.Track.Name, iteration.Id), world.Track.Name, iteration.Id, iteration.Path, RecordState.Claimed, name,
            former?.ClaimedAt ?? world.Database.AsOf)
        {
            Seeded = former?.Seeded ?? world.Track.DataBranching,
            Version = earlier?.Version,
            Enabled = earlier?.Enabled ?? false,
            OtherTags = earlier?.OtherTags ?? new Dictionary<string, string>(),
            ProviderAddress = $"planetscale://{world.Organization}/{world.Database.Name}/{name}",
        });
    }

    private static bool IsTaken(World world, string name, Record? own) =>
        world.BranchByName(name) is not null || IsClaimedByAnother(world, name, own);

    /// <summary>By another record on the same database.</summary>
    private static bool IsClaimedByAnother(World world, string name, Record? own) =>
        world.Vault.RecordsClaiming(name).Any(record => record.SecretName != own?.SecretName && record.State != RecordState.Deleted && IsOnDatabase(world, record));

    private static Next AfterClaim(World world, Iteration iteration, Record claim)
    {
        // The versions are a log that no late writer can erase: an older one may know the branch already. What was there
        // before a deletion is over.
        var versions = world.Versions.GetValueOrDefault(claim.SecretName, []).TakeWhile(version => version.State != RecordState.Deleted).ToList();
        var known = versions.FirstOrDefault(version => version.BranchId is { } id && world.BranchById(id) is not null && !IsRecorded(world, id, claim));
        if (known is not null)
        {
            return new Step.WriteClaim(iteration, claim with { BranchId = known.BranchId, Branch = known.Branch, ProviderAddress = known.ProviderAddress, Refused = null });
        }

        if (!IsOnDatabase(world, claim))
        {
            // A claim that never had a branch was made under another setting, and holds up nothing.
            return versions.Exists(version => version.BranchId is not null)
                ? new Step.Refuse(iteration, claim, Missing(world, claim))
                : Claim(world, iteration, claim, BranchName.For(world.Track, iteration), anew: true);
        }

        if (world.BranchByName(claim.Branch) is not { } branch)
        {
            return IsTaken(world, claim.Branch, claim) ? Claim(world, iteration, claim, claim.Branch)
                : (WhyNoBranch(world, claim.Seeded) ?? (world.Database.AtBranchLimit ? AtLimit(world) : null)) is { } reason ? new Step.Refuse(iteration, claim, reason)
                : new Step.CreateBranch(iteration, claim, world.Parent);
        }

        return world.MadeNow.Contains(branch.Id) ? new Step.NoteBranch(iteration, claim, branch)
            : !MayBeOurs(world, branch, claim) ? Claim(world, iteration, claim, claim.Branch)
            : !world.IsVaultListedTwice ? Next.Read(Unread.OfVault)
            : world.ActorId is null ? (branch.Ready ? new Step.LearnActor(iteration, claim, branch) : new Step.AwaitBranch(iteration, branch, world.Now + Pause(world.Now - branch.CreatedAt)))
            : new Step.NoteBranch(iteration, claim, branch, IsFound: true);
    }

    /// <summary>Why none can be made now; null: nothing stands in the way.</summary>
    internal static string? WhyNoBranch(World world, bool isSeeded)
    {
        var (track, database) = (world.Track, world.Database);
        if (world.BranchByName(world.Parent) is not { } parent)
        {
            return $"the parent branch {world.Parent} does not exist in {database.Name} (Tracks__{track.Name}__ParentBranch)";
        }

        return database.Kind == DatabaseKind.Postgres ? WhyNoRestore(world, parent, isSeeded) : isSeeded ? WhyNoSeed(world, parent) : null;
    }

    private static string? WhyNoSeed(World world, Branch parent)
    {
        var (track, database) = (world.Track, world.Database);
        return !database.AllowsDataBranching
            ? $"Data Branching is switched off for {database.Name}: switch it on in the database's settings at PlanetScale, or {WithoutData(track)}"
            : parent.Production && !track.AllowProductionBranch
            ? $"a branch with the data of {parent.Name} would be a production branch itself: of the same size{(parent.ClusterName is { } size ? $" ({size})" : "")} with two replicas, at the price of a production branch (PS-80 with 100 GB: about 314 US dollars a month), and with production data. Set Tracks__{track.Name}__AllowProductionBranch to true if that is meant, name a development branch in Tracks__{track.Name}__ParentBranch, or {WithoutData(track)}"
            : null;
    }

    private static string? WhyNoRestore(World world, Branch parent, bool isSeeded)
    {
        var (track, database) = (world.Track, world.Database);
        return !isSeeded ? PostgresNeedsData(world)
            : database.AtRestoreLimit ? $"{database.Name} has as many branches from backups as PlanetScale allows; delete some, or ask PlanetScale for more"
            : parent.Production && track.ClusterSize != BranchSeed.Restore.DevelopmentSize && !track.AllowProductionBranch
            ? $"a branch of the size {track.ClusterSize} (Tracks__{track.Name}__ClusterSize) costs what a production branch does; set Tracks__{track.Name}__AllowProductionBranch to true if that is meant, or leave the size out: {BranchSeed.Restore.DevelopmentSize}"
            : null;
    }

    /// <summary>A claim keeps the seed that it was made with.</summary>
    private static string WithoutData(Track track) => track.DataBranching
        ? $"leave out Tracks__{track.Name}__DataBranching"
        : $"take \"; seeded\" out of the tag \"claim\" of its record, which was claimed while Tracks__{track.Name}__DataBranching was true";

    private static string PostgresNeedsData(World world) =>
        $"{world.Database.Name} is a Postgres database, whose plain branches have neither schema nor data: "
        + (world.Track.DataBranching
            ? $"add \"; seeded\" to the tag \"claim\" of its record, which was claimed while Tracks__{world.Track.Name}__DataBranching was not true, and its branch is restored from its parent's latest backup"
            : $"set Tracks__{world.Track.Name}__DataBranching to true, and each branch is restored from its parent's latest backup");

    /// <summary>
    /// A branch by the claimed name is ours only if all of this holds, and our actor made it; a lost answer to a create is found
    /// so. While we do not know who we are, it may be.
    /// </summary>
    private static bool MayBeOurs(World world, Branch branch, Record claim) =>
        branch.ActorId is { } maker && (world.ActorId is { } us ? maker == us : !world.IsActorUntold)
        && !IsRecorded(world, branch.Id, claim)
        && !IsClaimedByAnother(world, branch.Name, claim)
        && branch.CreatedAt >= claim.ClaimedAt - ClaimTolerance
        && (string.Equals(branch.Parent, world.Parent, StringComparison.OrdinalIgnoreCase) || (claim.Seeded && branch.RestoredFrom is { } source && source == world.BranchByName(world.Parent)?.Id))
        && (!branch.Production || claim.Seeded)
        && !branch.Protected
        && branch.Name != world.Database.DefaultBranch;

    private static bool IsRecorded(World world, string branchId, Record except) =>
        world.Vault.RecordsOfBranch(branchId).Any(record => record.SecretName != except.SecretName);

    private static Next AfterBranch(World world, Iteration iteration, Record record)
    {
        if (BranchOf(world, record) is not { } branch)
        {
            return IsAskedFor(world, record, LookOperation.Recreate) && IsOnDatabase(world, record)
                ? Claim(world, iteration, record, BranchName.For(world.Track, iteration), anew: true)
                : new Step.Refuse(iteration, record, Missing(world, record));
        }

        if (branch.Ready || LeadsToProduction(world, record, branch))
        {
            return Issue(world, iteration, record, branch);
        }

        var age = world.Now - branch.CreatedAt;
        return age > (record.Seeded ? SeededDeadline : ReadyDeadline)
            ? new Step.Refuse(iteration, record, $"branch {branch.Name} is not ready {age.TotalMinutes:0} minutes after it was created; look at it in PlanetScale's dashboard")
            : new Step.AwaitBranch(iteration, branch, world.Now + Pause(age));
    }

    private static TimeSpan Pause(TimeSpan age) => TimeSpan.FromSeconds(
        age < TimeSpan.FromMinutes(1) ? 5 : age < TimeSpan.FromMinutes(5) ? 10 : age <= ReadyDeadline ? 30 : 60);

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    /// <summary>A production branch is ours only when it was made with data for this very iteration, and that is still allowed.</summary>
    private static bool LeadsToProduction(World world, Record record, Branch branch) =>
        branch.Name == world.Database.DefaultBranch || (branch.Production && !(record.Seeded && world.Track.AllowProductionBranch));

    private static Step Issue(World world, Iteration iteration, Record record, Branch branch)
    {
        if (LeadsToProduction(world, record, branch))
        {
            return new Step.Refuse(iteration, record, record.Seeded
                ? $"branch {branch.Name}, made by Data Branching, is a production branch, and Tracks__{world.Track.Name}__AllowProductionBranch is not set; its credential would lead to production data"
                : $"branch {branch.Name} is a production branch now; its credential would lead to production");
        }

        // Between two sprints the alias keeps a credential in use for longer than its iteration.
        var end = iteration.Finish is { } finish ? ExpiryOf(world.Track, finish, world.TimeZone) : world.Now;
        var least = world.Now + (IsInUse(world, record) ? world.Track.Grace : TimeSpan.Zero) + TimeSpan.FromDays(1);
        return new Step.IssueCredential(iteration, record, branch, Earlier(end > least ? end : least, world.Now + world.MaximumValidity));
    }
}
