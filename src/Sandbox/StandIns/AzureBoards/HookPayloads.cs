using System.Globalization;
using System.Text.Json.Nodes;

namespace IterationBranches.Sandbox.StandIns.AzureBoards;

/// <param name="Before">Null: the ref is new.</param>
/// <param name="After">Null: the ref is deleted.</param>
internal sealed record RefUpdate(string Name, string? Before, string? After);

internal sealed record GitPush(int Id, Repository Repository, IReadOnlyList<RefUpdate> Updates, DateTimeOffset At);

/// <summary>
/// Events as Azure DevOps writes them with resource version 1.0, all details of the resource, and no messages; what else
/// a subscription asks for is made of that by <see cref="HookShape"/>
/// (https://learn.microsoft.com/azure/devops/service-hooks/events), corrected where captured deliveries differ from that page.
/// </summary>
/// <param name="organization">The address of the organization, without a trailing slash.</param>
internal sealed class HookPayloads(string organization)
{
    private const string PersonText = "Robin Example <robin@example.test>";
    private const string PersonId = "d2f7b5a0-9e41-4c86-8a3d-5e0c1f9b7264";
    private const string Descriptor = "aad.ZDJmN2I1YTAtOWU0MS03Yzg2LThhM2QtNWUwYzFmOWI3MjY0";
    private const string CollectionId = "0c9a7d3e-2b64-4e1f-8a05-9d7e6b3c1f42";
    private const string AccountId = "b51e8f07-6c39-4d2a-b8e4-3a0f7c9d2e61";
    private const string NoCommit = "0000000000000000000000000000000000000000";

    public JsonObject Envelope(HookSubscription subscription, Guid id, BoardsProject project, JsonObject resource, DateTimeOffset now)
    {
        var envelope = WholeEnvelope(subscription, id, project, now);
        if (HookShape.Of(resource, subscription.Details, subscription.ResourceVersion) is { } shape)
        {
            envelope["resource"] = shape;
        }
        else
        {
            envelope.Remove("resource");
        }

        return envelope;
    }

    private JsonObject WholeEnvelope(HookSubscription subscription, Guid id, BoardsProject project, DateTimeOffset now) => new()
    {
        ["subscriptionId"] = subscription.Id.ToString(),
        ["notificationId"] = subscription.NextNotificationId(),
        ["id"] = id.ToString(),
        ["eventType"] = subscription.EventType,
        ["publisherId"] = "tfs",
        ["message"] = null,
        ["detailedMessage"] = null,
        ["resource"] = null,
        ["resourceVersion"] = subscription.ResourceVersion,
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
            ["revisedBy"] = Identity(withName: true),
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

    public JsonObject Pushed(BoardsProject project, GitPush push)
    {
        var repository = $"{organization}/_apis/git/repositories/{push.Repository.Id}";
        var inProject = $"{organization}/{project.Id}/_apis/git/repositories/{push.Repository.Id}";
        var resource = new JsonObject();
        var commits = push.Updates.Where(update => update is { Before: not null, After: not null }).Select(JsonNode (update) => Commit(update.After!, push.At, repository)).ToArray();
        if (commits.Length > 0)
        {
            // Without new commits the key is absent, not empty.
            resource["commits"] = new JsonArray(commits);
        }

        resource["refUpdates"] = new JsonArray([.. push.Updates.Select(JsonNode (update) => new JsonObject
        {
            ["name"] = update.Name,
            ["oldObjectId"] = update.Before ?? NoCommit,
            ["newObjectId"] = update.After ?? NoCommit,
        })]);
        resource["repository"] = new JsonObject
        {
            ["id"] = push.Repository.Id.ToString(),
            ["name"] = push.Repository.Name,
            ["url"] = repository,
            ["project"] = new JsonObject
            {
                ["id"] = project.Id.ToString(),
                ["name"] = project.Name,
                ["url"] = $"{organization}/_apis/projects/{project.Id}",
                ["state"] = "wellFormed",
                ["visibility"] = "unchanged",
                ["lastUpdateTime"] = "0001-01-01T00:00:00",
            },
            ["defaultBranch"] = "refs/heads/main",
            ["remoteUrl"] = $"{organization}/{Uri.EscapeDataString(project.Name)}/_git/{Uri.EscapeDataString(push.Repository.Name)}",
        };
        resource["pushedBy"] = Identity(withName: false);
        resource["pushId"] = push.Id;
        resource["date"] = Precise(push.At);
        resource["url"] = $"{repository}/pushes/{push.Id}";
        resource["_links"] = new JsonObject
        {
            ["self"] = Link($"{repository}/pushes/{push.Id}"),
            ["repository"] = Link(inProject),
            ["commits"] = Link($"{repository}/pushes/{push.Id}/commits"),
            ["pusher"] = Link(IdentityUrl),
            ["refs"] = Link($"{inProject}/{push.Updates[0].Name}"),
        };
        return resource;
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

    private static JsonObject Commit(string id, DateTimeOffset at, string repository)
    {
        JsonObject By() => new() { ["name"] = "Robin Example", ["email"] = "robin@example.test", ["date"] = Moment(at) };
        return new()
        {
            ["commitId"] = id,
            ["author"] = By(),
            ["committer"] = By(),
            ["comment"] = "A change",
            ["url"] = $"{repository}/commits/{id}",
        };
    }

    private JsonObject Identity(bool withName)
    {
        var avatar = $"{organization}/_apis/GraphProfile/MemberAvatars/{Descriptor}";
        var json = new JsonObject { ["id"] = PersonId };
        if (withName)
        {
            json["name"] = PersonText;
        }

        json["displayName"] = "Robin Example";
        json["url"] = IdentityUrl;
        json["_links"] = new JsonObject { ["avatar"] = Link(avatar) };
        json["uniqueName"] = "robin@example.test";
        json["imageUrl"] = avatar;
        json["descriptor"] = Descriptor;
        return json;
    }

    /// <summary>An identity with all its members, as resource version 5.1 has it.</summary>
    public static JsonObject Person(string displayName, string mail) => new()
    {
        ["displayName"] = displayName,
        ["url"] = IdentityUrl,
        ["id"] = PersonId,
        ["uniqueName"] = mail,
        ["imageUrl"] = $"{IdentityUrl}/image",
        ["descriptor"] = Descriptor,
    };

    private static string IdentityUrl => $"https://spsprodweu1.vssps.visualstudio.com/A{AccountId}/_apis/Identities/{PersonId}";

    private JsonObject Container(string id) => new() { ["id"] = id, ["baseUrl"] = $"{organization}/" };

    private string WorkItemUrl(WorkItem item) => $"{organization}/{item.Project.Id}/_apis/wit/workItems/{item.Id}";

    private JsonObject HtmlLink(WorkItem item) => Link($"{organization}/web/wi.aspx?pcguid={CollectionId}&id={item.Id}");

    private static JsonObject Link(string href) => new() { ["href"] = href };

    private static string Moment(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture);

    private static string Precise(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);
}
