using System.Globalization;
using System.Text.Json.Nodes;

namespace IterationBranches.Sandbox.StandIns.AzureBoards;

/// <summary>
/// What the Test button of a subscription sends: the same made-up event for everybody, with a constant id, no
/// subscription, containers without addresses, numbers as text, and a date without a zone.
/// </summary>
internal static class TestEvents
{
    private const string Collection = "http://fabrikam-fiber-inc.visualstudio.com/DefaultCollection";

    public static JsonObject For(string eventType, DateTimeOffset now)
    {
        var (id, resource) = eventType switch
        {
            "workitem.created" => ("d2d46fb1-dba5-403c-9373-427583f19e8c", Created()),
            "workitem.restored" => ("1ca023d6-6cff-49dd-b3d1-302b69311810", Created()),
            "workitem.updated" => ("27646e0e-b520-4d2b-9411-bba7524947cd", Updated()),
            _ => ("03c164c2-8912-4d5e-8009-3707d5f83734", Pushed()),
        };
        return new()
        {
            ["subscriptionId"] = Guid.Empty.ToString(),
            ["notificationId"] = 1,
            ["id"] = id,
            ["eventType"] = eventType,
            ["publisherId"] = "tfs",
            ["message"] = null,
            ["detailedMessage"] = null,
            ["resource"] = resource,
            ["resourceVersion"] = "1.0",
            ["resourceContainers"] = new JsonObject
            {
                ["collection"] = new JsonObject { ["id"] = "c12d0eb8-e382-443b-9f9c-c52cba5014c2" },
                ["account"] = new JsonObject { ["id"] = "f844ec47-a9db-4511-8281-8b63f4eaf94e" },
                ["project"] = new JsonObject { ["id"] = "be9b3917-87e6-42a4-a549-2bc06a7a878f" },
            },
            ["createdDate"] = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture),
        };
    }

    private static JsonObject Created() => new()
    {
        ["id"] = 5,
        ["rev"] = 1,
        ["fields"] = Fields(),
        ["_links"] = new JsonObject { ["self"] = new JsonObject { ["href"] = $"{Collection}/_apis/wit/workItems/5" } },
        ["url"] = $"{Collection}/_apis/wit/workItems/5",
    };

    private static JsonObject Updated() => new()
    {
        ["id"] = 2,
        ["workItemId"] = 0,
        ["rev"] = 2,
        ["revisedBy"] = Person(),
        ["revisedDate"] = "0001-01-01T00:00:00",
        ["fields"] = new JsonObject
        {
            ["System.Rev"] = new JsonObject { ["oldValue"] = "1", ["newValue"] = "2" },
            ["System.State"] = new JsonObject { ["oldValue"] = "New", ["newValue"] = "Approved" },
            ["System.Watermark"] = new JsonObject { ["oldValue"] = "2", ["newValue"] = "5" },
        },
        ["_links"] = new JsonObject { ["self"] = new JsonObject { ["href"] = $"{Collection}/_apis/wit/workItems/5/updates/2" } },
        ["url"] = $"{Collection}/_apis/wit/workItems/5/updates/2",
        ["revision"] = new JsonObject
        {
            ["id"] = 5,
            ["rev"] = 2,
            ["fields"] = Fields(),
            ["url"] = $"{Collection}/_apis/wit/workItems/5/revisions/2",
        },
    };

    private static JsonObject Pushed() => new()
    {
        ["refUpdates"] = new JsonArray(new JsonObject
        {
            ["name"] = "refs/heads/master",
            ["oldObjectId"] = "aad331d8d3b131fa9ae03cf5e53965b51942618a",
            ["newObjectId"] = "33b55f7cb7e7e245323987634f960cf4a6e6bc74",
        }),
        ["repository"] = new JsonObject
        {
            ["id"] = "278d5cd2-584d-4b63-824a-2ba458937249",
            ["name"] = "Fabrikam-Fiber-Git",
            ["url"] = $"{Collection}/_apis/git/repositories/278d5cd2-584d-4b63-824a-2ba458937249",
            ["project"] = new JsonObject
            {
                ["id"] = "6ce954b1-ce1f-45d1-b94d-e6bf2464ba2c",
                ["name"] = "Fabrikam-Fiber-Git",
                ["state"] = "wellFormed",
                ["visibility"] = "unchanged",
                ["lastUpdateTime"] = "0001-01-01T00:00:00",
            },
            ["defaultBranch"] = "refs/heads/master",
        },
        ["pushedBy"] = Person(),
        ["pushId"] = 14,
        ["date"] = "2014-05-02T19:17:13.3309587Z",
        ["url"] = $"{Collection}/_apis/git/repositories/278d5cd2-584d-4b63-824a-2ba458937249/pushes/14",
    };

    private static JsonObject Fields() => new()
    {
        ["System.AreaPath"] = "FabrikamCloud",
        ["System.TeamProject"] = "FabrikamCloud",
        ["System.IterationPath"] = "FabrikamCloud\\Release 1\\Sprint 1",
        ["System.WorkItemType"] = "Bug",
        ["System.State"] = "New",
        ["System.Title"] = "Some great new idea!",
    };

    private static JsonObject Person() => new()
    {
        ["id"] = "e5a5f7f8-6507-4c34-b397-6c4818e002f4",
        ["displayName"] = "Jamal Hartnett",
        ["uniqueName"] = "Jamal Hartnett",
    };
}
