using IterationBranches.Provisioning;
using IterationBranches.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace IterationBranches.Tests.Storage;

/// <summary>The notes of pending looks, and the rule over them, with a real storage account.</summary>
[Collection(StorageGroup.Name)]
public sealed class AskedNoteTests(StorageFixture storage)
{
    private static readonly DateTimeOffset s_now = new(2026, 8, 26, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_note_is_read_by_others_until_it_is_cleared()
    {
        var (notes, track) = (storage.AskedNotes(), storage.NewName("Track"));
        var none = await notes.ReadAsync(track, default);
        Assert.Null(none.SentAt);

        await notes.WriteAsync(none, s_now, s_now, default);
        Assert.Equal(s_now, (await storage.AskedNotes().ReadAsync(track.ToUpperInvariant(), default)).SentAt);

        await notes.ClearAsync(track, default);
        Assert.Null((await notes.ReadAsync(track, default)).SentAt);
    }

    [Fact]
    public async Task A_note_that_comes_after_the_look_has_begun_is_not_written()
    {
        var (notes, track) = (storage.AskedNotes(), storage.NewName("Track"));
        var read = await notes.ReadAsync(track, default);

        // There was nothing to clear; that it was cleared counts all the same.
        await notes.ClearAsync(track, default);
        await notes.WriteAsync(read, s_now, s_now, default);

        Assert.Null((await notes.ReadAsync(track, default)).SentAt);
    }

    [Fact]
    public async Task Of_two_that_race_one_writes()
    {
        var (notes, track) = (storage.AskedNotes(), storage.NewName("Track"));
        var read = await notes.ReadAsync(track, default);

        await notes.WriteAsync(read, s_now, s_now, default);
        await notes.WriteAsync(read, s_now.AddSeconds(1), s_now, default);

        Assert.Equal(s_now, (await notes.ReadAsync(track, default)).SentAt);
    }

    [Fact]
    public async Task A_blob_that_somebody_deleted_holds_no_note_and_is_made_again()
    {
        var (notes, track) = (storage.AskedNotes(), storage.NewName("Track"));
        var read = await notes.ReadAsync(track, default);
        await storage.Blobs.GetBlobClient($"asked/{track.ToLowerInvariant()}").DeleteAsync();

        await notes.WriteAsync(read, s_now, s_now, default);
        await notes.ClearAsync(track, default);

        Assert.Null((await notes.ReadAsync(track, default)).SentAt);
    }

    [Fact]
    public async Task Ten_hooks_at_once_are_one_message_and_one_that_comes_when_the_look_has_begun_is_another()
    {
        var (name, track) = (storage.NewName("queue"), storage.NewName("Track"));
        var looks = Instance(name);

        var sent = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => looks.AskAsync(track, LookReason.WorkItem, default)));

        Assert.Single(sent, asked => asked);
        Assert.Equal(1, await CountAsync(name));
        Assert.False(await Instance(name).AskAsync(track, LookReason.WorkItem, default));
        await looks.BeginAsync(track, default);
        Assert.True(await Instance(name).AskAsync(track, LookReason.WorkItem, default));
        Assert.Equal(2, await CountAsync(name));
    }

    [Fact]
    public async Task Instances_that_race_send_one_each_at_most_and_the_next_hook_sends_none()
    {
        var (name, track) = (storage.NewName("queue"), storage.NewName("Track"));
        var instances = Enumerable.Range(0, 3).Select(_ => Instance(name)).ToList();

        await Task.WhenAll(Enumerable.Range(0, 30).Select(hook => instances[hook % 3].AskAsync(track, LookReason.Push, default)));

        Assert.InRange(await CountAsync(name), 1, 3);
        Assert.False(await instances[0].AskAsync(track, LookReason.Push, default));
    }

    private AskedLooks Instance(string queue) => new(storage.Queue(queue), storage.AskedNotes(), new ManualTime(), NullLogger<AskedLooks>.Instance);

    private async Task<int> CountAsync(string queue) => (await storage.Host(queue).GetPropertiesAsync()).Value.ApproximateMessagesCount;
}
