namespace IterationBranches.PlanetScale;

/// <param name="Database">Null: of the organization.</param>
public sealed record TokenPermission(string Name, string? Database);

/// <summary>What PlanetScale says of the app's service token, which is not the token itself.</summary>
public sealed record ServiceToken(DateTimeOffset? ExpiresAt, IReadOnlyList<TokenPermission> Permissions);

/// <param name="AsOf">PlanetScale's clock when it answered.</param>
public sealed record SeenOrganizations(IReadOnlyList<string> Names, DateTimeOffset AsOf);
