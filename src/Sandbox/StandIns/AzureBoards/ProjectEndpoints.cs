using System.Text.Json.Nodes;

namespace IterationBranches.Sandbox.StandIns.AzureBoards;

internal static class ProjectEndpoints
{
    /// <summary>What the caller may see, which may be nothing; the next page's token is a header.</summary>
    public static BoardsReply ListProjects(BoardsRequest request)
    {
        var size = Math.Max(1, request.Number("$top", otherwise: 100));
        var skip = request.Number("continuationToken", otherwise: 0);
        List<BoardsProject> visible = [.. request.State.Projects.Where(request.Caller.Sees)];
        return BoardsReply.List(
            visible.Skip(skip).Take(size).Select(project => ShowProject(request, project)),
            visible.Count > skip + size ? (skip + size).ToString() : null);
    }

    public static BoardsReply GetProject(BoardsRequest request) => new(ShowProject(request, request.Project()));

    private static JsonObject ShowProject(BoardsRequest request, BoardsProject project) => new()
    {
        ["id"] = project.Id.ToString(),
        ["name"] = project.Name,
        ["url"] = $"{request.Organization}/_apis/projects/{project.Id}",
        ["state"] = "wellFormed",
        ["revision"] = 11,
        ["visibility"] = "private",
        ["lastUpdateTime"] = "2026-01-05T09:00:00Z",
    };
}
