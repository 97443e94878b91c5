using System.Globalization;
using System.Text.Json.Nodes;

namespace IterationBranches.Sandbox.StandIns.AzureBoards;

/// <summary>The project's iteration tree ("classification nodes"): every iteration, whether or not a team has selected it.</summary>
internal static class IterationTree
{
    public static BoardsReply Get(BoardsRequest request)
    {
        var project = request.Project();
        var path = request.Route("path") ?? "";
        var node = project.Root.Find(path.Split(['/', '\\'], StringSplitOptions.RemoveEmptyEntries)) ?? throw BoardsException.NoNode(path);
        var json = Show(request.Organization, project, node, request.Number("$depth", otherwise: 0));

        // Only the node that was asked for has links; they come before its address.
        json.Remove("url");
        var links = new JsonObject { ["self"] = new JsonObject { ["href"] = Url(request.Organization, project, node) } };
        if (node.Parent is { } parent)
        {
            links["parent"] = new JsonObject { ["href"] = Url(request.Organization, project, parent) };
        }

        json["_links"] = links;
        json["url"] = Url(request.Organization, project, node);
        return new BoardsReply(json);
    }

    public static string Url(string organization, BoardsProject project, IterationNode node) =>
        string.Concat([$"{organization}/{project.Id}/_apis/wit/classificationNodes/Iterations", .. node.Levels.Skip(1).Select(level => $"/{Uri.EscapeDataString(level)}")]);

    /// <summary>Dates are days; the wire writes them as midnight in UTC.</summary>
    public static string? Midnight(DateOnly? day) => day?.ToString("yyyy-MM-dd'T00:00:00Z'", CultureInfo.InvariantCulture);

    private static JsonObject Show(string organization, BoardsProject project, IterationNode node, int depth)
    {
        var json = new JsonObject
        {
            ["id"] = node.Id,
            ["identifier"] = node.Identifier.ToString(),
            ["name"] = node.Name,
            ["structureType"] = "iteration",
            ["hasChildren"] = node.Children.Count > 0,
        };
        if (depth > 0 && node.Children.Count > 0)
        {
            json["children"] = new JsonArray([.. node.Children.Select(child => Show(organization, project, child, depth - 1))]);
        }

        if (node.Start is not null)
        {
            json["attributes"] = new JsonObject { ["startDate"] = Midnight(node.Start), ["finishDate"] = Midnight(node.Finish) };
        }

        json["path"] = node.TreePath;
        json["url"] = Url(organization, project, node);
        return json;
    }
}
