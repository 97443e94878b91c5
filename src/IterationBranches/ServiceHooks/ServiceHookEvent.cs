using System.Text.Json;
using IterationBranches.Provisioning;

namespace IterationBranches.ServiceHooks;

/// <summary>
/// What an event of Azure DevOps tells us. It is a hint: it decides only whether the event can be ignored
/// (https://learn.microsoft.com/azure/devops/service-hooks/events).
/// </summary>
/// <param name="Ignore">Why the event concerns no track, whichever it is; null when it may.</param>
/// <param name="ProjectName">Null when the event does not say.</param>
/// <param name="IterationPath">The path that a work item was put into; null when the event does not say.</param>
/// <param name="NewGitBranches">Short names of branches that were pushed for the first time.</param>
public sealed record ServiceHookEvent(
    string EventType,
    LookReason Reason,
    string? Ignore,
    string? ProjectName,
    Guid? ProjectId,
    string? IterationPath,
    IReadOnlyList<string> NewGitBranches)
{
    private const string Heads = "refs/heads/";

    /// <returns>Null when the text is not an event of Azure DevOps.</returns>
    public static ServiceHookEvent? Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 64 });
            var root = document.RootElement;
            return Text(root, "eventType") is { Length: > 0 } eventType ? Read(root, eventType) : null;
        }
        // Invalid UTF-8 in a string shows when it is read.
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static ServiceHookEvent Read(JsonElement root, string eventType)
    {
        var resource = Member(root, "resource");
        var projectId = Guid.TryParse(Text(Member(Member(root, "resourceContainers"), "project"), "id"), out var id) ? id : (Guid?)null;
        if (IsTest(root))
        {
            return Ignored(eventType, "a test event; its form is understood");
        }

        return eventType switch
        {
            "workitem.created" => Created(resource, projectId),
            "workitem.updated" => Updated(resource, projectId),
            "git.push" => Pushed(resource, projectId),
            _ => Ignored(eventType, "this event says nothing about iterations"),
        };
    }

    /// <summary>The Test button sends fabricated data with no subscription behind it.</summary>
    private static bool IsTest(JsonElement root) =>
        !Guid.TryParse(Text(root, "subscriptionId"), out var subscription) || subscription == Guid.Empty;

    private static ServiceHookEvent Created(JsonElement resource, Guid? projectId)
    {
        var fields = Member(resource, "fields");
        var path = Text(fields, "System.IterationPath");
        return new("workitem.created", LookReason.WorkItem, NotPlanned(path), ProjectOf(fields, path), projectId, path, []);
    }

    private static ServiceHookEvent Updated(JsonElement resource, Guid? projectId)
    {
        var changed = Member(resource, "fields");
        var all = Member(Member(resource, "revision"), "fields");
        var path = Text(Member(changed, "System.IterationPath"), "newValue");
        var project = ProjectOf(all, path ?? Text(all, "System.IterationPath"));
        // A change without `fields` is one of links, unless the details were left out: then the track is looked at.
        var unchanged = path is null && (changed.ValueKind == JsonValueKind.Object || all.ValueKind == JsonValueKind.Object);
        return new("workitem.updated", LookReason.WorkItem, unchanged ? "the iteration path did not change" : NotPlanned(path), project, projectId, path, []);
    }

    private static ServiceHookEvent Pushed(JsonElement resource, Guid? projectId)
    {
        var updates = Member(resource, "refUpdates");
        var branches = updates.ValueKind != JsonValueKind.Array ? [] : updates.EnumerateArray()
            .Where(update => IsZero(Text(update, "oldObjectId")) && !IsZero(Text(update, "newObjectId")))
            .Select(update => Text(update, "name"))
            .Where(name => name?.StartsWith(Heads, StringComparison.Ordinal) is true)
            .Select(name => name![Heads.Length..])
            .ToList();
        return new(
            "git.push", LookReason.Push, branches.Count == 0 ? "no branch is new" : null,
            Text(Member(Member(resource, "repository"), "project"), "name"), projectId, null, branches);
    }

    private static ServiceHookEvent Ignored(string eventType, string why) => new(eventType, LookReason.WorkItem, why, null, null, null, []);

    /// <summary>A path of one part is the project itself: the work item is in no iteration.</summary>
    private static string? NotPlanned(string? path) =>
        path is not null && !path.Trim('\\').Contains('\\') ? "the work item is in no iteration" : null;

    private static string? ProjectOf(JsonElement fields, string? path) => Text(fields, "System.TeamProject") ?? path?.Trim('\\').Split('\\')[0];

    private static bool IsZero(string? objectId) => objectId is null || objectId.All(digit => digit == '0');

    private static JsonElement Member(JsonElement element, string name)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            return default;
        }

        if (element.TryGetProperty(name, out var member))
        {
            return member;
        }

        // Some resource versions arrive with PascalCase names.
        foreach (var property in element.EnumerateObject())
        {
            if (string.Equals(property.Name, name, StringComparison.OrdinalIgnoreCase))
            {
                return property.Value;
            }
        }

        return default;
    }

    private static string? Text(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.String } member ? member.GetString() : null;
}
