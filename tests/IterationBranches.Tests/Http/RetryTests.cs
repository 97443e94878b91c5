using IterationBranches.Branches;
using IterationBranches.Credentials;
using IterationBranches.PlanetScale;

namespace IterationBranches.Tests.Http;

public sealed class RetryTests : IDisposable
{
    private const string Database = "GET /v1/organizations/acme/databases/shop";
    private const string Branches = "POST /v1/organizations/acme/databases/shop/branches";
    private const string Password = "DELETE /v1/organizations/acme/databases/shop/branches/b1/passwords/p1";
    private const string Answer = """{"id":"d1","name":"shop","kind":"mysql","default_branch":"main","ready":true}""";

    private readonly HttpPeer _peer = new();
    private readonly Wiring _wiring;

    public RetryTests() => _wiring = new Wiring(_peer, SomeSettings.Of(), services => services.AddPlanetScale(() => 0.5));

    private IBranchProvider Client => _wiring.Get<IBranchProvider>();

    public void Dispose()
    {
        _wiring.Dispose();
        _peer.Dispose();
    }

    [Theory]
    [InlineData(408)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task A_read_that_failed_is_repeated(int status)
    {
        _peer.On(Database, Reply.Empty(status), Reply.Empty(status), Reply.Json(200, Answer));

        Assert.Equal("shop", (await Client.GetDatabaseAsync("shop", CancellationToken.None)).Name);

        _peer.AssertAllAsked();
        Assert.Equal(2, _wiring.Time.Waits.Count);
        Assert.All(_wiring.Time.Waits, wait => Assert.InRange(wait, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(3)));
        Assert.True(_wiring.Time.Waits[1] > _wiring.Time.Waits[0]);
    }

    [Fact]
    public async Task After_three_tries_it_is_left_to_the_caller()
    {
        _peer.On(Database, Reply.Empty(500), Reply.Empty(502), Reply.Text(503, "<html>busy</html>", "text/html"));

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(() => Client.GetDatabaseAsync("shop", CancellationToken.None));

        Assert.Equal((Failure.Transient, 503), (refusal.Failure, refusal.Status));
        Assert.Contains("busy", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(3, _peer.Received.Count);
    }

    [Fact]
    public async Task A_deletion_is_repeated()
    {
        _peer.On(Password, Reply.Empty(500), Reply.Empty(204));

        await _wiring.Get<ICredentialProvider>().DeleteCredentialAsync(SomeDatabase.Shop, "b1", "p1", CancellationToken.None);

        _peer.AssertAllAsked();
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(408)]
    public async Task A_creation_is_never_repeated(int status)
    {
        _peer.On(Branches, Reply.Empty(status));

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(() => Client.CreateBranchAsync("shop", "sprint-42", "main", seed: null, CancellationToken.None));

        Assert.Equal(Failure.Transient, refusal.Failure);
        Assert.False(refusal.HadNoEffect);
        Assert.Single(_peer.Received);
    }

    [Fact]
    public async Task A_creation_whose_answer_was_lost_is_not_repeated()
    {
        _peer.On(Branches, _ => Task.FromException<HttpResponseMessage>(new HttpRequestException("gone")));

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(() => Client.CreateBranchAsync("shop", "sprint-42", "main", seed: null, CancellationToken.None));

        Assert.Equal((Failure.Transient, null), (refusal.Failure, refusal.Status));
        Assert.False(refusal.HadNoEffect);
        Assert.Single(_peer.Received);
    }

    [Fact]
    public async Task A_connection_that_breaks_before_or_in_the_body_is_repeated()
    {
        _peer
            .On(Database, _ => Task.FromException<HttpResponseMessage>(new HttpRequestException("reset")))
            .On(Database, new HttpResponseMessage { Content = new BrokenContent() })
            .On(Database, Reply.Json(200, Answer));

        Assert.Equal("shop", (await Client.GetDatabaseAsync("shop", CancellationToken.None)).Name);

        _peer.AssertAllAsked();
    }

    [Fact]
    public async Task Each_try_has_30_seconds()
    {
        for (var i = 0; i < 3; i++)
        {
            _peer.On(Database, HangAsync);
        }

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(() => Client.GetDatabaseAsync("shop", CancellationToken.None));

        Assert.Equal((Failure.Transient, null), (refusal.Failure, refusal.Status));
        Assert.Contains("a timeout", refusal.Message, StringComparison.Ordinal);
        _peer.AssertAllAsked();

        async Task<HttpResponseMessage> HangAsync(CancellationToken token)
        {
            Assert.Equal([TimeSpan.FromSeconds(30)], _wiring.Time.Timeouts);
            _wiring.Time.RunOutTimeouts();
            return await Never(token);
        }
    }

    [Fact]
    public async Task A_creation_has_a_timeout_too()
    {
        _peer.On(Branches, async token =>
        {
            _wiring.Time.RunOutTimeouts();
            return await Never(token);
        });

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(() => Client.CreateBranchAsync("shop", "sprint-42", "main", seed: null, CancellationToken.None));

        Assert.Equal((Failure.Transient, null), (refusal.Failure, refusal.Status));
        Assert.Single(_peer.Received);
    }

    [Fact]
    public async Task The_callers_own_cancellation_is_not_a_failure_of_the_service()
    {
        using var caller = new CancellationTokenSource();
        _peer.On(Database, async token =>
        {
            await caller.CancelAsync();
            return await Never(token);
        });

        var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Client.GetDatabaseAsync("shop", caller.Token));

        Assert.True(caller.IsCancellationRequested);
        Assert.NotNull(cancelled);
        Assert.Single(_peer.Received);
    }

    [Theory]
    [InlineData("2", 2)]
    [InlineData("0", 0)]
    [InlineData("1.5", 1.5)]
    public async Task A_short_wait_that_was_asked_for_is_sat_out(string retryAfter, double seconds)
    {
        _peer.On(Database, Reply.Empty(503, ("Retry-After", retryAfter)), Reply.Json(200, Answer));

        await Client.GetDatabaseAsync("shop", CancellationToken.None);

        Assert.Equal(seconds, _wiring.Time.Waits.Sum(wait => wait.TotalSeconds));
    }

    /// <summary>429 at once; 503 only when nothing that could be sat out was asked for.</summary>
    [Theory]
    [InlineData(429, "30", 30.0)]
    [InlineData(429, "1", 1.0)]
    [InlineData(429, null, null)]
    [InlineData(429, "soon", null)]
    [InlineData(429, "99999999999999", 86400.0)]
    [InlineData(429, "1.5", 1.5)]
    [InlineData(429, "NaN", null)]
    [InlineData(429, "Infinity", null)]
    [InlineData(429, "-Infinity", null)]
    [InlineData(429, "-5", null)]
    [InlineData(429, "1e9", null)]
    [InlineData(429, "", null)]
    [InlineData(429, "Sun, 22 Nov 2026 09:01:00 GMT", 60.0)]
    [InlineData(429, "Sun, 22 Nov 2026 08:00:00 GMT", 0.0)]
    [InlineData(503, "6", 6.0)]
    [InlineData(503, "Sun, 22 Nov 2026 09:01:00 GMT", 60.0)]
    public async Task A_longer_wait_is_the_callers(int status, string? retryAfter, double? seconds)
    {
        _peer.On(Database, retryAfter is null ? Reply.Empty(status) : Reply.Empty(status, ("Retry-After", retryAfter)));

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(() => Client.GetDatabaseAsync("shop", CancellationToken.None));

        Assert.Equal(Failure.ToldToWait, refusal.Failure);
        Assert.Equal(seconds, refusal.RetryAfter?.TotalSeconds);
        Assert.Single(_peer.Received);
        Assert.Empty(_wiring.Time.Waits);
    }

    [Fact]
    public async Task A_number_without_end_is_a_day()
    {
        _peer.On(Database, Reply.Empty(429, ("Retry-After", new string('9', 400))));

        Assert.Equal(TimeSpan.FromDays(1), (await Assert.ThrowsAsync<PlanetScaleException>(() => Client.GetDatabaseAsync("shop", CancellationToken.None))).RetryAfter);
    }

    [Fact]
    public async Task A_date_to_wait_for_counts_on_the_services_own_clock()
    {
        _peer.On(Database, Reply.Empty(429, ("Retry-After", "Sun, 22 Nov 2026 12:00:30 GMT"), ("Date", "Sun, 22 Nov 2026 12:00:00 GMT")));

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(() => Client.GetDatabaseAsync("shop", CancellationToken.None));

        Assert.Equal(TimeSpan.FromSeconds(30), refusal.RetryAfter);
    }

    [Fact]
    public async Task An_answer_without_end_is_refused_and_not_read_again()
    {
        _peer.On(Database, new HttpResponseMessage { Content = new EndlessContent() });

        var refusal = await Assert.ThrowsAsync<PlanetScaleException>(() => Client.GetDatabaseAsync("shop", CancellationToken.None));

        Assert.Equal(Failure.PersonNeeded, refusal.Failure);
        Assert.Contains("more than 33554432 bytes", refusal.Message, StringComparison.Ordinal);
        Assert.Single(_peer.Received);
    }

    private static async Task<HttpResponseMessage> Never(CancellationToken token)
    {
        var never = new TaskCompletionSource<HttpResponseMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = token.Register(() => never.TrySetCanceled(token));
        return await never.Task;
    }

    private sealed class BrokenContent : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context) =>
            throw new IOException("The connection was closed in the middle.");

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    private sealed class EndlessContent : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context)
        {
            var chunk = new byte[1024 * 1024];
            while (true)
            {
                await stream.WriteAsync(chunk);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
