using System.Globalization;
using IterationBranches.Configuration;
using IterationBranches.Http;
using IterationBranches.Iterations;

namespace IterationBranches.AzureBoards;

/// <summary>The iterations of a track, which are a team's, or a subtree of a project's.</summary>
internal sealed class AzureBoardsClient(IAzureBoardsApi api, Settings settings) : IIterationSource
{
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
        ThrowIfUnusable(track, track.Project, track.Team ?? track.Project);
        var list = await api.ListIterationsAsync(
            settings.Boards.Organization, track.Project, track.Team, BoardsRefusals.About(track, settings.Boards), cancellationToken);
        var entries = list?.Value ?? throw BoardsRefusals.NotUnderstood("there is no \"value\"");
        return entries.OfType<TeamIteration>().Select(entry => ToIteration(entry.Id, entry.Name, entry.Path?.TrimStart('\\'), entry.Attributes));
    }

    /// <summary>Everything below the root, dated or not; the root itself is where they are, not one of them.</summary>
    private async Task<IEnumerable<Iteration>> ListSubtreeAsync(Track track, string root, CancellationToken cancellationToken)
    {
        var parts = IterationPaths.Parts(root);
        ThrowIfUnusable(track, [track.Project, .. parts]);
        var node = await api.GetClassificationNodeAsync(
            settings.Boards.Organization, track.Project, string.Join('/', ["Iterations", .. parts]), BoardsRefusals.About(track, settings.Boards), cancellationToken);
        if (node?.Identifier is null)
        {
            throw BoardsRefusals.NotUnderstood("the root has no \"identifier\"");
        }

        return Below(node);
    }

    private static IEnumerable<Iteration> Below(Node node)
    {
        if (node is { HasChildren: true, Children: null })
        {
            throw BoardsRefusals.NotUnderstood($"the children of \"{node.Name}\" are left out");
        }

        return (node.Children ?? []).OfType<Node>().SelectMany(child =>
            Below(child).Prepend(ToIteration(child.Identifier, child.Name, FromTreePath(child.Path), child.Attributes)));
    }

    /// <summary><c>\Project\Iteration\Release 5</c> as work items write it: <c>Project\Release 5</c>. By position: a sprint may be called "Iteration".</summary>
    private static string? FromTreePath(string? path) => path?.TrimStart('\\').Split('\\') is [var project, _, .. var rest]
        ? string.Join('\\', [project, .. rest])
        : path;

    private static Iteration ToIteration(Guid? id, string? name, string? path, IterationAttributes? attributes) =>
        id is { } known && !string.IsNullOrEmpty(name) && !string.IsNullOrEmpty(path)
            ? new Iteration(known, name, path, ToDay(name, attributes?.StartDate), ToDay(name, attributes?.FinishDate))
            : throw BoardsRefusals.NotUnderstood("an iteration has no id, name or path");

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
            : throw BoardsRefusals.NotUnderstood($"\"{Redaction.Show(text)}\" is not a date, in \"{iteration}\"");
    }

    private static void ThrowIfUnusable(Track track, params IEnumerable<string> parts)
    {
        if (!parts.All(PathParts.IsUsable))
        {
            throw new AzureBoardsException(
                Failure.PersonNeeded, $"{BoardsRefusals.WhereSettings(track)} has a part that is empty, \".\" or \"..\". Correct it.");
        }
    }
}
