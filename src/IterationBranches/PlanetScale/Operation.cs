namespace IterationBranches.PlanetScale;

/// <summary>An operation, as a refusal of it is explained to a person.</summary>
/// <param name="Name">After "to": <c>create a branch</c>.</param>
/// <param name="Permission">The service token's permission that it needs; null: any token may.</param>
/// <param name="Subject">What must exist, and the setting that names it.</param>
internal sealed record Operation(string Name, string? Permission, string Subject)
{
    /// <summary>Any good token may.</summary>
    public static readonly Operation ListOrganizations = new("list the organizations of the service token", null, "the API");

    /// <summary>When to ask again while its subject is not ready; null: it is never refused for that.</summary>
    public TimeSpan? UntilReady { get; init; }

    public static string Named(string database) => $"the database \"{database}\" (setting Tracks__…__Database)";

    public static string BranchOf(string database, string branchId) => $"the branch {branchId} of {Named(database)}";

    public string Required(string? value, string field) => string.IsNullOrEmpty(value) ? throw NotUnderstood($"there is no \"{field}\"") : value;

    public PlanetScaleException NotUnderstood(string why, int? status = null) =>
        new(Failure.Transient, $"PlanetScale was asked to {Name}, and its answer was not understood: {why}.", status);

    /// <summary>Behind a 404: what is asked for is there.</summary>
    public PlanetScaleException NotPermitted() => new(
        Failure.PersonNeeded, $"PlanetScale refused to {Name} (status 404), which is there: the service token lacks the permission {Permission} on {Subject}.", 404);
}
