using System.Security.Cryptography;
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

    /// <param name="project">By name or id; empty: every project of the organization.</param>
    /// <param name="functionKey">Sent as the header <c>x-functions-key</c>.</param>
    public HookSubscription AddSubscription(
        string eventType, Uri url, string username, string password, string project, string? functionKey = null, HookDetails details = HookDetails.All, string resourceVersion = "1.0") => Locked(state =>
    {
        var subscription = new HookSubscription(
            eventType, url, username, password, project.Length == 0 ? null : Project(state, project).Id, functionKey)
        { Details = details, ResourceVersion = resourceVersion };
        state.Subscriptions.Add(subscription);
        return subscription;
    });

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

    /// <summary>Into the recycle bin. Nobody can subscribe to that here.</summary>
    public void DeleteWorkItem(int id) => Locked(state => WorkItem(state, id, isDeleted: false).IsDeleted = true);

    public Task<IReadOnlyList<HookDelivery>> RestoreWorkItemAsync(int id) => SendAsync(Locked(state =>
    {
        var item = WorkItem(state, id, isDeleted: true);
        (item.IsDeleted, item.ChangedAt) = (false, Clock.GetUtcNow());
        item.Revision++;
        return Notify(state, "workitem.restored", item.Project, Payloads().WorkItemCreated(item));
    }));

    /// <inheritdoc cref="PushAsync"/>
    public Task<IReadOnlyList<HookDelivery>> PushBranchAsync(string project, string repository, string refName) => PushAsync(project, repository, [refName]);

    /// <summary>The first push of a ref creates it, and brings no commits; each later one brings one.</summary>
    /// <param name="repository">Comes into being with its first push.</param>
    /// <param name="refNames">In full, as in <c>refs/heads/main</c>; one event tells of all.</param>
    /// <param name="deleted">Those that this push deletes.</param>
    public Task<IReadOnlyList<HookDelivery>> PushAsync(string project, string repository, IReadOnlyList<string> refNames, IReadOnlyList<string>? deleted = null) => SendAsync(Locked(state =>
    {
        if (refNames.FirstOrDefault(name => !name.StartsWith("refs/", StringComparison.Ordinal)) is { } wrong)
        {
            throw new ArgumentException($"A ref is named in full, as in refs/heads/main; not {wrong}.", nameof(refNames));
        }

        var owner = Project(state, project);
        var target = owner.Repositories.Find(other => other.Name == repository);
        if (target is null)
        {
            target = new Repository(Guid.NewGuid(), repository);
            owner.Repositories.Add(target);
        }

        var made = refNames.Select(name => new RefUpdate(name, target.Refs.GetValueOrDefault(name), RandomNumberGenerator.GetHexString(40, lowercase: true)));
        var ended = (deleted ?? []).Select(name => new RefUpdate(name, target.Refs[name], After: null));
        var push = new GitPush(++state.LastPushId, target, [.. made, .. ended], Clock.GetUtcNow());
        foreach (var update in push.Updates)
        {
            if (update.After is null)
            {
                target.Refs.Remove(update.Name);
            }
            else
            {
                target.Refs[update.Name] = update.After;
            }
        }

        return Notify(state, "git.push", owner, Payloads().Pushed(owner, push));
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

    private HookPayloads Payloads() => new(OrganizationUrl);

    /// <summary>One event, told to each subscription in an envelope of its own.</summary>
    private List<Notification> Notify(BoardsState state, string eventType, BoardsProject project, JsonObject resource)
    {
        var id = Guid.NewGuid();
        return state.Subscriptions.FindAll(subscription => subscription.Matches(eventType, project)).ConvertAll(subscription =>
            new Notification(subscription, eventType, ToBytes(Payloads().Envelope(subscription, id, project, resource, Clock.GetUtcNow()))));
    }

    private async Task<IReadOnlyList<HookDelivery>> SendAsync(List<Notification> notifications)
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

    private static WorkItem WorkItem(BoardsState state, int id, bool isDeleted) =>
        state.WorkItems.Find(item => item.Id == id && item.IsDeleted == isDeleted)
        ?? throw new ArgumentException($"There is no {(isDeleted ? "deleted " : "")}work item {id}.", nameof(id));

    private static ReadOnlyMemory<byte> ToBytes(JsonObject body) => JsonSerializer.SerializeToUtf8Bytes(body, s_json);
}
