using System.Net;
using System.Net.Http.Json;
using IterationBranches.Sandbox.StandIns.PlanetScale;
using IterationBranches.Testing;
using IterationBranches.Testing.Faults;

namespace IterationBranches.EndToEnd.Tests.StandIns;

/// <summary>What a stand-in does wrong when it is told to, seen on a call that has an effect.</summary>
public sealed class FaultPlanTests : IAsyncLifetime
{
    private readonly ManualTime _clock = new();
    private readonly PlanetScaleStandIn _planetScale;
    private readonly HttpClient _http = new();

    public FaultPlanTests()
    {
        _planetScale = new PlanetScaleStandIn(_clock);
        _planetScale.AddDatabase("acme", "shop");
        _planetScale.AddServiceToken("ours", "ours-secret", "actor-ours", new Dictionary<string, IReadOnlyList<string>> { ["shop"] = [.. TokenPermissions.Development] });
    }

    private int Made => _planetScale.Branches("shop").Count - 1;

    public async ValueTask InitializeAsync() => await _planetScale.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _planetScale.DisposeAsync();
    }

    [Theory]
    [InlineData(429, "7", "{}", "application/json")]
    [InlineData(429, null, "{}", "application/json")]
    [InlineData(500, null, null, "application/json")]
    [InlineData(502, null, "<html>Bad gateway</html>", "text/html")]
    [InlineData(503, "30", null, "application/json")]
    public async Task A_refusal_comes_before_the_effect(int status, string? retryAfter, string? body, string type)
    {
        _planetScale.Faults.Add("create_branch", Fault.Refuse(status, retryAfter, body, type));

        using var answer = await CreateAsync("one");

        Assert.Equal((status, 0), ((int)answer.StatusCode, Made));
        Assert.Equal(retryAfter, answer.Headers.TryGetValues("Retry-After", out var values) ? values.Single() : null);
        Assert.Equal(body ?? "", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_fault_concerns_the_calls_it_was_planned_for()
    {
        _planetScale.Faults.Add("create_branch", Fault.Refuse(503), nth: 2, times: 2);
        _planetScale.Faults.Add("list_branches", Fault.Refuse(500));

        List<int> statuses = [];
        foreach (var name in (string[])["one", "two", "three", "four"])
        {
            using var answer = await CreateAsync(name);
            statuses.Add((int)answer.StatusCode);
        }

        Assert.Equal([201, 503, 503, 201], statuses);
    }

    [Fact]
    public async Task Of_two_faults_for_one_call_the_first_is_applied_and_both_are_over()
    {
        _planetScale.Faults.Add("create_branch", Fault.Refuse(503));
        _planetScale.Faults.Add("create_branch", Fault.Refuse(500));

        using var first = await CreateAsync("one");
        using var second = await CreateAsync("one");

        Assert.Equal((503, 201), ((int)first.StatusCode, (int)second.StatusCode));
    }

    [Fact]
    public async Task A_lost_answer_has_had_its_effect()
    {
        _planetScale.Faults.Add("create_branch", Fault.LoseResponse());

        await Assert.ThrowsAsync<HttpRequestException>(() => CreateAsync("one"));

        Assert.Equal(1, Made);
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public async Task A_call_that_times_out_is_never_answered(bool afterEffect, int made)
    {
        var hold = new Hold();
        _planetScale.Faults.Add("create_branch", Fault.TimeOut(afterEffect, hold));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30), _clock);

        var call = CreateAsync("one", patience.Token);
        await hold.Reached.WaitAsync(Bound.Wait);
        _clock.Advance(TimeSpan.FromSeconds(29));
        Assert.False(call.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(1));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal(made, Made);
    }

    [Fact]
    public async Task A_slow_call_is_answered_when_its_time_has_passed()
    {
        var clock = new ManualTime { PassesAtOnce = TimeSpan.FromSeconds(20) };
        await using var slow = new PlanetScaleStandIn(clock);
        await slow.StartAsync();
        var begun = clock.GetUtcNow();
        slow.Faults.Add("list_organizations", Fault.Slow(TimeSpan.FromSeconds(20)));

        using var answer = await _http.GetAsync(new Uri(slow.Address, "/v1/organizations"));

        Assert.Equal((HttpStatusCode.Unauthorized, TimeSpan.FromSeconds(20)), (answer.StatusCode, clock.GetUtcNow() - begun));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_call_is_held_before_or_after_its_effect_until_it_is_let_go(bool afterEffect)
    {
        var hold = new Hold();
        _planetScale.Faults.Add("create_branch", afterEffect ? Fault.HoldAnswer(hold) : Fault.HoldRequest(hold));

        var call = CreateAsync("one");
        await hold.Reached.WaitAsync(Bound.Wait);
        Assert.Equal((afterEffect ? 1 : 0, false, false), (Made, call.IsCompleted, hold.Passed.IsCompleted));
        hold.Release();

        using var answer = await call;
        Assert.Equal((HttpStatusCode.Created, 1, true), (answer.StatusCode, Made, hold.Passed.IsCompleted));
        Assert.Contains("\"name\":\"one\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_held_request_takes_effect_though_its_sender_is_gone()
    {
        var hold = new Hold();
        _planetScale.Faults.Add("create_branch", Fault.HoldRequest(hold));
        using var sender = new CancellationTokenSource();
        var call = CreateAsync("one", sender.Token);
        await hold.Reached.WaitAsync(Bound.Wait);

        await sender.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal(0, Made);
        hold.Release();
        await hold.Passed.WaitAsync(Bound.Wait);

        Assert.Equal(1, Made);
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public async Task A_kill_comes_before_or_after_the_effect_and_nobody_is_answered(bool afterEffect, int made)
    {
        var madeBefore = -1;
        _planetScale.Faults.Add("create_branch", Fault.Kill(() => Task.FromResult(madeBefore = Made), afterEffect));

        await Assert.ThrowsAsync<HttpRequestException>(() => CreateAsync("one"));

        Assert.Equal((made, made), (madeBefore, Made));
    }

    [Fact]
    public async Task What_is_planned_for_no_call_is_asked_for_each()
    {
        _planetScale.Faults.Otherwise = (operation, request) =>
            operation == "create_branch" && request.Path.Value!.Contains("/shop/", StringComparison.Ordinal) ? Fault.Refuse(503) : null;
        _planetScale.Faults.Add("create_branch", Fault.Refuse(500), nth: 2);

        using var first = await CreateAsync("one");
        using var second = await CreateAsync("one");
        _planetScale.Faults.Otherwise = null;
        using var third = await CreateAsync("one");

        Assert.Equal((503, 500, 201), ((int)first.StatusCode, (int)second.StatusCode, (int)third.StatusCode));
    }

    private async Task<HttpResponseMessage> CreateAsync(string name, CancellationToken cancellationToken = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_planetScale.Address, "/v1/organizations/acme/databases/shop/branches"));
        request.Headers.TryAddWithoutValidation("Authorization", "ours:ours-secret");
        request.Content = JsonContent.Create(new { name });
        return await _http.SendAsync(request, cancellationToken);
    }
}
