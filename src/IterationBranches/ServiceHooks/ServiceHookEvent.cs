using System.Text.Json;
using IterationBranches.Iterations;
using IterationBranches.Provisioning;

namespace IterationBranches.ServiceHooks;

/// <summary>
/// What an event of Azure DevOps tells us. It is a hint: it decides only whether the event can be ignored
/// (https://learn.microsoft.com/azure/devops/service-hooks/events). Whoever set the hook up chose how much of the resource
/// is sent (all, minimal, none) and in which version of its form; what is not said is null here, and rules nothing out.
/// </summary>
/// <param name="Ignore">Why the event concerns no track, whichever it is; null when it may.</param>
/// <param name="ProjectName">Null when the event does not say.</param>
/// <param name="IterationPath">The path that a work item was put into; null when the event does not say.</param>
/// <param name="NewGitBranches">Short names of branches that were pushed for the first time; null when the event does not say.</param>
public sealed record ServiceHookEvent(
    string EventType,
    LookReason Reason,
    string? Ignore,
    string? ProjectName,
    Guid? ProjectId,
    string? IterationPath,
    IReadOnlyList<string>? NewGitBranches)
{
    private const string Heads = "refs/heads/";

    /// <returns>Null when the text is not an event of Azure DevOps.</returns>
    public static ServiceHookEvent? Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 64 });
            var root = document.RootElement;
            return EventJson.Text(root, "eventType") is { Length: > 0 } eventType ? Read(root, eventType) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static ServiceHookEvent Read(JsonElement root, string eventType)
    {
        if (TestEvent.Is(root))
        {
            return Ignored("a test event; its form is understood");
        }

        var resource = EventJson.Member(root, "resource");
        var projectId = EventJson.Id(EventJson.Member(EventJson.Member(root, "resourceContainers"), "project"), "id");
        return eventType.ToLowerInvariant() switch
        {
            "workitem.created" => Planned("workitem.created", resource, projectId),
            "workitem.restored" => Planned("workitem.restored", resource, projectId),
            "workitem.updated" => Updated(resource, projectId),
            "git.push" => Pushed(resource, projectId),
            _ => Ignored("this event says nothing about iterations"),
        };
    }

    /// <summary>A work item that is there now, with its fields.</summary>
    private static ServiceHookEvent Planned(string eventType, JsonElement resource, Guid? projectId)
    {
        var fields = EventJson.Member(resource, "fields");
        var path = EventJson.Text(fields, "System.IterationPath");
        return new(eventType, LookReason.WorkItem, NotPlanned(path), ProjectOf(fields, path), projectId, path, null);
    }

    /// <summary>
    /// <c>fields</c> are the changes alone, and are missing when only links changed. That the path did not change is
    /// believed of an event that has the whole work item in <c>revision</c>: of any other, the details may have been left out.
    /// </summary>
    private static ServiceHookEvent Updated(JsonElement resource, Guid? projectId)
    {
        var change = EventJson.Member(EventJson.Member(resource, "fields"), "System.IterationPath");
        var fields = EventJson.Member(EventJson.Member(resource, "revision"), "fields");
        var now = EventJson.Text(fields, "System.IterationPath");
        if (change.ValueKind == JsonValueKind.Undefined && now is not null)
        {
            return new("workitem.updated", LookReason.WorkItem, "the iteration path did not change", ProjectOf(fields, now), projectId, null, null);
        }

        var path = EventJson.Text(change, "newValue") ?? now;
        return new("workitem.updated", LookReason.WorkItem, NotPlanned(path), ProjectOf(fields, path), projectId, path, null);
    }

    private static ServiceHookEvent Pushed(JsonElement resource, Guid? projectId)
    {
        var branches = NewBranches(EventJson.Member(resource, "refUpdates"));
        return new(
            "git.push", LookReason.Push, branches is { Count: 0 } ? "no branch is new" : null,
            EventJson.Text(EventJson.Member(EventJson.Member(resource, "repository"), "project"), "name"), projectId, null, branches);
    }

    /// <summary>A push updates one ref or several: branches or tags, made (from zeros), moved, or deleted (to zeros).</summary>
    /// <returns>Null when the event does not say it of each.</returns>
    private static List<string>? NewBranches(JsonElement updates)
    {
        if (updates.ValueKind != JsonValueKind.Array || updates.GetArrayLength() == 0)
        {
            return null;
        }

        var branches = new List<string>();
        foreach (var update in updates.EnumerateArray())
        {
            if (EventJson.Text(update, "name") is not { } name || EventJson.Text(update, "oldObjectId") is not { } before || EventJson.Text(update, "newObjectId") is not { } after)
            {
                return null;
            }

            if (IsZero(before) && !IsZero(after) && name.StartsWith(Heads, StringComparison.Ordinal))
            {
                branches.Add(name[Heads.Length..]);
            }
        }

        return branches;
    }

    private static ServiceHookEvent Ignored(string why) => new("", LookReason.WorkItem, why, null, null, null, null);

    /// <summary>A path of one part is the project itself: the work item is in no iteration.</summary>
    private static string? NotPlanned(string? path) =>
        path is not null && IterationPaths.Parts(path).Length < 2 ? "the work item is in no iteration" : null;

    private static string? ProjectOf(JsonElement fields, string? path) => EventJson.Text(fields, "System.TeamProject") ?? (path is null ? null : IterationPaths.Parts(path).FirstOrDefault());

    private static bool IsZero(string objectId) => objectId.All(digit => digit == '0');
}
