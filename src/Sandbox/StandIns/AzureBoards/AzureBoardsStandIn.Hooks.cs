using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace IterationBranches.Sandbox.StandIns.AzureBoards;

// Service hooks: what happens to work items and branches is told to whoever subscribed. A delivery is made once; it is
// redelivered only by RedeliverAsync.
public sealed partial class AzureBoardsStandIn
{
    /// <summary>Every delivery so far, in the order in which they ended.</summary>
    public IReadOnlyList<HookDelivery> Deliveries => Locked(HookDelivery[] (state) => [.. state.Deliveries]);

    /// <param name="project">By name or id; empty: every project of the organization.</param>
    /// <param name="functionKey">Sent as the header <c>x-functions-key</c>.</param>
    public HookSubscription AddSubscription(
        string eventType, Uri url, string username, string password, string project, string? functionKey = null) => Locked(state =>
    {
        var subscription = new HookSubscription(
            eventType, url, username, password, project.Length == 0 ? null : Project(state, project).Id, functionKey);
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
        var item = state.WorkItems.Find(item => item.Id == id) ?? throw new ArgumentException($"There is no work item {id}.", nameof(id));
        var (before, changedBefore) = (item.Iteration, item.ChangedAt);
        item.Iteration = Node(item.Project, iterationPath);
        item.ChangedAt = Clock.GetUtcNow();
        item.Revision++;
        state.Watermark++;
        return Notify(state, "workitem.updated", item.Project, Payloads().IterationChanged(item, before, changedBefore, state.Watermark));
    }));

    /// <summary>The first push of a ref creates it, and brings no commits; each later one brings one.</summary>
    /// <param name="repository">Comes into being with its first push.</param>
    /// <param name="refName">In full, as in <c>refs/heads/main</c>.</param>
    public Task<IReadOnlyList<HookDelivery>> PushBranchAsync(string project, string repository, string refName) => SendAsync(Locked(state =>
    {
        if (!refName.StartsWith("refs/", StringComparison.Ordinal))
        {
            throw new ArgumentException("A ref is named in full, as in refs/heads/main.", nameof(refName));
        }

        var owner = Project(state, project);
        var target = owner.Repositories.Find(other => other.Name == repository);
        if (target is null)
        {
            target = new Repository(Guid.NewGuid(), repository);
            owner.Repositories.Add(target);
        }

        var before = target.Refs.GetValueOrDefault(refName);
        var after = target.Refs[refName] = RandomNumberGenerator.GetHexString(40, lowercase: true);
        var push = new GitPush(++state.LastPushId, target, refName, before, after, Clock.GetUtcNow());
        return Notify(state, "git.push", owner, Payloads().Pushed(owner, push));
    }));

    /// <summary>The same event again, byte for byte, as after a lost answer.</summary>
    public async Task<HookDelivery> RedeliverAsync(HookDelivery delivery) =>
        (await SendAsync([new Notification(delivery.Subscription, delivery.EventType, delivery.Body)]))[0];

    /// <summary>What the Test button sends: a made-up event, the same for everybody.</summary>
    public async Task<HookDelivery> TestAsync(HookSubscription subscription) =>
        (await SendAsync([new Notification(subscription, subscription.EventType, ToBytes(TestEvents.For(subscription.EventType, Clock.GetUtcNow())))]))[0];

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
        List<HookDelivery> deliveries = [];
        foreach (var (subscription, eventType, body) in notifications)
        {
            var delivery = await HookSender.SendAsync(subscription, eventType, body);
            deliveries.Add(delivery);
            Locked(state =>
            {
                state.Deliveries.Add(delivery);
                return delivery;
            });
        }

        return deliveries;
    }

    private static ReadOnlyMemory<byte> ToBytes(JsonObject body) => JsonSerializer.SerializeToUtf8Bytes(body, s_json);

    private sealed record Notification(HookSubscription Subscription, string EventType, ReadOnlyMemory<byte> Body);
}
