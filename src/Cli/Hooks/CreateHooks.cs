using System.CommandLine;
using IterationBranches.AzureBoards.Administration;

namespace IterationBranches.Cli.Hooks;

/// <summary><c>hooks create</c>: what is missing is created; what is there is left as it is, and reported when it is wrong.</summary>
internal static class CreateHooks
{
    public static Command Create()
    {
        var command = new Command(
            "create",
            """
            Create the service hooks that are missing, for every track

            Each track gets one for created, updated and restored work items of its project, and for pushes when it has
            GitBranches. Run it again after a change of the settings: what is there already is left as it is.
            """)
        {
            HookOptions.Url, HookOptions.KeyFile, HookOptions.Key, HookOptions.PasswordFile, HookOptions.Password, HookOptions.TokenFile,
            HookOptions.Tracks, HookOptions.DryRun, HookOptions.Json, Operator.SettingsFile,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var administrator = await Administrator.StartAsync(parsed, cancellationToken, withPassword: true, withKey: true);
        if (administrator is null || !await AreKnownAsync(administrator))
        {
            return Commands.Wrong;
        }

        try
        {
            var creation = new Creation(administrator, parsed.GetValue(HookOptions.DryRun));
            await creation.RunAsync(cancellationToken);
            HookRow.Write(creation.Rows, parsed.GetValue(HookOptions.Json), "There is nothing to create.");
            return creation.AllIsWell ? Commands.Done : Commands.Failed;
        }
        catch (ServiceException refusal)
        {
            await Console.Error.WriteLineAsync(refusal.Message);
            return Commands.Failed;
        }
    }

    private static async Task<bool> AreKnownAsync(Administrator administrator)
    {
        var settings = administrator.Settings;
        if (settings.Tracks.Count + settings.TracksOff.Count == 0)
        {
            await Console.Error.WriteLineAsync("There is no track in the settings; give the app's own, in the environment or with --settings.");
            return false;
        }

        var unknown = administrator.Unknown([]);
        foreach (var name in unknown)
        {
            await Console.Error.WriteLineAsync($"There is no track '{name}' in the settings.");
        }

        return unknown.Count == 0;
    }

    private sealed class Creation(Administrator administrator, bool dryRun)
    {
        private readonly List<HookRow> _rows = [];

        public IReadOnlyList<HookRow> Rows => _rows;

        public bool AllIsWell { get; private set; } = true;

        public async Task RunAsync(CancellationToken cancellationToken)
        {
            var existing = await administrator.Client.ListAsync(cancellationToken);
            await ReportTracksOffAsync();
            var wanted = await WantAsync(cancellationToken);
            var plan = SubscriptionPlan.For(wanted, existing, administrator.Address, administrator.Credential, administrator.OnlyTracks);
            foreach (var planned in plan.Subscriptions)
            {
                _rows.Add(planned.Existing is { } found ? Found(planned, found) : await CreateAsync(planned.Wanted, cancellationToken));
            }

            foreach (var stray in plan.Strays)
            {
                AllIsWell = false;
                _rows.Add(HookRow.Of(stray.Existing, stray.Track, "not wanted", $"{stray.Why}; if nobody needs it, delete it under Project settings, Service hooks"));
            }
        }

        private async Task ReportTracksOffAsync()
        {
            foreach (var (name, problems) in administrator.Settings.TracksOff.Where(off => administrator.OnlyTracks?.Contains(off.Key) is not false))
            {
                AllIsWell = false;
                await Console.Error.WriteLineAsync($"{name}: off, and gets no service hooks");
                foreach (var problem in problems)
                {
                    await Console.Error.WriteLineAsync($"  {problem}");
                }
            }
        }

        private async Task<List<WantedSubscription>> WantAsync(CancellationToken cancellationToken)
        {
            List<WantedSubscription> wanted = [];
            foreach (var project in administrator.Settings.Tracks
                .Where(track => administrator.OnlyTracks?.Contains(track.Name) is not false)
                .GroupBy(track => track.Project, StringComparer.OrdinalIgnoreCase))
            {
                try
                {
                    var id = await administrator.Client.FindProjectAsync(project.Key, cancellationToken);
                    wanted.AddRange(project.SelectMany(track => SubscriptionPlan.Wanted(track, id, administrator.Address)));
                }
                catch (ServiceException refusal)
                {
                    AllIsWell = false;
                    await Console.Error.WriteLineAsync($"{string.Join(", ", project.Select(track => track.Name))}: {refusal.Message}");
                }
            }

            return wanted;
        }

        private HookRow Found(PlannedSubscription planned, Subscription found)
        {
            AllIsWell &= planned.Problems.Count == 0;
            IEnumerable<string> notes = planned.Problems.Count > 0
                ? [.. planned.Problems, $"it is left as it is; to replace it: hooks delete --track {planned.Wanted.Track} --yes, then hooks create --track {planned.Wanted.Track}"]
                : found.WhyNotEnabled is { } why ? [why] : [];
            return HookRow.Of(found, planned.Wanted.Track, planned.Problems.Count > 0 ? "wrong" : "exists", notes) with { Project = planned.Wanted.Project };
        }

        private async Task<HookRow> CreateAsync(WantedSubscription wanted, CancellationToken cancellationToken)
        {
            var row = new HookRow(wanted.Track, wanted.EventType, wanted.Project, null, null, "would create", []);
            if (dryRun)
            {
                return row;
            }

            try
            {
                var created = await administrator.Client.CreateAsync(wanted, administrator.Credential, cancellationToken);
                return row with { Id = created.Id, Status = created.Status, Outcome = "created" };
            }
            catch (ServiceException refusal)
            {
                AllIsWell = false;
                return row with { Outcome = "failed", Notes = [refusal.Message] };
            }
        }
    }
}
