using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using IterationBranches.Configuration;
using IterationBranches.Http;
using IterationBranches.Iterations;
using Microsoft.Extensions.Logging;

namespace IterationBranches.AzureBoards;

/// <summary>
/// Azure Boards over REST 7.1: a team's iterations (https://learn.microsoft.com/rest/api/azure/devops/work/iterations/list), or a
/// subtree of a project's (https://learn.microsoft.com/rest/api/azure/devops/wit/classification-nodes/get). It never asks
/// for <c>$timeframe=current</c>, which fails when there is none.
/// </summary>
public sealed partial class AzureBoardsClient(
    HttpClient http, ILogger<AzureBoardsClient> logger, Settings settings, BoardsGate gate, TimeProvider time) : IIterationSource
{
    private const string Version = "api-version=7.1";

    // Azure DevOps allows fewer than 14 levels.
    private const string WholeTree = "$depth=14&" + Version;

    private static readonly char[] s_separators = ['\\', '/'];

    private readonly BoardsConnection _connection =
        new(http, gate, time, settings.Boards, logger, exception => BoardsRefusals.NoToken(exception, settings.Boards));

    public async Task<IReadOnlyList<Iteration>> ListAsync(Track track, CancellationToken cancellationToken)
    {
        var iterations = track.IterationRoot is { } root
            ? await ListSubtreeAsync(track, root, cancellationToken)
            : await ListTeamAsync(track, cancellationToken);
        return [.. iterations.DistinctBy(iteration => iteration.Id)];
    }

    public async Task<IReadOnlyList<Iteration>> ListProjectAsync(Track track, CancellationToken cancellationToken) =>
        [.. (await ListSubtreeAsync(track, root: "", cancellationToken)).DistinctBy(iteration => iteration.Id)];

    private async Task<IEnumerable<Iteration>> ListTeamAsync(Track track, CancellationToken cancellationToken)
    {
        string?[] parts = [settings.Boards.Organization, track.Project, track.Team, "_apis", "work", "teamsettings", "iterations"];
        var list = await GetAsync(track, parts, Version, BoardsJson.Default.TeamIterations, cancellationToken);
        var entries = list.Value ?? throw NotUnderstood("there is no \"value\"");
        return entries.OfType<TeamIteration>().Select(entry => ToIteration(entry.Id, entry.Name, entry.Path?.TrimStart('\\'), entry.Attributes));
    }

    /// <summary>Everything below the root, dated or not; the root itself is where they are, not one of them.</summary>
    private async Task<IEnumerable<Iteration>> ListSubtreeAsync(Track track, string root, CancellationToken cancellationToken)
    {
        string?[] parts =
        [
            settings.Boards.Organization, track.Project, "_apis", "wit", "classificationnodes", "Iterations",
            .. root.Split(s_separators, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        ];
        var node = await GetAsync(track, parts, WholeTree, BoardsJson.Default.Node, cancellationToken);
        if (node.Identifier is null)
        {
            throw NotUnderstood("the root has no \"identifier\"");
        }

        return Below(node);
    }

    private static IEnumerable<Iteration> Below(Node node)
    {
        if (node is { HasChildren: true, Children: null })
        {
            throw NotUnderstood($"the children of \"{node.Name}\" are left out");
        }

        return (node.Children ?? []).OfType<Node>().SelectMany(child =>
            Below(child).Prepend(ToIteration(child.Identifier, child.Name, FromTreePath(child.Path), child.Attributes)));
    }

    /// <summary><c>\Project\Iteration\Release 5</c> as work items write it: <c>Project\Release 5</c>. By position: a sprint may be called "Iteration".</summary>
    private static string? FromTreePath(string? path) => path?.TrimStart('\\').Split('\\') is [var project, _, .. var rest]
        ? string.Join('\\', [project, .. rest])
        : path;

    private static Iteration ToIteration(Guid? id, string? name, string? path, Attributes? attributes) =>
        id is { } known && !string.IsNullOrEmpty(name) && !string.IsNullOrEmpty(path)
            ? new Iteration(known, name, path, ToDay(name, attributes?.StartDate), ToDay(name, attributes?.FinishDate))
            : throw NotUnderstood("an iteration has no id, name or path");

    /// <summary>A date at midnight UTC, never converted to a local one, which would be the day before in the west.</summary>
    private static DateOnly? ToDay(string iteration, string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        // Azure DevOps writes 0001-01-01, sometimes without a zone, where it has no date.
        return DateTime.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var date)
            ? date.Year == 1 ? null : DateOnly.FromDateTime(date)
            : throw NotUnderstood($"\"{Redaction.Show(text)}\" is not a date, in \"{iteration}\"");
    }

    /// <param name="parts">Of the path, each to be escaped; null ones are left out.</param>
    private async Task<T> GetAsync<T>(Track track, string?[] parts, string query, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        string[] present = [.. parts.OfType<string>()];
        if (!present.All(UrlPath.IsUsable))
        {
            throw new AzureBoardsException(
                Failure.PersonNeeded, $"{BoardsRefusals.WhereSettings(track)} or Boards__Organization has an empty part, \".\" or \"..\". Correct it.");
        }

        using var request = new HttpRequestMessage(HttpMethod.Get, $"{UrlPath.Of(present)}?{query}");
        var answer = await _connection.SendAsync(request, cancellationToken);
        // Some 200s of a refused credential are sign-in pages.
        if (answer is not { Status: 200, IsJson: true })
        {
            throw BoardsRefusals.Of(answer, track, settings.Boards);
        }

        try
        {
            return JsonSerializer.Deserialize(answer.Body.Span, type) ?? throw NotUnderstood("it is null");
        }
        catch (JsonException exception)
        {
            throw NotUnderstood($"it is not the expected JSON at {exception.Path}");
        }
    }

    /// <summary>An answer that is not understood is never an empty list.</summary>
    private static AzureBoardsException NotUnderstood(string why) =>
        new(Failure.Transient, $"The answer of Azure DevOps was not understood: {why}.", 200);

    private sealed record TeamIterations(TeamIteration?[]? Value);

    private sealed record TeamIteration(Guid? Id, string? Name, string? Path, Attributes? Attributes);

    private sealed record Node(Guid? Identifier, string? Name, string? Path, bool? HasChildren, Node?[]? Children, Attributes? Attributes);

    private sealed record Attributes(string? StartDate, string? FinishDate);

    // The generator names its files by the context alone, so that the name is unique in the assembly.
    [JsonSourceGenerationOptions(PropertyNameCaseInsensitive = true)]
    [JsonSerializable(typeof(TeamIterations))]
    [JsonSerializable(typeof(Node))]
    private sealed partial class BoardsJson : JsonSerializerContext;
}
