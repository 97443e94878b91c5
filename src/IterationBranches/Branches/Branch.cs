namespace IterationBranches.Branches;

public enum DatabaseKind
{
    MySql,
    Postgres,

    /// <summary>A kind that PlanetScale had not when this was written.</summary>
    Unknown,
}

/// <param name="AtBranchLimit">PlanetScale refuses further development branches.</param>
/// <param name="AsOf">PlanetScale's clock when it answered (its <c>Date</c> header); claims carry it, so that a branch's age is judged by one clock.</param>
public sealed record Database(string Name, DatabaseKind Kind, string DefaultBranch, bool Ready, bool AtBranchLimit, DateTimeOffset AsOf);

/// <param name="Id">The public id, which survives a rename; branches are addressed by it.</param>
/// <param name="Parent">The name of the parent branch, or null.</param>
/// <param name="Protected">Whether deletion protection is on.</param>
/// <param name="ActorId">Who made it: a user's or a service token's actor id; null when PlanetScale does not say.</param>
public sealed record Branch(
    string Id, string Name, string? Parent, bool Ready, bool Production, bool Protected, DateTimeOffset CreatedAt, string? ActorId);

public interface IBranchProvider
{
    Task<Database> GetDatabaseAsync(string database, CancellationToken cancellationToken);

    /// <summary>All branches, from all pages.</summary>
    Task<IReadOnlyList<Branch>> ListBranchesAsync(string database, CancellationToken cancellationToken);

    /// <summary>Makes a branch with the parent's schema and no data. Not repeated after a lost answer.</summary>
    /// <returns>The branch, which is not ready yet; or null when the name is taken.</returns>
    Task<Branch?> CreateBranchAsync(string database, string name, string parent, CancellationToken cancellationToken);
}
