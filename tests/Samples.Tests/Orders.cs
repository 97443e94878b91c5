namespace IterationBranches.Samples.Tests;

/// <summary>The alias of a track, and what it gives in two sprints.</summary>
internal static class Orders
{
    public const string Alias = "ConnectionStrings--orders";

    public static string Sprint42 => Connection("sprint-42.example");

    public static string Sprint43 => Connection("sprint-43.example");

    /// <summary>The part of both that nobody may see.</summary>
    public const string Password = "pscale_pw_never_shown";

    private static string Connection(string server) => $"Server={server};Port=3306;Database=shop;User ID=u1;Password={Password};SslMode=VerifyFull";
}
