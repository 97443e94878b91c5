using System.Collections.Concurrent;
using System.Text.Json;
using System.Threading.Channels;
using IterationBranches.Sandbox.StandIns;
using IterationBranches.Sandbox.StandIns.AzureBoards;
using IterationBranches.Testing;
using IterationBranches.Testing.Hands;
using Microsoft.AspNetCore.Builder;

namespace IterationBranches.EndToEnd.Tests.StandIns;

/// <summary>What the stand-in does when a delivery is refused, and what else of Azure DevOps' habits it has.</summary>
public sealed class AzureBoardsDeliveryTests : IAsyncLifetime
{
    private const string Sprint = @"Meridian\Sprint 42";

    private readonly ManualTime _clock = new();
    private readonly AzureBoardsStandIn _boards;
    private readonly Receiver _receiver;
    private readonly Channel<HookDelivery> _delivered = Channel.CreateUnbounded<HookDelivery>();

    public AzureBoardsDeliveryTests()
    {
        (_boards, _receiver) = (new(_clock), new(_clock));
        _boards.Delivered = delivery => _delivered.Writer.TryWrite(delivery);
        _boards.AddProject("Meridian");
        _boards.AddIteration("Meridian", null, "Sprint 42");
    }

    public async ValueTask InitializeAsync()
    {
        await _boards.StartAsync();
        await _receiver.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _boards.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    [Theory]
    [InlineData(408)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task A_transient_refusal_is_tried_again_until_it_goes_well(int status)
    {
        var subscription = Subscribe();
        _receiver.Answers = [status, status, 202];

        await _boards.CreateWorkItemAsync("Meridian", Sprint);
        var second = await AfterAsync(TimeSpan.FromSeconds(1));
        var third = await AfterAsync(TimeSpan.FromSeconds(2));

        Assert.Equal([(status, 2), (202, 3)], new[] { second, third }.Select(delivery => (delivery.Status, delivery.Attempt)));
        Assert.Equal(HookStatus.Enabled, subscription.Status);
        Assert.Single(_receiver.Received.Select(Convert.ToHexString).Distinct());
    }

    [Fact]
    public async Task After_eight_tries_a_transient_refusal_counts_as_any_other()
    {
        var subscription = Subscribe();
        _receiver.Answers = [503];

        await _boards.CreateWorkItemAsync("Meridian", Sprint);
        foreach (var seconds in new[] { 1, 2, 4, 8, 16, 32, 60, 60 })
        {
            Assert.Equal(HookStatus.Enabled, subscription.Status);
            await AfterAsync(TimeSpan.FromSeconds(seconds));
        }

        Assert.Equal((HookStatus.OnProbation, 9), (subscription.Status, _receiver.Received.Count));
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(413)]
    [InlineData(429)]
    [InlineData(500)]
    public async Task Any_other_refusal_is_probation_in_which_events_are_lost_until_the_same_one_goes_well(int status)
    {
        var subscription = Subscribe();
        _receiver.Answers = [status, 202];

        await _boards.CreateWorkItemAsync("Meridian", Sprint);
        Assert.Equal(HookStatus.OnProbation, subscription.Status);
        Assert.Empty((await _boards.CreateWorkItemAsync("Meridian", Sprint)).Deliveries);
        Assert.Equal(1, subscription.LostEvents);

        Assert.Equal(2, (await AfterAsync(TimeSpan.FromMinutes(20))).Attempt);
        Assert.Equal(HookStatus.Enabled, subscription.Status);
        Assert.Single((await _boards.CreateWorkItemAsync("Meridian", Sprint)).Deliveries);
    }

    [Fact]
    public async Task After_thirty_six_hours_of_probation_it_is_disabled()
    {
        var subscription = Subscribe();
        _receiver.Answers = [500];

        await _boards.CreateWorkItemAsync("Meridian", Sprint);
        foreach (var minutes in new[] { 20, 40, 80, 160, 320, 640, 900 })
        {
            Assert.Equal(HookStatus.OnProbation, subscription.Status);
            await AfterAsync(TimeSpan.FromMinutes(minutes));
        }

        Assert.Equal((HookStatus.DisabledBySystem, 8), (subscription.Status, _receiver.Received.Count));
        Assert.Empty((await _boards.CreateWorkItemAsync("Meridian", Sprint)).Deliveries);
    }

    [Fact]
    public async Task Gone_disables_it_at_once()
    {
        var subscription = Subscribe();
        _receiver.Answers = [410];

        await _boards.CreateWorkItemAsync("Meridian", Sprint);

        Assert.Equal(HookStatus.DisabledBySystem, subscription.Status);
    }

    [Theory]
    [InlineData(HookDetails.All, "fields,id,rev,url,_links")]
    [InlineData(HookDetails.Minimal, "id,url")]
    [InlineData(HookDetails.None, null)]
    public async Task A_subscription_gets_as_much_of_the_resource_as_it_asked_for(HookDetails details, string? members)
    {
        Subscribe("workitem.created", details);

        await _boards.CreateWorkItemAsync("Meridian", Sprint);

        var body = JsonElement.Parse(Assert.Single(_receiver.Received));
        Assert.Equal(members?.Split(',').Order(), body.TryGetProperty("resource", out var resource) ? resource.EnumerateObject().Select(member => member.Name).Order() : null);
        Assert.True(body.GetProperty("resourceContainers").GetProperty("project").TryGetProperty("id", out _));
    }

    [Theory]
    [InlineData("1.0", JsonValueKind.String)]
    [InlineData("3.1-preview.3", JsonValueKind.Object)]
    [InlineData("5.1-preview.3", JsonValueKind.Object)]
    public async Task People_are_written_as_the_version_of_the_resource_says(string version, JsonValueKind kind)
    {
        Subscribe("workitem.created", version: version);

        await _boards.CreateWorkItemAsync("Meridian", Sprint);

        var body = JsonElement.Parse(Assert.Single(_receiver.Received));
        Assert.Equal(version, body.GetProperty("resourceVersion").GetString());
        Assert.Equal(kind, body.GetProperty("resource").GetProperty("fields").GetProperty("System.ChangedBy").ValueKind);
    }

    [Fact]
    public async Task A_restored_work_item_is_told_with_its_fields()
    {
        Subscribe("workitem.restored");
        var (id, _) = await _boards.CreateWorkItemAsync("Meridian", Sprint);
        _boards.DeleteWorkItem(id);
        await Assert.ThrowsAsync<ArgumentException>(() => _boards.MoveWorkItemAsync(id, Sprint));

        await _boards.RestoreWorkItemAsync(id);

        var body = JsonElement.Parse(Assert.Single(_receiver.Received));
        Assert.Equal(("workitem.restored", Sprint), (body.GetProperty("eventType").GetString(), body.GetProperty("resource").GetProperty("fields").GetProperty("System.IterationPath").GetString()));
    }

    [Fact]
    public async Task One_push_tells_of_several_refs()
    {
        Subscribe("git.push");
        await _boards.PushAsync("Meridian", "api", ["refs/heads/main", "refs/heads/old"]);

        await _boards.PushAsync("Meridian", "api", ["refs/heads/main", "refs/heads/release/1"], deleted: ["refs/heads/old"]);

        var (first, second) = (Resource(0), Resource(1));
        Assert.False(first.TryGetProperty("commits", out _));
        Assert.Equal(1, second.GetProperty("commits").GetArrayLength());
        Assert.Equal(
            ["refs/heads/main from x to x", "refs/heads/release/1 from 0 to x", "refs/heads/old from x to 0"],
            second.GetProperty("refUpdates").EnumerateArray().Select(update => $"{update.GetProperty("name")} from {Kind(update, "oldObjectId")} to {Kind(update, "newObjectId")}"));

        JsonElement Resource(int index) => JsonElement.Parse(_receiver.Received.ElementAt(index)).GetProperty("resource");
        static char Kind(JsonElement update, string name) => update.GetProperty(name).GetString()!.All(digit => digit == '0') ? '0' : 'x';
    }

    [Fact]
    public async Task Events_that_were_held_come_in_another_order_and_more_than_once()
    {
        Subscribe();
        _boards.HoldHooks = true;
        Assert.Empty((await _boards.CreateWorkItemAsync("Meridian", Sprint)).Deliveries);
        await _boards.CreateWorkItemAsync("Meridian", Sprint);

        Assert.Equal(4, (await _boards.DeliverHeldAsync(HookOrder.Reversed, times: 2)).Count);

        Assert.Equal([2, 1, 2, 1], _receiver.Received.Select(body => JsonElement.Parse(body).GetProperty("notificationId").GetInt32()));
        Assert.Single((await _boards.CreateWorkItemAsync("Meridian", Sprint)).Deliveries);
    }

    private HookSubscription Subscribe(string eventType = "workitem.created", HookDetails details = HookDetails.All, string version = "1.0") =>
        _boards.AddSubscription(eventType, new Uri(_receiver.Address, "/hook"), "azure-devops", "hook-password", "Meridian", details: details, resourceVersion: version);

    /// <summary>The attempt that is made when this time has passed, and no earlier.</summary>
    private async Task<HookDelivery> AfterAsync(TimeSpan time)
    {
        while (_delivered.Reader.TryRead(out _))
        {
            // Those before.
        }

        _clock.Advance(time - TimeSpan.FromMilliseconds(1));
        Assert.False(_delivered.Reader.TryRead(out _));
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        return await _delivered.Reader.ReadAsync().AsTask().WaitAsync(Bound.Wait);
    }

    private sealed class Receiver(TimeProvider clock) : StandIn(clock)
    {
        private int _calls;

        /// <summary>One after the other; the last one for all that follow.</summary>
        public int[] Answers { get; set; } = [202];

        public ConcurrentQueue<byte[]> Received { get; } = new();

        protected override void Map(WebApplication app) => app.MapPost("/hook", async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            Received.Enqueue(body.ToArray());
            context.Response.StatusCode = Answers[Math.Min(_calls++, Answers.Length - 1)];
        }).WithName("receive");
    }
}
