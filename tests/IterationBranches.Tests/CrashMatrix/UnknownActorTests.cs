namespace IterationBranches.Tests.CrashMatrix;

/// <summary>
/// The same without <c>PlanetScale__ActorId</c>, for the very first branch of an installation. When the answer to its creation
/// is lost, or the note of what it said, who we are is found out by a credential on the branch that is there.
/// </summary>
[Trait("Category", "CrashMatrix")]
public sealed class UnknownActorTests
{
    public static TheoryData<Trouble> Troubles => [.. Enum.GetValues<Trouble>().Where(trouble => !Incident.IsOfNextSprint(trouble))];

    [Fact]
    public async Task A_run_in_which_nothing_goes_wrong_notes_who_we_are_besides()
    {
        var known = await Matrix.CleanAsync();
        var unknown = await Matrix.CleanAsync(knowsActor: false);

        Assert.Equal(known.Count + 1, unknown.Count);
        var created = unknown.ToList().FindIndex(call => call.Operation == "create_branch");
        Assert.Equal(("remember", 1), (unknown[created + 1].Operation, unknown[created + 1].Nth));
    }

    [Theory]
    [MemberData(nameof(Troubles))]
    public async Task Whatever_goes_wrong_with_one_call_it_ends_well(Trouble trouble)
    {
        var possible = await Matrix.CallsForAsync(trouble, knowsActor: false);

        await Matrix.AllAsync($"{trouble}, actor unknown", possible, call => Matrix.RunAsync([new(call, trouble)], knowsActor: false));
    }
}
