using System.Data.Common;

namespace Shop.Web;

/// <summary>Where the application would connect to. It holds no user name and no password.</summary>
public sealed record ConnectionTarget(string? Server, string? Database)
{
    public static ConnectionTarget Of(string? connectionString)
    {
        var parts = new DbConnectionStringBuilder { ConnectionString = connectionString };
        // MySqlConnector says Server, Npgsql says Host.
        return new(Part(parts, "Server") ?? Part(parts, "Host"), Part(parts, "Database"));
    }

    private static string? Part(DbConnectionStringBuilder parts, string name) => parts.TryGetValue(name, out var value) ? value as string : null;
}
