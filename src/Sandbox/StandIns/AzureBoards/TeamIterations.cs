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
        ["url"] = $"{request.Organization}/{project.Id}/{team.Id}/_apis/work/teamsettings/iterations/{node.Identifier}",
    };
}
