using System.Globalization;
using System.Text.Json.Nodes;

namespace IterationBranches.Sandbox.StandIns.AzureBoards;

/// <summary>
/// Events as Azure DevOps writes them with resource version 1.0, all details of the resource, and no messages; what else
/// a subscription asks for is made of that by <see cref="HookSubscription.Reshape"/>
/// (https://learn.microsoft.com/azure/devops/service-hooks/events), corrected where captured deliveries differ from that page.
/// </summary>
/// <param name="organization">The address of the organization, without a trailing slash.</param>
internal sealed class HookPayloads(string organization)
{
    private const string PersonText = "Robin Example <robin@example.test>";
    internal const string PersonId = "d2f7b5a0-9e41-4c86-8a3d-5e0c1f9b7264";
    internal const string Descriptor = "aad.ZDJmN2I1YTAtOWU0MS03Yzg2LThhM2QtNWUwYzFmOWI3MjY0";
    private const string CollectionId = "0c9a7d3e-2b64-4e1f-8a05-9d7e6b3c1f42";
    private const string AccountId = "b51e8f07-6c39-4d2a-b8e4-3a0f7c9d2e61";

    public JsonObject Envelope(HookSubscription subscription, Guid id, BoardsProject project, JsonObject resource, DateTimeOffset now)
    {
        var envelope = WholeEnvelope(subscription, id, project, resource, now);
        subscription.Reshape?.Invoke(envelope);
        return envelope;
    }

    private JsonObject WholeEnvelope(HookSubscription subscription, Guid id, BoardsProject project, JsonObject resource, DateTimeOffset now) => new()
    {
        ["subscriptionId"] = subscription.Id.ToString(),
        ["notificationId"] = subscription.NextNotificationId(),
        ["id"] = id.ToString(),
        ["eventType"] = subscription.EventType,
        ["publisherId"] = "tfs",
        ["message"] = null,
        ["detailedMessage"] = null,
        ["resource"] = resource.DeepClone(),
        ["resourceVersion"] = "1.0",
        ["resourceContainers"] = new JsonObject
        {
            ["collection"] = Container(CollectionId),
            ["account"] = Container(AccountId),
            ["project"] = Container(project.Id.ToString()),
        },
        ["createdDate"] = Precise(now),
    };

    /// <summary>The work item as it is; when it is restored, too.</summary>
    public JsonObject WorkItemCreated(WorkItem item)
    {
        var url = WorkItemUrl(item);
        return new()
        {
            ["id"] = item.Id,
            ["rev"] = item.Revision,
            ["fields"] = Fields(item),
            ["_links"] = new JsonObject
            {
                ["self"] = Link(url),
                ["workItemUpdates"] = Link($"{url}/updates"),
                ["workItemRevisions"] = Link($"{url}/revisions"),
                ["html"] = HtmlLink(item),
                ["workItemType"] = Link($"{organization}/{item.Project.Id}/_apis/wit/workItemTypes/User%20Story"),
                ["fields"] = Link($"{organization}/{item.Project.Id}/_apis/wit/fields"),
            },
            ["url"] = url,
        };
    }

    /// <summary>The resource of an update is the update: its <c>id</c> is not the work item's, and its <c>fields</c> are only what changed.</summary>
    public JsonObject IterationChanged(WorkItem item, IterationNode before, DateTimeOffset changedBefore, int watermark)
    {
        var url = WorkItemUrl(item);
        return new()
        {
            ["id"] = item.UpdateNumber,
            ["workItemId"] = item.Id,
            ["rev"] = item.Revision,
            ["revisedBy"] = Identity(),
            ["revisedDate"] = "9999-01-01T00:00:00Z",
            ["fields"] = IterationDelta(item, before, changedBefore, watermark),
            ["_links"] = new JsonObject
            {
                ["self"] = Link($"{url}/updates/{item.UpdateNumber}"),
                ["workItemUpdates"] = Link($"{url}/updates"),
                ["parent"] = Link(url),
                ["html"] = HtmlLink(item),
            },
            ["url"] = $"{url}/updates/{item.UpdateNumber}",
            ["revision"] = new JsonObject
            {
                ["id"] = item.Id,
                ["rev"] = item.Revision,
                ["fields"] = Fields(item),
                ["_links"] = new JsonObject
                {
                    ["self"] = Link($"{url}/revisions/{item.Revision}"),
                    ["workItemRevisions"] = Link($"{url}/revisions"),
                    ["parent"] = Link(url),
                },
                ["url"] = $"{url}/revisions/{item.Revision}",
            },
        };
    }

    private static JsonObject IterationDelta(WorkItem item, IterationNode before, DateTimeOffset changedBefore, int watermark)
    {
        var after = item.Iteration;
        var delta = new JsonObject
        {
            ["System.Rev"] = Change(item.Revision - 1, item.Revision),
            ["System.AuthorizedDate"] = Change(Moment(changedBefore), Moment(item.ChangedAt)),
            ["System.RevisedDate"] = Change(Moment(item.ChangedAt), "9999-01-01T00:00:00Z"),
            ["System.ChangedDate"] = Change(Moment(changedBefore), Moment(item.ChangedAt)),
            ["System.Watermark"] = Change(watermark - 1, watermark),
        };
        if (before == after)
        {
            return delta;
        }

        delta["System.IterationId"] = Change(before.Id, after.Id);
        for (var level = 0; level < Math.Max(before.Levels.Count, after.Levels.Count); level++)
        {
            var (old, current) = (before.Levels.ElementAtOrDefault(level), after.Levels.ElementAtOrDefault(level));
            if (old != current)
            {
                delta[$"System.IterationLevel{level + 1}"] = Change(old, current);
            }
        }

        delta["System.IterationPath"] = Change(before.Path, after.Path);
        return delta;
    }

    /// <summary>What was empty has no old value, and what was cleared no new one.</summary>
    private static JsonObject Change(JsonNode? old, JsonNode? current)
    {
        var change = new JsonObject();
        if (old is not null)
        {
            change["oldValue"] = old;
        }

        if (current is not null)
        {
            change["newValue"] = current;
        }

        return change;
    }

    /// <summary>Flat, with identities as text, and no id of the iteration.</summary>
    private static JsonObject Fields(WorkItem item) => new()
    {
        ["System.AreaPath"] = item.Project.Name,
        ["System.TeamProject"] = item.Project.Name,
        ["System.IterationPath"] = item.Iteration.Path,
        ["System.WorkItemType"] = "User Story",
        ["System.State"] = "New",
        ["System.Reason"] = "New",
        ["System.CreatedDate"] = Moment(item.CreatedAt),
        ["System.CreatedBy"] = PersonText,
        ["System.ChangedDate"] = Moment(item.ChangedAt),
        ["System.ChangedBy"] = PersonText,
        ["System.CommentCount"] = 0,
        ["System.Title"] = $"Story {item.Id}",
        ["Microsoft.VSTS.Common.StateChangeDate"] = Moment(item.CreatedAt),
        ["Microsoft.VSTS.Common.Priority"] = 2,
        ["Microsoft.VSTS.Common.ValueArea"] = "Business",
    };

    internal JsonObject Identity()
    {
        var avatar = $"{organization}/_apis/GraphProfile/MemberAvatars/{Descriptor}";
        return new()
        {
            ["id"] = PersonId,
            ["name"] = PersonText,
            ["displayName"] = "Robin Example",
            ["url"] = IdentityUrl,
            ["_links"] = new JsonObject { ["avatar"] = Link(avatar) },
            ["uniqueName"] = "robin@example.test",
            ["imageUrl"] = avatar,
            ["descriptor"] = Descriptor,
        };
    }

    internal static string IdentityUrl => $"https://spsprodweu1.vssps.visualstudio.com/A{AccountId}/_apis/Identities/{PersonId}";

    private JsonObject Container(string id) => new() { ["id"] = id, ["baseUrl"] = $"{organization}/" };

    private string WorkItemUrl(WorkItem item) => $"{organization}/{item.Project.Id}/_apis/wit/workItems/{item.Id}";

    private JsonObject HtmlLink(WorkItem item) => Link($"{organization}/web/wi.aspx?pcguid={CollectionId}&id={item.Id}");

    internal static JsonObject Link(string href) => new() { ["href"] = href };

    internal static string Moment(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture);

    internal static string Precise(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);
}
