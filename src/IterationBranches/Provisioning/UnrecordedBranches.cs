using IterationBranches.Branches;

namespace IterationBranches.Provisioning;

/// <summary>
/// Branches that this app made and that no record names: the record was purged, or the answer to the creation was lost
/// while nobody knew who we are. A person is told, and nothing else is done about them.
/// </summary>
internal static class UnrecordedBranches
{
    /// <param name="steps">What is planned: a branch that is about to be noted in a record is not reported.</param>
    public static IEnumerable<string> Notes(World world, IEnumerable<Step> steps)
    {
        var aboutToBeNoted = steps.OfType<Step.WriteClaim>().Select(step => step.Claim.BranchId).OfType<string>().ToHashSet();
        return world.Branches
            .Where(branch => IsUnrecorded(world, branch) && !aboutToBeNoted.Contains(branch.Id))
            .OrderBy(branch => branch.Name, StringComparer.Ordinal)
            .Select(branch => $"branch {branch.Name} ({branch.Id}) of {world.Database.Name} was made by this app, and no record in the vault names it; it is left as it is, and deleting it is up to you");
    }

    /// <summary>On whatever track: all of them on a database have the one vault.</summary>
    private static bool IsUnrecorded(World world, Branch branch) =>
        world.ActorId is not null && branch.ActorId == world.ActorId
        && !branch.Production && branch.Name != world.Database.DefaultBranch
        // A younger one may still be on its way into a record.
        && world.Now - branch.CreatedAt > Plan.OrphanAge
        && !world.Vault.RecordsOfBranch(branch.Id).Any() && !world.Vault.RecordsClaiming(branch.Name).Any(record => Plan.IsOnDatabase(world, record));
}
