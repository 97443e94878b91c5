using System.Text.Json.Serialization;
using Refit;

namespace IterationBranches.AzureBoards;

/// <summary>What the app asks of Azure Boards, over REST 7.1.</summary>
internal interface IAzureBoardsApi
{
    /// <summary>
    /// https://learn.microsoft.com/rest/api/azure/devops/work/iterations/list. Never with <c>$timeframe=current</c>, which fails
    /// when there is none.
    /// </summary>
    /// <param name="team">Null: the project's default team.</param>
    [Get("/{organization}/{project}/{team?}/_apis/work/teamsettings/iterations?api-version=7.1")]
    Task<TeamIterations?> ListIterationsAsync(
        string organization, string project, string? team, [Property] BoardsQuestion question, CancellationToken cancellationToken);

    /// <summary>
    /// https://learn.microsoft.com/rest/api/azure/devops/wit/classification-nodes/get. The whole tree: Azure DevOps allows fewer
    /// than 14 levels.
    /// </summary>
    /// <param name="path"><c>Iterations</c>, or a node below it, as <c>Iterations/Release 5</c>.</param>
    [Get("/{organization}/{project}/_apis/wit/classificationnodes/{**path}?$depth=14&api-version=7.1")]
    Task<Node?> GetClassificationNodeAsync(
        string organization, string project, string path, [Property] BoardsQuestion question, CancellationToken cancellationToken);
}

internal sealed record TeamIterations(TeamIteration?[]? Value);

internal sealed record TeamIteration(Guid? Id, string? Name, string? Path, IterationAttributes? Attributes);

internal sealed record Node(Guid? Identifier, string? Name, string? Path, bool? HasChildren, Node?[]? Children, IterationAttributes? Attributes);

internal sealed record IterationAttributes(string? StartDate, string? FinishDate);

[JsonSourceGenerationOptions(PropertyNameCaseInsensitive = true)]
[JsonSerializable(typeof(TeamIterations))]
[JsonSerializable(typeof(Node))]
internal sealed partial class BoardsJson : JsonSerializerContext;
