namespace IterationBranches.Tests.CrashMatrix;

/// <summary>
/// The rest of a branch's life × everything that can go wrong with each call: rotation, renewal, the alias, retirement
/// and recovery. With <c>CRASH_LIFE=all</c> every case is run; else those of the writes and of what stands against a
/// deletion, and some of the others.
/// </summary>
[Trait("Category", "CrashMatrix")]
public sealed class LifeTests
{
    private const int Sampled = 40;

    public static TheoryData<string> Names => [.. Scenarios.All.Select(scenario => scenario.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_life_in_which_nothing_goes_wrong_makes_these_calls(string name)
    {
        var scenario = Scenarios.All.Single(scenario => scenario.Name == name);

        var (moments, writes) = await Lives.CleanAsync(scenario);

        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', moments));
        Assert.Equal(scenario.Chapters.Select(chapter => chapter.Writes), writes);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Whatever_goes_wrong_with_one_call_it_ends_well(string name)
    {
        var scenario = Scenarios.All.Single(scenario => scenario.Name == name);
        var (moments, _) = await Lives.CleanAsync(scenario);

        await Matrix.AllAsync(name, Chosen(scenario, moments), one => Lives.RunAsync(scenario, one.Moment, one.Trouble));
    }

    [Fact]
    public async Task When_the_alias_moves_the_sites_are_asked_to_follow_it()
    {
        var (moments, _) = await Lives.CleanAsync(Scenarios.All.Single(scenario => scenario.Name == "Alias"));

        var calls = moments.Select(moment => moment.Call).ToList();
        Assert.Equal("set_secret", calls[calls.FindIndex(call => call.Operation == "refresh_site") - 1].Operation);
        Assert.Single(calls, call => call.Operation == "refresh_site");
    }

    private static List<Case> Chosen(Scenario scenario, IReadOnlyList<Moment> moments)
    {
        var all = from moment in moments
                  from trouble in Enum.GetValues<Trouble>()
                  where Incident.IsPossible(moment.Call, trouble)
                  select new Case(moment, trouble);
        if (Environment.GetEnvironmentVariable("CRASH_LIFE") == "all")
        {
            return [.. all];
        }

        var parts = all.ToLookup(one => one.Moment.Call is { IsWrite: true, Service: not Service.Storage }
            || (scenario.Chapters[one.Moment.Chapter].IsGuarded && one.Moment.Call.Operation is "list_deploy_requests" or "get_branch_schema"));
        var others = parts[false].ToArray();
        new Random(scenario.Name.Length).Shuffle(others);
        return [.. parts[true], .. others.Take(Sampled)];
    }

    private sealed record Case(Moment Moment, Trouble Trouble)
    {
        public override string ToString() => $"{Trouble} at {Moment}";
    }
}
