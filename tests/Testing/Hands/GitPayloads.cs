using System.Text.Json.Nodes;
using IterationBranches.Sandbox.StandIns.AzureBoards;

namespace IterationBranches.Testing.Hands;

internal sealed class Repository(Guid id, string name)
{
    public Guid Id { get; } = id;

    public string Name { get; } = name;

    /// <summary>By their full names, the commits that they point to.</summary>
    public Dictionary<string, string> Refs { get; } = new(StringComparer.Ordinal);
}

/// <param name="Before">Null: the ref is new.</param>
/// <param name="After">Null: the ref is deleted.</param>
internal sealed record RefUpdate(string Name, string? Before, string? After);

internal sealed record GitPush(int Id, Repository Repository, IReadOnlyList<RefUpdate> Updates, DateTimeOffset At);

/// <summary>The event of a push, as <see cref="HookPayloads"/> has those of work items.</summary>
internal static class GitPayloads
{
    private const string NoCommit = "0000000000000000000000000000000000000000";

    public static JsonObject Pushed(string organization, JsonObject pusher, BoardsProject project, GitPush push)
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
        // Here without the name that the revisions of work items have.
        pusher.Remove("name");
        resource["pushedBy"] = pusher;
        resource["pushId"] = push.Id;
        resource["date"] = HookPayloads.Precise(push.At);
        resource["url"] = $"{repository}/pushes/{push.Id}";
        resource["_links"] = new JsonObject
        {
            ["self"] = HookPayloads.Link($"{repository}/pushes/{push.Id}"),
            ["repository"] = HookPayloads.Link(inProject),
            ["commits"] = HookPayloads.Link($"{repository}/pushes/{push.Id}/commits"),
            ["pusher"] = HookPayloads.Link(HookPayloads.IdentityUrl),
            ["refs"] = HookPayloads.Link($"{inProject}/{push.Updates[0].Name}"),
        };
        return resource;
    }

    private static JsonObject Commit(string id, DateTimeOffset at, string repository)
    {
        JsonObject By() => new() { ["name"] = "Robin Example", ["email"] = "robin@example.test", ["date"] = HookPayloads.Moment(at) };
        return new()
        {
            ["commitId"] = id,
            ["author"] = By(),
            ["committer"] = By(),
            ["comment"] = "A change",
            ["url"] = $"{repository}/commits/{id}",
        };
    }
}
