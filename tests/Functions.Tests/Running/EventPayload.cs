using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace IterationBranches.Functions.Tests.Running;

/// <summary>Events of Azure DevOps, from the sample payloads; a test changes what it is about.</summary>
internal static class EventPayload
{
    public const string Zeros = "0000000000000000000000000000000000000000";

    public static JsonNode Created(string? path = null)
    {
        var happened = Read("workitem.created.json");
        happened["resource"]!["fields"]!["System.IterationPath"] = path ?? happened["resource"]!["fields"]!["System.IterationPath"]!.GetValue<string>();
        return happened;
    }

    public static JsonNode Updated() => Read("workitem.updated.iteration-changed.json");

    public static JsonNode OtherField() => Read("workitem.updated.other-field.json");

    public static JsonNode Restored() => Read("workitem.restored.json");

    /// <summary>One push: a branch that goes on, a tag, a new branch, and one that is deleted.</summary>
    public static JsonNode SeveralRefs() => Read("git.push.several-refs.json");

    /// <summary>An update that changed links and no field.</summary>
    public static JsonNode LinksAlone()
    {
        var happened = OtherField();
        happened["resource"]!.AsObject().Remove("fields");
        happened["resource"]!["relations"] = new JsonObject { ["added"] = new JsonArray(new JsonObject { ["rel"] = "System.LinkTypes.Related" }) };
        return happened;
    }

    /// <summary>A push to a branch that is not new.</summary>
    public static JsonNode Commit() => Read("git.push.commit.json");

    public static JsonNode Push(string name = "refs/heads/release/5.42", string? from = Zeros, string? to = null)
    {
        var happened = Read("git.push.new-branch.json");
        var update = happened["resource"]!["refUpdates"]![0]!;
        update["name"] = name;
        update["oldObjectId"] = from;
        update["newObjectId"] = to ?? update["newObjectId"]!.GetValue<string>();
        return happened;
    }

    /// <summary>As the Test button sends it.</summary>
    public static JsonNode Test(JsonNode happened)
    {
        happened["subscriptionId"] = Guid.Empty.ToString();
        return happened;
    }

    /// <summary>As it sent it before it named a subscription: known by what is made up.</summary>
    public static JsonNode OldTest()
    {
        var happened = Created();
        happened.AsObject().Remove("subscriptionId");
        happened["resource"]!["url"] = "http://fabrikam-fiber-inc.visualstudio.com/DefaultCollection/_apis/wit/workItems/5";
        return happened;
    }

    public static JsonNode OfType(string eventType)
    {
        var happened = Created();
        happened["eventType"] = eventType;
        return happened;
    }

    /// <summary>As a subscription with these settings gets it: resource details <c>all</c>, <c>minimal</c> or <c>none</c>, and a version of the resource.</summary>
    public static JsonNode Sent(JsonNode happened, string details, string version)
    {
        happened["resourceVersion"] = version;
        if (details == "none")
        {
            happened.AsObject().Remove("resource");
            return happened;
        }

        var resource = happened["resource"]!.AsObject();
        if (details == "minimal")
        {
            var kept = new JsonObject();
            foreach (var name in new[] { "id", "workItemId", "pushId", "url" })
            {
                kept[name] = resource[name]?.DeepClone();
            }

            happened["resource"] = kept;
            return happened;
        }

        if (version == "1.0")
        {
            return happened;
        }

        // Since 3.1 people are objects; a later version may add what nobody knows yet.
        foreach (var fields in new[] { resource["fields"], resource["revision"]?["fields"] }.OfType<JsonObject>())
        {
            fields["System.ChangedBy"] = new JsonObject { ["displayName"] = "Ines Alvarado", ["uniqueName"] = "ines.alvarado@contoso.example" };
            fields["Custom.Later"] = new JsonArray(1, "two", new JsonObject());
        }

        resource["later"] = new JsonObject { ["refUpdates"] = 3, ["fields"] = "none" };
        return happened;
    }

    /// <summary>As some receivers have seen it: only the names of fields and headers are as ever.</summary>
    public static JsonNode InPascalCase(JsonNode node) => node switch
    {
        JsonObject members => new JsonObject(members.Select(member => KeyValuePair.Create($"{char.ToUpperInvariant(member.Key[0])}{member.Key[1..]}", member.Value is null ? null : (JsonNode?)InPascalCase(member.Value)))),
        JsonArray items => new JsonArray([.. items.Select(item => item is null ? null : InPascalCase(item))]),
        _ => node.DeepClone(),
    };

    /// <summary>In another project.</summary>
    public static JsonNode Foreign()
    {
        var happened = Created(@"Elsewhere\Release 5\Sprint 1");
        happened["resource"]!["fields"]!["System.TeamProject"] = "Elsewhere";
        happened["resourceContainers"]!["project"]!["id"] = "be9b3917-87e6-42a4-a549-2bc06a7a878f";
        return happened;
    }

    public static HttpContent ToContent(this JsonNode happened) => Body(Encoding.UTF8.GetBytes(happened.ToJsonString()));

    public static HttpContent Body(byte[] bytes, string type = "application/json") =>
        new ByteArrayContent(bytes) { Headers = { ContentType = MediaTypeHeaderValue.Parse(type) } };

    private static JsonNode Read(string file) =>
        JsonNode.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Payloads", "azure-devops", file)))!;
}
