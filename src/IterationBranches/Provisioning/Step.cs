using IterationBranches.Branches;
using IterationBranches.Credentials;
using IterationBranches.Iterations;
using IterationBranches.Records;

namespace IterationBranches.Provisioning;

/// <summary>
/// One thing to do next. Each asks first and changes one thing; running the whole again ends in the same state.
/// Its text is what a plan prints.
/// </summary>
public abstract record Step
{
    /// <summary>The branch's name is reserved in Key Vault, so that the branch can be known again.</summary>
    /// <param name="Claim">The record to write.</param>
    public sealed record WriteClaim(Iteration Iteration, Record Claim) : Step
    {
        public override string ToString() => Claim.BranchId is { } id
            ? $"note again that branch {Claim.Branch} ({id}) is this iteration's, as an older version of its record says"
            : $"claim the branch name {Claim.Branch}";
    }

    public sealed record CreateBranch(Iteration Iteration, Record Record, string Parent) : Step
    {
        public override string ToString() => $"create branch {Record.Branch} from {Parent}";
    }

    /// <summary>The branch's id goes into the claim; from here the branch is known by its id alone.</summary>
    public sealed record NoteBranch(Iteration Iteration, Record Record, Branch Branch) : Step
    {
        public override string ToString() => $"note that branch {Branch.Name} is {Branch.Id}";
    }

    /// <summary>Nothing to do until the branch is ready.</summary>
    public sealed record AwaitBranch(Iteration Iteration, Branch Branch, DateTimeOffset NextLook) : Step
    {
        public override string ToString() => $"wait until branch {Branch.Name} is ready";
    }

    /// <summary>A credential is made, checked against its branch, and committed to the record.</summary>
    public sealed record IssueCredential(Iteration Iteration, Record Record, Branch Branch, DateTimeOffset ExpiresAt) : Step
    {
        public override string ToString() => $"issue a credential for branch {Branch.Name}, valid to {ExpiresAt.UtcDateTime:yyyy-MM-dd}";
    }

    /// <summary>The alias gives what the record of the current iteration gives.</summary>
    public sealed record PointAlias(Iteration Iteration, Record Record, string AliasName) : Step
    {
        public override string ToString() => $"point {AliasName} at {Record.SecretName}";
    }

    /// <summary>A credential of ours that no record and no alias names, and that is old enough not to be on its way.</summary>
    public sealed record DeleteOrphan(Branch Branch, Credential Credential) : Step
    {
        public override string ToString() => $"delete the orphaned credential {Credential.Name} of branch {Branch.Name}";
    }

    /// <summary>A person must mend something; it is said once and remembered.</summary>
    /// <param name="Iteration">Null: the whole track.</param>
    /// <param name="Record">Where it is remembered; null: in the track's memory.</param>
    public sealed record Refuse(Iteration? Iteration, Record? Record, string Reason) : Step
    {
        public override string ToString() => $"refuse: {Reason}";
    }
}
