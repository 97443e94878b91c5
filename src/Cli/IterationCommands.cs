using System.CommandLine;
using IterationBranches.Configuration;
using IterationBranches.Provisioning;
using IterationBranches.Records;

namespace IterationBranches.Cli;

/// <summary><c>rotate</c> and <c>recreate</c>: what is done for one iteration only because a person asks for it.</summary>
internal static class IterationCommands
{
    public static Command CreateRotate()
    {
        var revokeNow = new Option<bool>("--revoke-now")
        {
            Description = "The credential is known to others: delete it as soon as record and alias give the new one, without the grace",
        };
        var command = Create("rotate", "Give an iteration a new credential; the old one stays valid for the rotation's grace", (parsed, track, record) => record switch
        {
            { State: RecordState.Ready, CredentialId: { } credentialId } => (
                new(LookOperation.Rotate, record.IterationId, credentialId, parsed.GetValue(revokeNow)),
                parsed.GetValue(revokeNow)
                    ? $"{NamedIteration.NameOf(record)} gets a new credential now; the old one is deleted as soon as nothing gives it any more."
                    : $"{NamedIteration.NameOf(record)} gets a new credential now; the old one stays valid for {track.RotationGrace.TotalDays:0} days more."),
            _ => (null, $"{NamedIteration.NameOf(record)} has no credential: its record {record.SecretName} says {record.State.ToString().ToLowerInvariant()}."),
        });
        command.Options.Add(revokeNow);
        return command;
    }

    public static Command CreateRecreate() => Create("recreate", "Make a branch again for an iteration whose branch was deleted by hand", (_, _, record) => record switch
    {
        { State: RecordState.Deleted } or { BranchId: null } => (null, $"{NamedIteration.NameOf(record)} needs nobody's word: its record {record.SecretName} says {record.State.ToString().ToLowerInvariant()}."),
        _ => (new(LookOperation.Recreate, record.IterationId, record.CredentialId), $"{NamedIteration.NameOf(record)} gets a new branch now, if {record.Branch} is gone from PlanetScale."),
    });

    private static Command Create(string verb, string description, Func<ParseResult, Track, Record, (LookOperation? Operation, string Text)> ask)
    {
        var track = Operator.TrackName("The track of the iteration");
        track.Required = true;
        var iteration = new Option<string>("--iteration") { Description = "The iteration's id, its first 8 digits, or its name", Required = true };
        var command = new Command(verb, description) { track, iteration, Operator.SettingsFile };
        command.SetAction((parsed, cancellationToken) => Operator.SendAsync(
            parsed,
            parsed.GetValue(track)!,
            async (started, found) => await NamedIteration.FindAsync(started, found, parsed.GetValue(iteration)!, cancellationToken) is var (record, problem) && record is not null
                ? ask(parsed, found, record)
                : (null, problem),
            cancellationToken));
        return command;
    }
}
