using System.Collections.Concurrent;
using Azure.Storage.Blobs.Specialized;
using IterationBranches.Provisioning;
using IterationBranches.Records;
using IterationBranches.Storage;
using IterationBranches.Testing;

namespace IterationBranches.Tests.Storage;

[Collection(StorageGroup.Name)]
public sealed class LockTests(StorageFixture storage)
{
    private static readonly DateTimeOffset s_now = new(2026, 8, 26, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task One_has_the_lease_and_another_gets_none_until_it_is_given_back()
    {
        var track = storage.NewName("Track");
        await using (var one = await storage.Locks().TryTakeAsync(track, default))
        {
            Assert.NotNull(one);
            await one.ProveAsync(default);
            // Names of tracks are compared without regard to case.
            Assert.Null(await storage.Locks().TryTakeAsync(track.ToUpperInvariant(), default));
            await using var other = await storage.Locks().TryTakeAsync(storage.NewName("Track"), default);
            Assert.NotNull(other);
        }

        await using var next = await storage.Locks().TryTakeAsync(track, default);
        Assert.NotNull(next);
    }

    [Theory]
    [InlineData(null, 60)]
    [InlineData("15", 15)]
    public async Task The_lease_is_taken_for_the_set_time_and_renewed_at_a_third_of_it(string? setting, int seconds)
    {
        var sent = new ConcurrentQueue<string>();
        await using var proxy = await storage.ProxyAsync(sent.Enqueue);
        var renewed = new SemaphoreSlim(0);
        proxy.Blobs.Calls.Added = call =>
        {
            if (call is { Operation: "renew_lease", Status: 200 })
            {
                renewed.Release();
            }
        };
        var clock = new ManualTime();
        await using var lease = await storage.Locks(clock, setting, proxy.ConnectionString).TryTakeAsync(storage.NewName("Track"), default);
        Assert.Contains(sent, request => request.Contains($"x-ms-lease-duration: {seconds}", StringComparison.Ordinal));

        for (var renewals = 1; renewals <= 2; renewals++)
        {
            clock.Advance(TimeSpan.FromSeconds((seconds / 3.0) - 1));
            Assert.Equal(renewals - 1, proxy.Blobs.Calls.Count("renew_lease"));
            clock.Advance(TimeSpan.FromSeconds(1));
            Assert.True(await renewed.WaitAsync(Bound.Wait), "The lease was not renewed.");
        }
    }

    [Fact]
    public void Who_waits_for_an_answer_gives_up_before_the_shortest_lease_runs_out()
    {
        var shortest = TimeSpan.FromSeconds(15);

        Assert.True(StorageServices.BlobOptions().Retry.NetworkTimeout < shortest);
        Assert.True(StorageServices.QueueOptions().Retry.NetworkTimeout < shortest);
    }

    [Fact]
    public async Task What_is_remembered_is_read_by_the_next_and_without_a_lease()
    {
        var track = storage.NewName("Track");
        var memory = new TrackMemory { PendingLook = s_now.AddSeconds(5), LastLook = s_now, ActorId = "actor-of-ours", Said = "0123456789abcdef" }
            .With(TrackMemory.WholeTrack, new Refusal(s_now.AddHours(2), TimeSpan.FromHours(2), "Разрешение «чтение» fehlt: größer als 日本"));
        Assert.Equivalent(new TrackMemory(), await storage.Locks().ReadAsync(track, default), strict: true);

        await using (var lease = await storage.Locks().TryTakeAsync(track, default))
        {
            await lease!.RememberAsync(memory, default);
            Assert.Same(memory, lease.Memory);
        }

        await using var next = await storage.Locks().TryTakeAsync(track, default);
        Assert.Equivalent(memory, next!.Memory, strict: true);
        Assert.Equivalent(memory, await storage.Locks().ReadAsync(track, default), strict: true);
        await next.RememberAsync(new TrackMemory(), default);
        Assert.Equivalent(new TrackMemory(), await storage.Locks().ReadAsync(track, default), strict: true);
    }

    [Theory]
    [InlineData(40, true, 40)] // "the secret br-… exists and is not this product's", forty times
    [InlineData(40, false, 40)]
    [InlineData(200, false, 150)]
    [InlineData(1000, false, 150)]
    public async Task Of_more_refusals_than_metadata_holds_the_newest_are_kept(int count, bool isAlike, int atLeast)
    {
        var memory = Enumerable.Range(0, count).Aggregate(new TrackMemory(), (all, i) => all.With(
            Guid.NewGuid().ToString("N"), new Refusal(s_now.AddHours(i), TimeSpan.FromHours(1), isAlike ? $"secret {i} exists, ж" : string.Concat(Enumerable.Range(0, 12).Select(_ => Guid.NewGuid())))));
        var track = storage.NewName("Track");
        await using var lease = await storage.Locks().TryTakeAsync(track, default);

        await lease!.RememberAsync(memory, default);

        var kept = (await storage.Locks().ReadAsync(track, default)).Refusals;
        Assert.InRange(kept.Count, atLeast, count);
        Assert.Equal(
            memory.Refusals.OrderByDescending(refusal => refusal.Value.NotBefore).Take(kept.Count).Select(refusal => refusal.Key).Order(),
            kept.Keys.Order());
    }

    [Fact]
    public async Task Whoever_lost_the_lease_can_neither_prove_it_nor_write()
    {
        var track = storage.NewName("Track");
        await using var lease = await storage.Locks().TryTakeAsync(track, default);
        await LeaseOf(track).BreakAsync(TimeSpan.Zero);
        await using var next = await storage.Locks().TryTakeAsync(track, default);

        await Assert.ThrowsAsync<LeaseLostException>(() => lease!.ProveAsync(default));
        await Assert.ThrowsAsync<LeaseLostException>(() => lease!.RememberAsync(new TrackMemory { ActorId = "late" }, default));

        await lease!.DisposeAsync();
        await next!.ProveAsync(default);
        Assert.Null((await storage.Locks().ReadAsync(track, default)).ActorId);
    }

    [Fact]
    public async Task A_write_alone_finds_out_too_that_the_lease_is_lost()
    {
        var track = storage.NewName("Track");
        await using var lease = await storage.Locks().TryTakeAsync(track, default);
        await LeaseOf(track).BreakAsync(TimeSpan.Zero);

        await Assert.ThrowsAsync<LeaseLostException>(() => lease!.RememberAsync(new TrackMemory { ActorId = "late" }, default));
        await Assert.ThrowsAsync<LeaseLostException>(() => lease!.ProveAsync(default));
    }

    [Fact]
    public async Task A_memory_that_somebody_damaged_is_none()
    {
        var track = storage.NewName("Track");
        await using (var lease = await storage.Locks().TryTakeAsync(track, default))
        {
            await lease!.RememberAsync(new TrackMemory { ActorId = "actor-of-ours" }, default);
        }

        await storage.Blobs.GetAppendBlobClient($"locks/{track.ToLowerInvariant()}").SetMetadataAsync(
            new Dictionary<string, string> { ["refusals"] = "{", ["pendinglook"] = "soon", ["actorid"] = "actor-of-ours" });

        var memory = await storage.Locks().ReadAsync(track, default);
        Assert.Equal((0, (DateTimeOffset?)null, "actor-of-ours"), (memory.Refusals.Count, memory.PendingLook, memory.ActorId));
    }

    private BlobLeaseClient LeaseOf(string track) => storage.Blobs.GetAppendBlobClient($"locks/{track.ToLowerInvariant()}").GetBlobLeaseClient();
}
