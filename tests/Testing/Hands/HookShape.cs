using System.Text.Json.Nodes;
using IterationBranches.Sandbox.StandIns.AzureBoards;

namespace IterationBranches.Testing.Hands;

/// <summary>How much of the resource a subscription wants to have sent.</summary>
public enum HookDetails
{
    All,

    /// <summary>Ids and addresses.</summary>
    Minimal,

    None,
}

/// <summary>What a subscription's settings make of a resource that was written in full, in version 1.0.</summary>
internal static class HookShape
{
    private static readonly string[] s_key = ["id", "workItemId", "pushId", "url"];

    public static void Apply(JsonObject envelope, HookDetails details, string version)
    {
        envelope["resourceVersion"] = version;
        if (Of((JsonObject)envelope["resource"]!, details, version) is { } shape)
        {
            envelope["resource"] = shape;
        }
        else
        {
            envelope.Remove("resource");
        }
    }

    /// <returns>Null: the event has no resource at all.</returns>
    private static JsonObject? Of(JsonObject resource, HookDetails details, string version)
    {
        switch (details)
        {
            case HookDetails.None:
                return null;
            case HookDetails.Minimal:
                return new(s_key.Where(resource.ContainsKey).Select(name => KeyValuePair.Create(name, resource[name]?.DeepClone())));
        }

        var whole = (JsonObject)resource.DeepClone();
        if (version != "1.0")
        {
            foreach (var fields in new[] { whole["fields"], whole["revision"]?["fields"] }.OfType<JsonObject>())
            {
                ShowPeople(fields, version);
            }
        }

        return whole;
    }

    /// <summary>People are text in 1.0, and objects since: three members in 3.1, all of an identity in 5.1.</summary>
    private static void ShowPeople(JsonObject fields, string version)
    {
        foreach (var (name, value) in fields.Where(field => field.Key.EndsWith("By", StringComparison.Ordinal)).ToList())
        {
            if (value is not JsonValue || value.GetValue<string>().Split(" <") is not [var displayName, var mail])
            {
                continue;
            }

            fields[name] = version.StartsWith("3.", StringComparison.Ordinal)
                ? new JsonObject { ["name"] = value.GetValue<string>(), ["displayName"] = displayName, ["uniqueName"] = mail.TrimEnd('>') }
                : Person(displayName, mail.TrimEnd('>'));
        }
    }

    /// <summary>An identity with all its members, as resource version 5.1 has it.</summary>
    private static JsonObject Person(string displayName, string mail) => new()
    {
        ["displayName"] = displayName,
        ["url"] = HookPayloads.IdentityUrl,
        ["id"] = HookPayloads.PersonId,
        ["uniqueName"] = mail,
        ["imageUrl"] = $"{HookPayloads.IdentityUrl}/image",
        ["descriptor"] = HookPayloads.Descriptor,
    };
}
