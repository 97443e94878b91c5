using IterationBranches.Branches;

namespace IterationBranches.Tests.Http;

internal static class SomeDatabase
{
    public static Database Shop { get; } = new("shop", DatabaseKind.MySql, "main", Ready: true, AtBranchLimit: false, DateTimeOffset.UnixEpoch);

    public static Database Books { get; } = Shop with { Name = "books", Kind = DatabaseKind.Postgres };
}
