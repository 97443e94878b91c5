using System.CommandLine;
using System.Globalization;
using IterationBranches.Iterations;
using IterationBranches.Provisioning;
using IterationBranches.Records;
using Microsoft.Extensions.DependencyInjection;

namespace IterationBranches.Cli;

/// <summary><c>plan</c>: prints what is there, what would be done, and why not for the rest. It changes nothing.</summary>
internal static class PlanCommand
{
    public static Command Create()
    {
        var track = Operator.TrackName("Only this track");
        var command = new Command("plan", "Print for every track its iterations, what is there, and what would be done; change nothing") { track, Operator.SettingsFile };
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, parsed.GetValue(track), Console.Out, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, string? only, TextWriter output, CancellationToken cancellationToken)
    {
        await using var started = await Operator.StartAsync(parsed);
        if (started is null)
        {
            return Commands.Wrong;
        }

        var settings = started.Settings;
        if (only is not null && settings.FindTrack(only) is null && !settings.TracksOff.ContainsKey(only))
        {
            await Console.Error.WriteLineAsync($"There is no track '{only}' in the settings.");
            return Commands.Wrong;
        }

        var exitCode = Commands.Done;
        foreach (var (name, problems) in settings.TracksOff.Where(off => IsAsked(off.Key)))
        {
            exitCode = Commands.Failed;
            await output.WriteLineAsync($"{name}: off");
            foreach (var problem in problems)
            {
                await output.WriteLineAsync($"  {problem}");
            }
        }

        foreach (var track in settings.Tracks.Where(track => IsAsked(track.Name)))
        {
            try
            {
                var memory = await started.Services.GetRequiredService<ITrackLocks>().ReadAsync(track.Name, cancellationToken);
                var world = await started.Services.GetRequiredService<Looker>().LookAsync(track, memory, operation: null, cancellationToken);
                await WriteAsync(output, Plan.For(world));
            }
            catch (ServiceException refusal)
            {
                exitCode = Commands.Failed;
                await output.WriteLineAsync($"{track.Name}: could not be looked at: {refusal.Message}");
            }
        }

        return exitCode;

        bool IsAsked(string name) => only is null || string.Equals(name, only, StringComparison.OrdinalIgnoreCase);
    }

    internal static async Task WriteAsync(TextWriter output, Plan plan)
    {
        var track = plan.World.Track;
        await output.WriteLineAsync($"{track.Name}: {track.Project}{(track.IterationRoot ?? track.Team) switch { null => "", var part => $" / {part}" }} -> {track.Database} (from {plan.World.Parent})");
        var current = Schedule.Current(plan.World.Iterations, plan.World.Today);
        var rows = plan.Iterations.Select(iteration => new[]
        {
            iteration.Iteration.Name,
            Dates(iteration.Iteration),
            iteration.Iteration.Id == current?.Id ? "current" : iteration.Scheduled.Standing switch
            {
                Standing.Wanted => "due",
                Standing.NotYetDue => "later",
                Standing.Finished => "finished",
                Standing.Undated => "undated",
                Standing.Deselected => "deselected",
                Standing.Gone => "gone",
                _ => "parent",
            },
            iteration.Record is null ? "no branch" : $"{iteration.Record.Branch} ({State(iteration)})",
            iteration.Record?.SecretName ?? "no secret",
            iteration.Step is { } step ? $"would {step}" : iteration.Note ?? "nothing to do",
        }).ToList();
        await WriteTableAsync(output, rows);
        var alias = plan.World.Vault.AliasOf(track.Name, track.Alias);
        await output.WriteLineAsync($"  alias {track.Alias}: {(alias is null ? "not there" : $"gives {Record.NameFor(track.Name, alias.IterationId)}")}");
        foreach (var step in plan.TrackSteps)
        {
            await output.WriteLineAsync($"  would {step}");
        }

        foreach (var note in plan.Notes)
        {
            await output.WriteLineAsync($"  {note}");
        }
    }

    private static async Task WriteTableAsync(TextWriter output, List<string[]> rows)
    {
        if (rows.Count == 0)
        {
            await output.WriteLineAsync("  no iterations");
            return;
        }

        foreach (var line in Table.Lines(rows))
        {
            await output.WriteLineAsync("  " + line);
        }
    }

    private static string State(IterationPlan iteration) => iteration switch
    {
        { Record.State: RecordState.Claimed, Branch: null } => "claimed",
        { Record.State: RecordState.Claimed } => iteration.Branch.Ready ? "ready, no credential" : "not ready",
        { Record: { State: RecordState.Ready, Enabled: false } } => "disabled",
        _ => iteration.Record!.State.ToString().ToLowerInvariant(),
    };

    private static string Dates(Iteration iteration) => iteration is { Start: { } start, Finish: { } finish }
        ? string.Create(CultureInfo.InvariantCulture, $"{start:yyyy-MM-dd}..{finish:yyyy-MM-dd}")
        : "";
}
