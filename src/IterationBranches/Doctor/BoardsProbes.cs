using IterationBranches.AzureBoards;
using IterationBranches.Configuration;

namespace IterationBranches.Doctor;

/// <summary>Whether the iterations of every track can be read; those of one team, or subtree, once.</summary>
internal sealed class BoardsProbes(Settings settings, Func<AzureBoardsClient> boards) : ISystemProbes
{
    public IEnumerable<Probe> Probes() => WrongSettings.Of(settings, "Azure Boards", "Boards__Organization", "Boards__BaseUrl", "Boards__PersonalAccessToken") is { } wrong
        ? [wrong]
        : settings.Tracks
            .GroupBy(track => (Upper(track.Project), Upper(track.Team), Upper(track.IterationRoot)))
            .Select(group => group.ToList())
            .Select(tracks => new Probe(NameOf(tracks[0]), cancellationToken => LookAtAsync(tracks, cancellationToken)) { Mend = refusal => MendOf(refusal, tracks[0]) });

    private static string? Upper(string? name) => name?.ToUpperInvariant();

    private static string NameOf(Track track) => $"Azure Boards, {track.Project}{(track.IterationRoot ?? track.Team) switch { null => "", var part => $" / {part}" }}";

    private async Task<IReadOnlyList<Check>> LookAtAsync(List<Track> tracks, CancellationToken cancellationToken)
    {
        var iterations = await boards().ListAsync(tracks[0], cancellationToken);
        var served = string.Join(", ", tracks);
        return iterations.Count == 0
            ? [Check.Warning(
                NameOf(tracks[0]), $"there is no iteration for {served}",
                tracks[0].IterationRoot is null
                    ? "Select iterations for the team (Project settings, Team configuration, Iterations), or name another one in Tracks__…__Team."
                    : "Add iterations below that path, or name another one in Tracks__…__IterationRoot.")]
            : [Check.Ok(NameOf(tracks[0]), $"{iterations.Count} iterations for {served}, {iterations.Count(iteration => iteration.Start is not null)} of them with dates")];
    }

    private string MendOf(ServiceException refusal, Track track)
    {
        var organization = settings.Boards.Organization;
        var permission = settings.Boards.PersonalAccessToken is null
            ? $"add the app's identity to the readers of the project {track.Project}"
            : "give Boards__PersonalAccessToken the scope Work Items (Read)";
        return refusal.Status switch
        {
            404 => $"Correct {BoardsRefusals.WhereSettings(track)} or Boards__Organization; or {permission}.",
            403 => $"{char.ToUpperInvariant(permission[0])}{permission[1..]}.",
            _ when settings.Boards.PersonalAccessToken is null =>
                $"Add the app's identity to the organization {organization} (Organization settings, Users), which must be of the same Microsoft Entra tenant, and to the readers of the project {track.Project}.",
            _ => $"Make a new personal access token of the organization {organization} with the scope Work Items (Read), and put it into Boards__PersonalAccessToken.",
        };
    }
}
