using IterationBranches.Branches;
using IterationBranches.Credentials;
using IterationBranches.Iterations;
using IterationBranches.Records;

namespace IterationBranches.Provisioning;

/// <summary>Why a credential is deleted.</summary>
public enum Unneeded
{
    /// <summary>No version of a record or alias has ever named it.</summary>
    Orphaned,

    /// <summary>Another has taken its place for longer than the rotation's grace.</summary>
    Replaced,

    /// <summary>An operator asked for it: it is known to others.</summary>
    Leaked,

    /// <summary>Its branch is retired.</summary>
    Retired,

    /// <summary>Its iteration, and the grace, are over; a renewal had made it valid for longer.</summary>
    Ended,
}

/// <summary>
/// One thing to do next. Each asks first and changes one thing; running the whole again ends in the same state.
/// Its text is what a plan prints.
/// </summary>
/// <param name="About">The id of the iteration that waits when this step has to wait; null: none does.</param>
public abstract record Step(Guid? About)
{
    /// <summary>What cannot be taken back: everything is looked at once more immediately before.</summary>
    public virtual bool IsDestructive => false;

    /// <summary>The record whose version is changed or replaced, or which remembers that it could not be; null for the others.</summary>
    public virtual Record? Changed => null;

    /// <summary>The branch's name is reserved in Key Vault, so that the branch can be known again.</summary>
    /// <param name="Claim">The record to write.</param>
    public sealed record WriteClaim(Iteration Iteration, Record Claim) : Step(Iteration.Id)
    {
        public override string ToString() => Claim.BranchId is { } id
            ? $"note again that branch {Claim.Branch} ({id}) is this iteration's, as an older version of its record says"
            : $"claim the branch name {Claim.Branch}";
    }

    /// <summary>
    /// Who we are on PlanetScale is found out by a credential of a few minutes, on a branch that is ours by everything but its
    /// maker: what PlanetScale says of the credential's maker says who we are. It is deleted at once, and nobody is given it.
    /// </summary>
    public sealed record LearnActor(Iteration Iteration, Record Record, Branch Branch) : Step(Iteration.Id)
    {
        public override string ToString() => $"find out whether branch {Branch.Name} ({Branch.Id}) was made by this app";
    }

    public sealed record CreateBranch(Iteration Iteration, Record Record, string Parent) : Step(Iteration.Id)
    {
        public override string ToString() => $"create branch {Record.Branch} from {Parent}{(Record.Seeded ? " with its data" : "")}";
    }

    /// <summary>The branch's id goes into the claim; from here the branch is known by its id alone.</summary>
    /// <param name="IsFound">It was not made in this run, and is ours because nothing speaks against it.</param>
    public sealed record NoteBranch(Iteration Iteration, Record Record, Branch Branch, bool IsFound = false) : Step(Iteration.Id)
    {
        public override bool IsDestructive => IsFound;

        public override Record? Changed => Record;

        public override string ToString() => $"note that branch {Branch.Name} is {Branch.Id}";
    }

    /// <summary>Nothing to do until the branch is ready.</summary>
    public sealed record AwaitBranch(Iteration Iteration, Branch Branch, DateTimeOffset NextLook) : Step(Iteration.Id)
    {
        public override string ToString() => $"wait until branch {Branch.Name} is ready";
    }

    /// <summary>A credential is made, checked against its branch, and committed to the record.</summary>
    public sealed record IssueCredential(Iteration Iteration, Record Record, Branch Branch, DateTimeOffset ExpiresAt) : Step(Iteration.Id)
    {
        public override Record? Changed => Record;

        public override string ToString() => $"issue a credential for branch {Branch.Name}, valid to {ExpiresAt.UtcDateTime:yyyy-MM-dd}";
    }

    /// <summary>PlanetScale makes the same credential valid for its lifetime anew.</summary>
    public sealed record RenewCredential(Iteration Iteration, Record Record, Branch Branch, Credential Credential) : Step(Iteration.Id)
    {
        public override string ToString() => $"renew the credential {Credential.Name} of branch {Branch.Name}, which ends on {Credential.ExpiresAt?.UtcDateTime:yyyy-MM-dd}";
    }

    /// <summary>The same value in a new version, because a policy may not let an old one be valid for so long.</summary>
    /// <param name="Record">As it will be.</param>
    public sealed record WriteAgain(Iteration Iteration, Record Record) : Step(Iteration.Id)
    {
        public override Record? Changed => Record;

        public override string ToString() => $"write {Record.SecretName} again, valid to {Record.ExpiresAt?.UtcDateTime:yyyy-MM-dd}";
    }

    /// <summary>The record's tags say again what Boards, PlanetScale and the settings say.</summary>
    /// <param name="Record">As it will be.</param>
    public sealed record Follow(Iteration Iteration, Record Record, string What) : Step(Iteration.Id)
    {
        public override Record? Changed => Record;

        public override string ToString() => $"note in {Record.SecretName} that {What}";
    }

    /// <summary>The alias gives what the record of the iteration gives.</summary>
    public sealed record PointAlias(Iteration Iteration, Record Record, string AliasName) : Step((Guid?)null)
    {
        public override string ToString() => $"point {AliasName} at {Record.SecretName}";
    }

    /// <param name="Iteration">Null: it concerns none in particular.</param>
    /// <param name="Record">Whose state says that it is not needed; null: what no record names.</param>
    public sealed record DeleteCredential(Iteration? Iteration, Branch Branch, Credential Credential, Unneeded Why, Record? Record = null) : Step(Iteration?.Id)
    {
        public override Record? Changed => Record;

        public override bool IsDestructive => Why is Unneeded.Retired or Unneeded.Ended;

        public override string ToString() => $"delete the {Why.ToString().ToLowerInvariant()} credential {Credential.Name} of branch {Branch.Name}";
    }

    /// <summary>A retirement is said ahead.</summary>
    /// <param name="Record">As it will be.</param>
    public sealed record NoticeRetirement(Iteration Iteration, Record Record) : Step(Iteration.Id)
    {
        public override Record? Changed => Record;

        public override string ToString() => $"give notice that branch {Record.Branch} is retired ({Record.Notice!.Retire}) after {Record.Notice.After.UtcDateTime:yyyy-MM-dd}";
    }

    /// <summary>Applications can read the record no more.</summary>
    public sealed record RevokeRecord(Iteration Iteration, Record Record) : Step(Iteration.Id)
    {
        public override bool IsDestructive => true;

        public override Record? Changed => Record;

        public override string ToString() => $"disable {Record.SecretName}: branch {Record.Branch} is retired";
    }

    /// <summary>The point of no return.</summary>
    public sealed record MarkDeleted(Iteration Iteration, Record Record) : Step(Iteration.Id)
    {
        public override bool IsDestructive => true;

        public override Record? Changed => Record;

        public override string ToString() => $"note in {Record.SecretName} that branch {Record.Branch} is being deleted";
    }

    public sealed record DeleteBranch(Iteration Iteration, Record Record, Branch Branch) : Step(Iteration.Id)
    {
        public override bool IsDestructive => true;

        public override Record? Changed => Record;

        public override string ToString() => $"delete branch {Branch.Name} ({Branch.Id})";
    }

    public sealed record DeleteRecord(Iteration Iteration, Record Record) : Step(Iteration.Id)
    {
        public override bool IsDestructive => true;

        public override Record? Changed => Record;

        public override string ToString() => $"delete the secret {Record.SecretName}; Key Vault keeps it recoverable";
    }

    /// <summary>A person must mend something; it is said once and remembered.</summary>
    /// <param name="Iteration">Null: the whole track.</param>
    /// <param name="Record">Where it is remembered; null: in the track's memory.</param>
    public sealed record Refuse(Iteration? Iteration, Record? Record, string Reason) : Step(Iteration?.Id)
    {
        /// <summary>Under what the track's memory has it when it concerns no iteration: one of the constants of <see cref="TrackMemory"/>.</summary>
        public string Key { get; init; } = TrackMemory.WholeTrack;

        public override Record? Changed => Record;

        public override string ToString() => $"refuse: {Reason}";
    }
}
