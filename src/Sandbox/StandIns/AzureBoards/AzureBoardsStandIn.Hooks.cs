using System.Text.Json;
using System.Text.Json.Nodes;

namespace IterationBranches.Sandbox.StandIns.AzureBoards;

// Service hooks: what happens to work items and branches is told to whoever subscribed, and told again when the answer
// is one of those that Azure DevOps tries again after (HookDispatcher).
public sealed partial class AzureBoardsStandIn
{
    private readonly List<Notification> _held = [];

    /// <summary>While it is set, events are kept back for <see cref="DeliverHeldAsync"/>.</summary>
    public bool HoldHooks { get; set; }

    /// <summary>Told of each attempt of a delivery, on the thread that made it.</summary>
    public Action<HookDelivery>? Delivered { get; set; }

    /// <summary>Every delivery so far, in the order in which they ended.</summary>
    public IReadOnlyList<HookDelivery> Deliveries => Locked(HookDelivery[] (state) => [.. state.Deliveries]);

    public async Task<CreatedWorkItem> CreateWorkItemAsync(string project, string iterationPath)
    {
        var (item, notifications) = Locked(state =>
        {
            var owner = Project(state, project);
            var created = new WorkItem(++state.LastWorkItemId, owner, Node(owner, iterationPath), Clock.GetUtcNow());
            state.WorkItems.Add(created);
            return (created, Notify(state, "workitem.created", owner, Payloads().WorkItemCreated(created)));
        });
        return new CreatedWorkItem(item.Id, await SendAsync(notifications));
    }

    public Task<IReadOnlyList<HookDelivery>> MoveWorkItemAsync(int id, string iterationPath) => SendAsync(Locked(state =>
    {
        var item = WorkItem(state, id, isDeleted: false);
        var (before, changedBefore) = (item.Iteration, item.ChangedAt);
        item.Iteration = Node(item.Project, iterationPath);
        item.ChangedAt = Clock.GetUtcNow();
        item.Revision++;
        state.Watermark++;
        return Notify(state, "workitem.updated", item.Project, Payloads().IterationChanged(item, before, changedBefore, state.Watermark));
    }));

    /// <summary>Delivers what was held, and holds nothing any more: in another order than it happened, all at once, or more than once.</summary>
    public async Task<IReadOnlyList<HookDelivery>> DeliverHeldAsync(HookOrder order, int times = 1)
    {
        HoldHooks = false;
        List<Notification> held = Locked(_ => Enumerable.Repeat(_held, times).SelectMany(notifications => notifications).ToList());
        Locked(_ =>
        {
            _held.Clear();
            return 0;
        });
        if (order == HookOrder.AtOnce)
        {
            return [.. (await Task.WhenAll(held.Select(_hooks.SendAsync))).OfType<HookDelivery>()];
        }

        return await SendAsync(order == HookOrder.Reversed ? [.. Enumerable.Reverse(held)] : held);
    }

    public override async ValueTask DisposeAsync()
    {
        await _hooks.DisposeAsync();
        await base.DisposeAsync();
    }

    /// <summary>The same event again, byte for byte, as after a lost answer; nothing follows from how it is answered.</summary>
    public async Task<HookDelivery> RedeliverAsync(HookDelivery delivery) =>
        Remember(await HookSender.SendAsync(delivery.Subscription, delivery.EventType, delivery.Body));

    /// <summary>What the Test button sends: a made-up event, the same for everybody.</summary>
    public async Task<HookDelivery> TestAsync(HookSubscription subscription) =>
        Remember(await HookSender.SendAsync(subscription, subscription.EventType, ToBytes(TestEvents.For(subscription.EventType, Clock.GetUtcNow()))));

    internal HookPayloads Payloads() => new(OrganizationUrl);

    /// <summary>One event, told to each subscription in an envelope of its own.</summary>
    internal List<Notification> Notify(BoardsState state, string eventType, BoardsProject project, JsonObject resource)
    {
        var id = Guid.NewGuid();
        return state.Subscriptions.FindAll(subscription => subscription.Matches(eventType, project)).ConvertAll(subscription =>
            new Notification(subscription, eventType, ToBytes(Payloads().Envelope(subscription, id, project, resource, Clock.GetUtcNow()))));
    }

    internal async Task<IReadOnlyList<HookDelivery>> SendAsync(List<Notification> notifications)
    {
        if (HoldHooks)
        {
            Locked(_ =>
            {
                _held.AddRange(notifications);
                return 0;
            });
            return [];
        }

        List<HookDelivery> deliveries = [];
        foreach (var notification in notifications)
        {
            if (await _hooks.SendAsync(notification) is { } delivery)
            {
                deliveries.Add(delivery);
            }
        }

        return deliveries;
    }

    private HookDelivery Remember(HookDelivery delivery)
    {
        Locked(state =>
        {
            state.Deliveries.Add(delivery);
            return delivery;
        });
        Delivered?.Invoke(delivery);
        return delivery;
    }

    internal static WorkItem WorkItem(BoardsState state, int id, bool isDeleted) =>
        state.WorkItems.Find(item => item.Id == id && item.IsDeleted == isDeleted)
        ?? throw new ArgumentException($"There is no {(isDeleted ? "deleted " : "")}work item {id}.", nameof(id));

    private static ReadOnlyMemory<byte> ToBytes(JsonObject body) => JsonSerializer.SerializeToUtf8Bytes(body, s_json);
}
