using IterationBranches.AzureBoards;
using IterationBranches.Iterations;
using IterationBranches.Sandbox.StandIns;
using IterationBranches.Sandbox.StandIns.AzureBoards;
using IterationBranches.Testing.Faults;
using IterationBranches.Testing.Hands;
using IterationBranches.Tests.Http;

namespace IterationBranches.Tests.AzureBoards;

/// <summary>The composed client over a real connection, to the server that stands in for Azure Boards.</summary>
public sealed class StandInTests : IAsyncLifetime
{
    private readonly AzureBoardsStandIn _boards = new(TimeProvider.System);
    private Wiring? _wiring;

    public async ValueTask InitializeAsync()
    {
        await _boards.StartAsync();
        _boards.AddPersonalAccessToken(SomeSettings.PersonalAccessToken, ["vso.work"]);
        _boards.AddProject("Meridian");
        _boards.AddTeam("Meridian", "Meridian Team");
        _boards.AddTeam("Meridian", "Payments & Co");
        _boards.AddIteration("Meridian", null, "Release 5", new(2026, 7, 13), new(2026, 10, 2));
        _boards.AddIteration("Meridian", @"Meridian\Release 5", "Sprint 42 – März (2.0)", new(2026, 8, 24), new(2026, 9, 4));
        _wiring = new Wiring(null, SomeSettings.Of(boards: _boards.Address), services => services.AddAzureBoards());
    }

    public async ValueTask DisposeAsync()
    {
        _wiring?.Dispose();
        await _boards.DisposeAsync();
    }

    [Fact]
    public async Task A_team_has_what_was_selected_for_it()
    {
        var selected = _boards.AddIteration("Meridian", null, "Sprint 43");
        _boards.SelectForTeam("Meridian", "Payments & Co", selected);

        Assert.Equal([new(selected, "Sprint 43", @"Meridian\Sprint 43", null, null)], await ListAsync(team: "Payments & Co"));
        Assert.Empty(await ListAsync(team: null));
    }

    [Theory]
    [InlineData("", 2)]
    [InlineData("Release 5", 1)]
    [InlineData(@"Release 5\Sprint 42 – März (2.0)", 0)]
    public async Task A_subtree_has_what_is_below_its_root(string root, int count)
    {
        _boards.Faults.Otherwise = (_, _) => BoardsFaults.ByteOrderMark();

        var iterations = await ListAsync(root: root);

        Assert.Equal(count, iterations.Count);
        Assert.All(iterations.TakeLast(1), last => Assert.Equal(
            (@"Meridian\Release 5\Sprint 42 – März (2.0)", new DateOnly(2026, 8, 24), new DateOnly(2026, 9, 4)), (last.Path, last.Start, last.Finish)));
    }

    [Fact]
    public async Task A_revoked_token_is_a_refusal_and_no_sign_in_page()
    {
        _boards.RevokePersonalAccessToken(SomeSettings.PersonalAccessToken);

        var refusal = await Assert.ThrowsAsync<AzureBoardsException>(() => ListAsync());

        Assert.Equal((Failure.PersonNeeded, 401), (refusal.Failure, refusal.Status));
        Assert.Contains("Boards__PersonalAccessToken", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sign_in_page_is_a_refusal()
    {
        _boards.Faults.Add("list_team_iterations", Fault.Refuse(203, body: "<html>Sign in</html>", contentType: "text/html"));

        var refusal = await Assert.ThrowsAsync<AzureBoardsException>(() => ListAsync());

        Assert.Equal((Failure.PersonNeeded, 203), (refusal.Failure, refusal.Status));
    }

    [Fact]
    public async Task An_identity_is_let_in_once_it_was_added_to_the_organization()
    {
        const string Principal = "aaaaaaaa-0000-4000-8000-000000000001";
        var token = StandInTokens.Issue("499b84ac-1321-427f-aa17-267ca6975798", Principal, TimeProvider.System.GetUtcNow(), TimeSpan.FromHours(1));
        using var wiring = new Wiring(
            null, SomeSettings.Of(personalAccessToken: null, boards: _boards.Address), services => services.AddAzureBoards(), new FakeIdentity(token: token));
        var source = wiring.Get<IIterationSource>();

        var refusal = await Assert.ThrowsAsync<AzureBoardsException>(() => source.ListAsync(BoardsPayload.Track(root: ""), CancellationToken.None));
        _boards.AddUser(Principal);

        Assert.Contains("managed identity", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(2, (await source.ListAsync(BoardsPayload.Track(root: ""), CancellationToken.None)).Count);
    }

    [Theory]
    [InlineData("No such team", null, "Tracks__orders__Team")]
    [InlineData(null, "No such root", "Tracks__orders__IterationRoot")]
    public async Task What_is_not_there_is_named_by_its_setting(string? team, string? root, string setting)
    {
        var refusal = await Assert.ThrowsAsync<AzureBoardsException>(() => ListAsync(team, root));

        Assert.Equal((Failure.PersonNeeded, 404), (refusal.Failure, refusal.Status));
        Assert.Contains(setting, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lost_answer_is_asked_for_again()
    {
        _boards.Faults.Add("list_team_iterations", Fault.LoseResponse());

        Assert.Empty(await ListAsync());

        Assert.Contains("Try 1 ended with a network failure", _wiring!.Log.Text, StringComparison.Ordinal);
    }

    private Task<IReadOnlyList<Iteration>> ListAsync(string? team = "Payments & Co", string? root = null) =>
        _wiring!.Get<IIterationSource>().ListAsync(BoardsPayload.Track(team: team, root: root), CancellationToken.None);
}
