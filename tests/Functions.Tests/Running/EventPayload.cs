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

    public static JsonNode OfType(string eventType)
    {
        var happened = Created();
        happened["eventType"] = eventType;
        return happened;
    }

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
