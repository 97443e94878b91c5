using IterationBranches.Branches;
using IterationBranches.Configuration;
using IterationBranches.Iterations;

// Not …Tests.Branches: beside it, code in the other folders could not write Branches.IBranchProvider.
namespace IterationBranches.Tests.BranchNames;

public sealed class BranchNameTests
{
    private static readonly Guid s_id = Guid.Parse("2a6f9d84-c05b-4e71-93fa-7e1c8b4d6029");

    [Theory]
    [InlineData("Sprint 42", "sprint-42")]
    [InlineData("  Sprint -- 42!  ", "sprint-42")]
    [InlineData("Sprint 42 (Q3/2026)", "sprint-42-q3-2026")]
    [InlineData("Übergröße Straße", "ubergrosse-strasse")]
    [InlineData("U\u0308bung", "ubung")] // the same as a letter and a combining mark
    [InlineData("ÜBUNG", "ubung")]
    [InlineData("Été à Nîmes", "ete-a-nimes")]
    [InlineData("Łódź 7", "lodz-7")]
    [InlineData("İstanbul ılık", "istanbul-ilik")]
    [InlineData("Спринт 42", "sprint-42")]
    [InlineData("Большой релиз", "bolshoi-reliz")]
    [InlineData("Σπριντ", "sprint")]
    [InlineData("スプリント 42", "42")]
    [InlineData("スプリント", "iteration-2a6f9d84")] // nothing survives: never empty
    [InlineData("🚀", "iteration-2a6f9d84")]
    [InlineData("---", "iteration-2a6f9d84")]
    [InlineData("main; drop", "main-drop")]
    public void A_name_becomes_a_slug(string name, string slug) => Assert.Equal(slug, BranchName.For(Track(), Named(name)));

    [Theory]
    [InlineData("{track}-{iteration}", "Sprint 42", "orders-sprint-42")]
    [InlineData("dev/{iteration}", "Sprint 42", "dev-sprint-42")]
    [InlineData("{track}-{iteration}", "スプリント", "orders-iteration-2a6f9d84")]
    [InlineData("{iteration}", "{track}", "track")] // what people type into a name is no template
    public void The_template_is_filled(string template, string name, string slug) => Assert.Equal(slug, BranchName.For(Track(template), Named(name)));

    [Fact]
    public void No_name_is_longer_than_sixty_or_ends_in_a_hyphen()
    {
        var name = BranchName.For(Track(), Named($"{new string('a', 59)} bcd"));
        Assert.Equal(new string('a', 59), name);

        var suffixed = BranchName.Suffixed(Track(), Named($"{new string('a', 50)} {new string('b', 50)}"));
        Assert.Equal($"{new string('a', 50)}-2a6f9d84", suffixed);
        Assert.Equal(60, BranchName.Suffixed(Track(), Named(new string('a', 100))).Length);
    }

    [Fact]
    public void A_name_that_has_the_suffix_already_is_not_given_it_twice()
    {
        Assert.Equal("sprint-42-2a6f9d84", BranchName.Suffixed(Track(), Named("Sprint 42")));
        Assert.Equal("iteration-2a6f9d84", BranchName.Suffixed(Track(), Named("🚀")));
    }

    private static Iteration Named(string name) => new(s_id, name, $@"Meridian\{name}", null, null);

    private static Track Track(string template = "{iteration}") => new()
    {
        Name = "orders",
        Project = "Meridian",
        Database = "shop",
        Alias = "alias",
        Retire = Retirement.Keep,
        BranchName = template,
    };
}
