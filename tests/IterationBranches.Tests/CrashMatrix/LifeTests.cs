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
    private const int SampledLists = 15;

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

        await Matrix.AllAsync(name, Chosen(scenario, moments), one => Lives.RunAsync(scenario, one.Moment, one.Trouble, one.InARow));
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
                  where Incident.IsPossible(moment.Call, trouble) && (scenario.HasNext || !Incident.IsOfNextSprint(trouble))
                  from inARow in Incident.IsOfLists(trouble) && trouble != Trouble.LagsOn ? (int[])[1, 2] : [1]
                  select new Case(moment, trouble, inARow);
        if (Environment.GetEnvironmentVariable("CRASH_LIFE") == "all")
        {
            return [.. all];
        }

        var parts = all.ToLookup(one => (
            IsList: Incident.IsOfLists(one.Trouble),
            IsChosen: scenario.Chapters[one.Moment.Chapter].IsGuarded
                ? one is { Moment.Call.Operation: "list_deploy_requests" or "get_branch_schema" } or { Trouble: Trouble.WithoutBranch }
                : one.Moment.Call is { IsWrite: true, Service: not Service.Storage }));
        return
        [
            .. parts[(false, true)],
            .. parts[(true, true)],
            .. Some(scenario, parts[(false, false)], Sampled),
            .. Some(scenario, parts[(true, false)], SampledLists),
        ];
    }

    private static IEnumerable<Case> Some(Scenario scenario, IEnumerable<Case> cases, int count)
    {
        var all = cases.ToArray();
        new Random(scenario.Name.Length).Shuffle(all);
        return all.Take(count);
    }

    private sealed record Case(Moment Moment, Trouble Trouble, int InARow)
    {
        public override string ToString() => $"{Trouble}{(InARow > 1 ? " twice" : "")} at {Moment}";
    }
}
