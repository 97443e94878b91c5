using IterationBranches.Branches;
using IterationBranches.Configuration;
using IterationBranches.PlanetScale;

namespace IterationBranches.Doctor;

/// <summary>What the service token must be permitted on one database, and what it is.</summary>
internal static class ServiceTokenPermissions
{
    private static readonly string[] s_always = ["read_database", "read_branch", "create_branch", "connect_branch", "delete_branch_password"];

    /// <param name="hasProductionParent">Whether the parent of one of these tracks is a production branch.</param>
    public static IReadOnlyList<string> NeededFor(IEnumerable<Track> tracks, DatabaseKind kind, bool hasProductionParent)
    {
        var needed = new List<string>(s_always);
        foreach (var track in tracks)
        {
            var intoProduction = hasProductionParent && track is { DataBranching: true, AllowProductionBranch: true };
            if (track.DataBranching)
            {
                needed.Add(hasProductionParent ? "restore_production_branch_backup" : "restore_backup");
                needed.AddRange(kind == DatabaseKind.Postgres ? ["read_backups"] : []);
                needed.AddRange(intoProduction ? ["connect_production_branch", "delete_production_branch_password"] : []);
            }

            if (track.Retire == Retirement.Delete)
            {
                needed.AddRange(["delete_branch", .. kind == DatabaseKind.MySql ? ["read_deploy_request"] : Array.Empty<string>(), .. intoProduction ? ["delete_production_branch"] : Array.Empty<string>()]);
            }
        }

        return [.. needed.Distinct()];
    }

    /// <summary>One that is for the whole organization holds for each of its databases.</summary>
    public static bool Has(ServiceToken token, string permission, string database) => token.Permissions.Any(held =>
        (held.Name == permission || held.Name == OtherName(permission))
        && (held.Database is null || string.Equals(held.Database, database, StringComparison.OrdinalIgnoreCase)));

    /// <summary>Those that change something and are not needed.</summary>
    /// <param name="database">Null: the organization.</param>
    public static IReadOnlyList<string> Excess(ServiceToken token, string? database, IReadOnlyList<string> needed) =>
    [
        .. token.Permissions
            .Where(held => string.Equals(held.Database, database, StringComparison.OrdinalIgnoreCase) && !IsHarmless(held.Name)
                && !needed.Any(permission => permission == held.Name || OtherName(permission) == held.Name))
            .Select(held => held.Name)
            .Distinct()
            .Order(StringComparer.Ordinal),
    ];

    private static bool IsHarmless(string permission) => permission.StartsWith("read_", StringComparison.Ordinal) || permission == "create_comment";

    /// <summary>As the API calls what the dashboard calls otherwise.</summary>
    private static string OtherName(string permission) => permission switch
    {
        "connect_branch" => "create_branch_password",
        "connect_production_branch" => "create_production_branch_password",
        _ => permission,
    };
}
