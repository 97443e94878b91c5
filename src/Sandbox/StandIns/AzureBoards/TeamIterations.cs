using System.Text.Json.Nodes;

namespace IterationBranches.Sandbox.StandIns.AzureBoards;

/// <summary>The iterations that a team has selected: never paged, and with a <c>timeFrame</c> that the tree does not have.</summary>
internal static class TeamIterations
{
    public static BoardsReply List(BoardsRequest request)
    {
        var project = request.Project();
        var team = request.Team(project);
        var iterations = WithTimeFrames(team, request.Now);
        if (request.Query("$timeframe") is { } asked)
        {
            if (!asked.Equals("current", StringComparison.OrdinalIgnoreCase))
            {
                throw BoardsException.OutOfRange("timeframe");
            }

            iterations = [.. iterations.Where(entry => entry.TimeFrame == "current").TakeLast(1)];
            if (iterations.Count == 0)
            {
                throw BoardsException.NoCurrentIteration();
            }
        }

        return BoardsReply.List(iterations.Select(entry => Show(request, project, team, entry.Node, entry.TimeFrame)));
    }

    public static BoardsReply Get(BoardsRequest request)
    {
        var project = request.Project();
        var team = request.Team(project);
        var id = Guid.Parse(request.Route("id")!);
        var (node, timeFrame) = WithTimeFrames(team, request.Now).FirstOrDefault(entry => entry.Node.Identifier == id);
        if (node is null)
        {
            throw BoardsException.NoTeamIteration(id);
        }

        var json = Show(request, project, team, node, timeFrame);
        var settings = Settings(request, project, team);
        json["_links"] = new JsonObject
        {
            ["self"] = Link($"{settings}/iterations/{id}"),
            ["project"] = Link($"{request.Organization}/_apis/projects/{project.Id}"),
            ["team"] = Link($"{request.Organization}/_apis/projects/{project.Id}/teams/{team.Id}"),
            ["teamSettings"] = Link(settings),
            ["teamIterations"] = Link($"{settings}/iterations"),
            ["capacity"] = Link($"{settings}/iterations/{id}/capacities"),
            ["classificationNode"] = Link(IterationTree.Url(request.Organization, project, node)),
            ["teamDaysOff"] = Link($"{settings}/iterations/{id}/teamdaysoff"),
        };
        return new BoardsReply(json);
    }

    /// <summary>
    /// By date, the finish day inclusive, in UTC; what has no dates comes last and is in the future. But where nothing has dates,
    /// the first is said to be current (https://github.com/MicrosoftDocs/vsts-rest-api-specs/issues/348).
    /// </summary>
    private static List<(IterationNode Node, string TimeFrame)> WithTimeFrames(BoardsTeam team, DateTimeOffset now)
    {
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        List<IterationNode> nodes = [.. team.Selected.OrderBy(node => node.Start ?? DateOnly.MaxValue)];
        var isUndated = nodes.TrueForAll(node => node.Start is null);
        return nodes.ConvertAll(node => (node, node switch
        {
            { Start: null } => isUndated && node == nodes[0] ? "current" : "future",
            _ when node.Finish < today => "past",
            _ when node.Start > today => "future",
            _ => "current",
        }));
    }

    private static JsonObject Show(BoardsRequest request, BoardsProject project, BoardsTeam team, IterationNode node, string timeFrame) => new()
    {
        ["id"] = node.Identifier.ToString(),
        ["name"] = node.Name,
        ["path"] = node.Path,
        ["attributes"] = new JsonObject
        {
            ["startDate"] = IterationTree.Midnight(node.Start),
            ["finishDate"] = IterationTree.Midnight(node.Finish),
            ["timeFrame"] = timeFrame,
        },
        ["url"] = $"{Settings(request, project, team)}/iterations/{node.Identifier}",
    };

    private static string Settings(BoardsRequest request, BoardsProject project, BoardsTeam team) =>
        $"{request.Organization}/{project.Id}/{team.Id}/_apis/work/teamsettings";

    private static JsonObject Link(string href) => new() { ["href"] = href };
}
