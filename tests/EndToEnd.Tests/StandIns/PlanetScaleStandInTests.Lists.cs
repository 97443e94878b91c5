using System.Net;
using IterationBranches.Testing.Faults;
using IterationBranches.Testing.Hands;

namespace IterationBranches.EndToEnd.Tests.StandIns;

// Lists that lag or shift while they are read; and what is asked for by its own name or id, which does not.
public sealed partial class PlanetScaleStandInTests
{
    private static readonly TimeSpan s_lag = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task A_list_that_lags_shows_what_was_there_and_one_that_is_asked_for_what_is()
    {
        var gone = _planetScale.AddBranchByHand("shop", "gone");
        _planetScale.AddBranchByHand("shop", "changed");
        _clock.Advance(TimeSpan.FromHours(1));
        var made = (await SendAsync("POST", Shop + "/branches", new { name = "new" })).Body.GetProperty("id").GetString();
        _planetScale.DeleteBranchByHand("shop", gone);
        _planetScale.SetDeletionProtection("shop", "changed");
        _clock.Advance(s_lag - TimeSpan.FromSeconds(1));
        _planetScale.Faults.Add("list_branches", ListFaults.Lags(s_lag), times: 2);

        var listed = (await SendAsync("GET", Shop + "/branches")).Body.GetProperty("data").EnumerateArray();
        Assert.Equal(["main", "gone", "changed"], listed.Select(item => item.GetProperty("name").GetString()));
        Assert.DoesNotContain(listed, item => item.GetProperty("deletion_protected").GetBoolean());
        foreach (var nameOrId in new[] { "new", made, "changed" })
        {
            Assert.Equal(HttpStatusCode.OK, (await SendAsync("GET", $"{Shop}/branches/{nameOrId}")).Status);
        }

        Assert.True((await SendAsync("GET", Shop + "/branches/changed")).Body.GetProperty("deletion_protected").GetBoolean());
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync("GET", $"{Shop}/branches/{gone}")).Status);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["main", "changed", "new"], await NamesAsync(Shop + "/branches"));
    }

    [Fact]
    public async Task A_branch_that_became_ready_a_moment_ago_is_listed_as_it_was()
    {
        await SendAsync("POST", Shop + "/branches", new { name = "new" });
        _clock.Advance(TimeSpan.FromSeconds(4));
        _planetScale.Faults.Add("list_branches", ListFaults.Lags(TimeSpan.FromSeconds(2)));

        var listed = (await SendAsync("GET", Shop + "/branches")).Body.GetProperty("data")[1];

        Assert.Equal("pending", listed.GetProperty("state").GetString());
        Assert.True((await SendAsync("GET", Shop + "/branches/new")).Body.GetProperty("ready").GetBoolean());
    }

    [Fact]
    public async Task A_list_of_passwords_lags_and_one_that_is_asked_for_does_not()
    {
        var branch = _planetScale.AddBranchByHand("shop", "sprint");
        var passwords = $"{Shop}/branches/{branch}/passwords";
        var gone = _planetScale.AddPasswordByHand("shop", branch, "gone");
        _clock.Advance(TimeSpan.FromHours(1));
        _planetScale.DeletePasswordByHand(gone);
        var made = (await SendAsync("POST", passwords, new { name = "new" })).Body.GetProperty("id").GetString();
        _planetScale.Faults.Add("list_passwords", ListFaults.Lags(s_lag));

        Assert.Equal(["gone"], await NamesAsync(passwords));
        Assert.Equal(HttpStatusCode.OK, (await SendAsync("GET", $"{passwords}/{made}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync("GET", $"{passwords}/{gone}")).Status);
        Assert.Equal(["new"], await NamesAsync(passwords));
    }

    [Fact]
    public async Task A_list_of_roles_lags_and_one_that_is_asked_for_does_not()
    {
        AddLedgerBranch();
        _clock.Advance(TimeSpan.FromHours(1));
        var made = (await SendAsync("POST", Roles, new { name = "new" }, Postgres)).Body.GetProperty("id").GetString();
        _planetScale.Faults.Add("list_roles", ListFaults.Lags(s_lag));

        Assert.Empty(await NamesAsync(Roles, Postgres));
        Assert.Equal(HttpStatusCode.OK, (await SendAsync("GET", $"{Roles}/{made}", token: Postgres)).Status);
        Assert.Equal(["new"], await NamesAsync(Roles, Postgres));
    }

    [Fact]
    public async Task A_list_of_deploy_requests_lags()
    {
        AddToken("deploys", ["read_deploy_request"]);
        _planetScale.AddBranchByHand("shop", "sprint");
        _clock.Advance(TimeSpan.FromHours(1));
        _planetScale.OpenDeployRequest("shop", "sprint");
        _planetScale.Faults.Add("list_deploy_requests", ListFaults.Lags(s_lag));

        foreach (var count in new[] { 0, 1 })
        {
            Assert.Equal(count, (await SendAsync("GET", Shop + "/deploy-requests?state=open", token: "deploys:deploys-secret")).Body.GetProperty("total_count").GetInt32());
        }
    }

    [Fact]
    public async Task What_has_always_been_there_is_left_out_of_one_list_or_shown_twice()
    {
        _planetScale.AddBranchByHand("shop", "sprint");
        _planetScale.Faults.Add("list_branches", ListFaults.LeavesOut("sprint"));
        _planetScale.Faults.Add("list_branches", ListFaults.Repeats(name => name == "main"), nth: 2);

        Assert.Equal(["main"], await NamesAsync(Shop + "/branches"));
        Assert.Equal(["main", "sprint", "main"], await NamesAsync(Shop + "/branches"));
        Assert.Equal(["main", "sprint"], await NamesAsync(Shop + "/branches"));
    }

    [Fact]
    public async Task A_deletion_between_two_pages_hides_what_moves_to_the_page_before()
    {
        foreach (var name in new[] { "one", "two", "three" })
        {
            _planetScale.AddBranchByHand("shop", name);
        }

        _planetScale.Faults.Add("list_branches", ListFaults.BeforeNextPage(() => _planetScale.DeleteBranchByHand("shop", "one")));

        Assert.Equal(["main", "one"], await NamesAsync(Shop + "/branches?per_page=2"));
        Assert.Equal(["three"], await NamesAsync(Shop + "/branches?per_page=2&page=2"));
    }

    private async Task<IEnumerable<string?>> NamesAsync(string list, string token = "ours:ours-secret")
    {
        var (status, body) = await SendAsync("GET", list, token: token);
        Assert.Equal(HttpStatusCode.OK, status);
        return [.. body.GetProperty("data").EnumerateArray().Select(item => item.GetProperty("name").GetString())];
    }
}
