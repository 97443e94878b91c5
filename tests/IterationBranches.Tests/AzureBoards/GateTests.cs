using IterationBranches.AzureBoards;
using IterationBranches.Iterations;
using IterationBranches.Tests.Http;

namespace IterationBranches.Tests.AzureBoards;

public sealed class GateTests : IDisposable
{
    private const string Team = "GET /contoso/Meridian/Payments/_apis/work/teamsettings/iterations?api-version=7.1";
    private const string Other = "GET /contoso/Meridian/Orders/_apis/work/teamsettings/iterations?api-version=7.1";
    private const string Empty = """{"value":[]}""";

    private readonly HttpPeer _peer = new();
    private readonly Wiring _wiring;

    public GateTests() => _wiring = new Wiring(_peer, SomeSettings.Of(), services => services.AddAzureBoards(() => 0.5));

    public void Dispose()
    {
        _wiring.Dispose();
        _peer.Dispose();
    }

    [Fact]
    public async Task A_slow_answer_that_asks_for_a_short_wait_delays_the_next_request_of_any_client()
    {
        _peer.On(Team, Reply.Json(200, Empty, ("Retry-After", "3"))).On(Other, Reply.Json(200, Empty));

        await ListAsync("Payments");
        Assert.Empty(_wiring.Time.Waits);
        await ListAsync("Orders");

        Assert.Equal([TimeSpan.FromSeconds(3)], _wiring.Time.Waits);
        _peer.AssertAllAsked();
    }

    [Theory]
    [InlineData(200)]
    [InlineData(429)]
    public async Task After_one_that_asks_for_a_longer_wait_nothing_is_sent_until_then(int status)
    {
        _peer.On(Team, Reply.Json(status, Empty, ("Retry-After", "30"))).On(Other, Reply.Json(200, Empty));
        if (status == 200)
        {
            await ListAsync("Payments");
        }
        else
        {
            Assert.Equal(TimeSpan.FromSeconds(30), (await Assert.ThrowsAsync<AzureBoardsException>(() => ListAsync("Payments"))).RetryAfter);
        }

        _wiring.Time.Pass(TimeSpan.FromSeconds(10));
        var refusal = await Assert.ThrowsAsync<AzureBoardsException>(() => ListAsync("Orders"));
        Assert.Equal((Failure.ToldToWait, TimeSpan.FromSeconds(20)), (refusal.Failure, refusal.RetryAfter));
        Assert.Single(_peer.Received);

        _wiring.Time.Pass(TimeSpan.FromSeconds(20));
        await ListAsync("Orders");
        _peer.AssertAllAsked();
    }

    [Fact]
    public async Task At_most_four_requests_are_under_way()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (running, most) = (0, 0);
        for (var i = 0; i < 9; i++)
        {
            _peer.On(Team, async _ =>
            {
                var now = Interlocked.Increment(ref running);
                InterlockedMax(ref most, now);
                await release.Task;
                Interlocked.Decrement(ref running);
                return Reply.Json(200, Empty);
            });
        }

        var lists = Enumerable.Range(0, 9).Select(_ => ListAsync("Payments")).ToList();
        Assert.Equal(4, _peer.Received.Count);
        release.SetResult();
        await Task.WhenAll(lists);

        Assert.Equal(4, most);
        _peer.AssertAllAsked();
    }

    [Fact]
    public async Task A_request_that_failed_gives_its_slot_back()
    {
        for (var i = 0; i < 6; i++)
        {
            _peer.On(Team, Reply.Empty(404));
        }

        for (var i = 0; i < 6; i++)
        {
            await Assert.ThrowsAsync<AzureBoardsException>(() => ListAsync("Payments"));
        }

        Assert.Equal(6, _peer.Received.Count);
    }

    [Fact]
    public async Task A_request_has_100_seconds_because_azure_devops_delays()
    {
        _peer.On(Team, _ =>
        {
            Assert.Equal([TimeSpan.FromSeconds(100)], _wiring.Time.Timeouts);
            return Task.FromResult(Reply.Json(200, Empty));
        });

        await ListAsync("Payments");

        _peer.AssertAllAsked();
    }

    private static void InterlockedMax(ref int most, int now)
    {
        for (var seen = Volatile.Read(ref most); seen < now; seen = Volatile.Read(ref most))
        {
            Interlocked.CompareExchange(ref most, now, seen);
        }
    }

    private Task<IReadOnlyList<Iteration>> ListAsync(string team) =>
        _wiring.Get<IIterationSource>().ListAsync(BoardsPayload.Track(team: team), CancellationToken.None);
}
