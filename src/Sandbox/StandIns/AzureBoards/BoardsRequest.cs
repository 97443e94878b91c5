using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace IterationBranches.Sandbox.StandIns.AzureBoards;

/// <param name="Body">Null: 204.</param>
internal sealed record BoardsReply(JsonNode? Body, string? ContinuationToken = null)
{
    public static BoardsReply List(IEnumerable<JsonNode> values, string? continuationToken = null)
    {
        var array = new JsonArray([.. values]);
        return new BoardsReply(new JsonObject { ["count"] = array.Count, ["value"] = array }, continuationToken);
    }
}

/// <summary>An authenticated request for the state at one moment.</summary>
/// <param name="Organization">The address of the organization, without a trailing slash: the base of the links in the answers.</param>
internal sealed record BoardsRequest(HttpRequest Http, BoardsState State, Caller Caller, string Organization, DateTimeOffset Now)
{
    public string? Route(string name) => Http.RouteValues[name] as string;

    public string? Query(string name) => Http.Query[name] is { Count: > 0 } values ? values[^1] : null;

    public int Number(string name, int otherwise) => Query(name) is not { } text ? otherwise
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw BoardsException.OutOfRange(name);

    /// <summary>By id or name, in any case. What the caller may not see looks as if it were missing.</summary>
    public BoardsProject Project()
    {
        var nameOrId = Route("project")!;
        return State.FindProject(nameOrId) is { } project && Caller.Sees(project) ? project : throw BoardsException.NoProject(nameOrId);
    }

    /// <summary>The team of the route, or the project's default team when the route names none.</summary>
    public BoardsTeam Team(BoardsProject project) => Route("team") is { } nameOrId
        ? BoardsState.FindTeam(project, nameOrId) ?? throw BoardsException.NoTeam(nameOrId)
        : project.Teams.FirstOrDefault() ?? throw BoardsException.NoTeam(project.Name);
}
