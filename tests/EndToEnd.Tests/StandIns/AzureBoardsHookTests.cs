using System.Collections.Concurrent;
using System.Text.Json;
using IterationBranches.Sandbox.StandIns;
using IterationBranches.Sandbox.StandIns.AzureBoards;
using IterationBranches.Testing.Faults;
using IterationBranches.Testing.Hands;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace IterationBranches.EndToEnd.Tests.StandIns;

/// <summary>What the service hooks of the stand-in send.</summary>
public sealed class AzureBoardsHookTests : IAsyncLifetime
{
    private readonly SettableTime _clock = new(new DateTimeOffset(2026, 8, 26, 14, 2, 9, 510, TimeSpan.Zero));
    private readonly AzureBoardsStandIn _boards;
    private readonly Receiver _receiver;
    private readonly Guid _project;

    public AzureBoardsHookTests()
    {
        _boards = new AzureBoardsStandIn(_clock);
        _receiver = new Receiver(_clock);
        _project = _boards.AddProject("Meridian");
        _boards.AddProject("Other");
        _boards.AddIteration("Meridian", null, "Release 5");
        _boards.AddIteration("Meridian", "Meridian\\Release 5", "Sprint 42");
        _boards.AddIteration("Meridian", "Meridian\\Release 5", "Sprint 43");
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

    [Fact]
    public async Task A_created_work_item_is_told_in_the_documented_envelope()
    {
        var subscription = Subscribe("workitem.created", functionKey: "key==");

        var created = await _boards.CreateWorkItemAsync("Meridian", "Meridian\\Release 5\\Sprint 43");

        var delivery = Assert.Single(created.Deliveries);
        Assert.Equal((subscription, "workitem.created", 202, "taken"), (delivery.Subscription, delivery.EventType, delivery.Status, delivery.ResponseBody));
        var (headers, bytes) = Assert.Single(_receiver.Received);
        Assert.Equal("application/json; charset=utf-8", headers["Content-Type"]);
        Assert.Equal("Basic " + Convert.ToBase64String("azure-devops:hook-password"u8), headers["Authorization"]);
        Assert.Equal("key==", headers["x-functions-key"]);
        Assert.Equal(subscription.Id.ToString(), headers["X-VSS-SubscriptionId"]);
        Assert.StartsWith("VSServices/", headers["User-Agent"], StringComparison.Ordinal);

        var body = JsonElement.Parse(bytes);
        Assert.Equal(
            ["subscriptionId", "notificationId", "id", "eventType", "publisherId", "message", "detailedMessage", "resource", "resourceVersion", "resourceContainers", "createdDate"],
            body.EnumerateObject().Select(property => property.Name));
        Assert.Equal(subscription.Id, body.GetProperty("subscriptionId").GetGuid());
        Assert.Equal(1, body.GetProperty("notificationId").GetInt32());
        Assert.Equal("tfs", body.GetProperty("publisherId").GetString());
        Assert.Equal("1.0", body.GetProperty("resourceVersion").GetString());
        Assert.Equal(JsonValueKind.Null, body.GetProperty("message").ValueKind);
        Assert.Equal(JsonValueKind.Null, body.GetProperty("detailedMessage").ValueKind);
        Assert.Equal(_project, body.GetProperty("resourceContainers").GetProperty("project").GetProperty("id").GetGuid());
        Assert.Equal("2026-08-26T14:02:09.5100000Z", body.GetProperty("createdDate").GetString());

        var resource = body.GetProperty("resource");
        Assert.Equal(created.Id, resource.GetProperty("id").GetInt32());
        Assert.Equal("Meridian\\Release 5\\Sprint 43", resource.GetProperty("fields").GetProperty("System.IterationPath").GetString());
        Assert.False(resource.GetProperty("fields").TryGetProperty("System.IterationId", out _));
    }

    [Fact]
    public async Task A_moved_work_item_is_told_as_a_delta_of_its_own_number()
    {
        Subscribe("workitem.updated");
        var (id, none) = await _boards.CreateWorkItemAsync("Meridian", "Meridian\\Release 5\\Sprint 43");
        Assert.Empty(none);

        await _boards.MoveWorkItemAsync(id, "Meridian\\Release 5\\Sprint 42");

        var resource = JsonElement.Parse(Assert.Single(_receiver.Received).Body).GetProperty("resource");
        Assert.Equal(id, resource.GetProperty("workItemId").GetInt32());
        Assert.NotEqual(id, resource.GetProperty("id").GetInt32());
        Assert.NotEqual(resource.GetProperty("rev").GetInt32(), resource.GetProperty("id").GetInt32());
        var delta = resource.GetProperty("fields");
        Assert.Equal("""{"oldValue":"Meridian\\Release 5\\Sprint 43","newValue":"Meridian\\Release 5\\Sprint 42"}""", delta.GetProperty("System.IterationPath").GetRawText());
        Assert.Equal("""{"oldValue":"Sprint 43","newValue":"Sprint 42"}""", delta.GetProperty("System.IterationLevel3").GetRawText());
        Assert.Equal(JsonValueKind.Number, delta.GetProperty("System.IterationId").GetProperty("newValue").ValueKind);
        Assert.False(delta.TryGetProperty("System.IterationLevel2", out _));
        Assert.Equal("Meridian\\Release 5\\Sprint 42", resource.GetProperty("revision").GetProperty("fields").GetProperty("System.IterationPath").GetString());

        // Out of every iteration, into the backlog: the levels below the project are cleared.
        await _boards.MoveWorkItemAsync(id, "Meridian");
        delta = JsonElement.Parse(_receiver.Received.Last().Body).GetProperty("resource").GetProperty("fields");
        Assert.Equal("""{"oldValue":"Release 5"}""", delta.GetProperty("System.IterationLevel2").GetRawText());
    }

    [Fact]
    public async Task A_new_branch_has_no_commits_and_no_old_object()
    {
        Subscribe("git.push");

        await _boards.PushBranchAsync("Meridian", "payments-api", "refs/heads/release/5.42");
        await _boards.PushBranchAsync("Meridian", "payments-api", "refs/heads/release/5.42");

        var (first, second) = (Resource(0), Resource(1));
        Assert.False(first.TryGetProperty("commits", out _));
        var update = first.GetProperty("refUpdates")[0];
        Assert.Equal("refs/heads/release/5.42", update.GetProperty("name").GetString());
        Assert.Equal(new string('0', 40), update.GetProperty("oldObjectId").GetString());
        Assert.Equal(1, second.GetProperty("commits").GetArrayLength());
        Assert.Equal(update.GetProperty("newObjectId").GetString(), second.GetProperty("refUpdates")[0].GetProperty("oldObjectId").GetString());
        Assert.Equal("0001-01-01T00:00:00", first.GetProperty("repository").GetProperty("project").GetProperty("lastUpdateTime").GetString());

        JsonElement Resource(int index) => JsonElement.Parse(_receiver.Received.ElementAt(index).Body).GetProperty("resource");
    }

    [Fact]
    public async Task An_event_goes_to_each_subscription_that_matches_with_one_id_and_own_numbers()
    {
        Subscribe("workitem.created");
        Subscribe("workitem.created", project: "");
        Subscribe("workitem.created", project: "Other");
        Subscribe("workitem.updated");

        await _boards.CreateWorkItemAsync("Meridian", "Meridian");
        await _boards.CreateWorkItemAsync("Meridian", "Meridian");

        var bodies = _boards.Deliveries.Select(delivery => JsonElement.Parse(delivery.Body.Span)).ToList();
        Assert.Equal([1, 1, 2, 2], bodies.Select(body => body.GetProperty("notificationId").GetInt32()));
        Assert.Equal(bodies[0].GetProperty("id").GetGuid(), bodies[1].GetProperty("id").GetGuid());
        Assert.NotEqual(bodies[0].GetProperty("id").GetGuid(), bodies[2].GetProperty("id").GetGuid());
    }

    [Fact]
    public async Task A_redelivery_is_the_same_to_the_byte()
    {
        Subscribe("workitem.created");
        var first = Assert.Single((await _boards.CreateWorkItemAsync("Meridian", "Meridian")).Deliveries);
        _clock.Advance(TimeSpan.FromMinutes(1));

        await _boards.RedeliverAsync(first);

        Assert.Equal(2, _receiver.Received.Count);
        Assert.Equal(_receiver.Received.First().Body, _receiver.Received.Last().Body);
        Assert.Equal(2, _boards.Deliveries.Count);
    }

    [Theory]
    [InlineData("workitem.created")]
    [InlineData("workitem.updated")]
    [InlineData("git.push")]
    public async Task The_test_button_sends_a_made_up_event_with_a_constant_id(string eventType)
    {
        var subscription = Subscribe(eventType);

        await _boards.TestAsync(subscription);
        await _boards.TestAsync(subscription);

        var (first, second) = (JsonElement.Parse(_receiver.Received.First().Body), JsonElement.Parse(_receiver.Received.Last().Body));
        Assert.Equal(Guid.Empty, first.GetProperty("subscriptionId").GetGuid());
        Assert.Equal(eventType, first.GetProperty("eventType").GetString());
        Assert.Equal(first.GetProperty("id").GetGuid(), second.GetProperty("id").GetGuid());
        Assert.NotEqual(_project, first.GetProperty("resourceContainers").GetProperty("project").GetProperty("id").GetGuid());
        Assert.StartsWith("http://fabrikam-fiber-inc.visualstudio.com/DefaultCollection/", first.GetProperty("resource").GetProperty("url").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_delivery_tells_a_refusal_from_no_answer()
    {
        Subscribe("workitem.created");
        _receiver.Faults.Add("receive", Fault.Refuse(503, body: "down"));
        _receiver.Faults.Add("receive", Fault.LoseResponse(), nth: 2);

        var refused = Assert.Single((await _boards.CreateWorkItemAsync("Meridian", "Meridian")).Deliveries);
        Assert.Equal((503, "down"), (refused.Status, refused.ResponseBody));
        Assert.Equal(0, Assert.Single((await _boards.CreateWorkItemAsync("Meridian", "Meridian")).Deliveries).Status);
    }

    [Fact]
    public void A_subscription_shows_no_password()
    {
        var subscription = Subscribe("workitem.created", functionKey: "a-function-key");
        var delivery = new HookDelivery(subscription, "workitem.created", 202, "");

        Assert.DoesNotContain("hook-password", delivery.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("a-function-key", delivery.ToString(), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => _boards.AddSubscription("git.push", _receiver.Hook, "with space", "x", "Meridian"));
        Assert.Throws<ArgumentOutOfRangeException>(() => _boards.AddSubscription("iteration.created", _receiver.Hook, "x", "x", "Meridian"));
    }

    private HookSubscription Subscribe(string eventType, string project = "Meridian", string? functionKey = null) =>
        _boards.AddSubscription(eventType, _receiver.Hook, "azure-devops", "hook-password", project, functionKey);

    private sealed class Receiver(TimeProvider clock) : StandIn(clock)
    {
        public ConcurrentQueue<(Dictionary<string, string> Headers, byte[] Body)> Received { get; } = new();

        public Uri Hook => new(Address, "/api/hooks/azure-devops");

        protected override void Map(WebApplication app) => app.MapPost("/api/hooks/azure-devops", async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            Received.Enqueue((
                context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase), body.ToArray()));
            context.Response.StatusCode = StatusCodes.Status202Accepted;
            await context.Response.WriteAsync("taken");
        }).WithName("receive");
    }
}
