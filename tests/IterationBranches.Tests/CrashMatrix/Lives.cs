using System.Globalization;
using IterationBranches.Provisioning;

namespace IterationBranches.Tests.CrashMatrix;

/// <summary>A call, and the chapter in which it is made.</summary>
internal sealed record Moment(int Chapter, Call Call)
{
    public override string ToString() => $"{Call} of chapter {Chapter}";
}

/// <summary>Runs of the scenarios: as they go when all is well, and with one trouble at one call.</summary>
internal static class Lives
{
    /// <summary>Past the graces of minutes and hours: the refusals' hour, the deep look after it, an orphan's 15 minutes, and the deep look after those.</summary>
    private static readonly TimeSpan s_untilHealed = TimeSpan.FromHours(3.5);

    private static readonly TimeSpan s_untilNextDeepLook = Poller.DeepLookEvery + TimeSpan.FromMinutes(5);

    /// <returns>Every remote call of the chapters that are not quiet, when nothing goes wrong; and the writes of each chapter.</returns>
    public static async Task<(IReadOnlyList<Moment> Moments, IReadOnlyList<string> Writes)> CleanAsync(Scenario scenario)
    {
        var run = new Run(scenario, null, -1);
        var wrong = await run.GoAsync();
        Assert.True(wrong.Count == 0, $"{scenario}:\n{string.Join('\n', wrong)}");
        return (run.Moments, run.Writes);
    }

    /// <returns>What is wrong; empty when nothing is.</returns>
    /// <param name="inARow">How many lists in a row, of those that lag or leave something out.</param>
    public static Task<IReadOnlyList<string>> RunAsync(Scenario scenario, Moment moment, Trouble trouble, int inARow = 1) =>
        new Run(scenario, new Incident(moment.Call, trouble) { InARow = inARow }, moment.Chapter).GoAsync();

    /// <summary>Just when this call has been answered somebody else takes the lease, and has done nothing yet when the process goes on.</summary>
    /// <returns>What is wrong; and what the process wrote when it went on.</returns>
    public static async Task<(IReadOnlyList<string> Wrong, IReadOnlyList<Call> LateWrites)> LoseLeaseAsync(Scenario scenario, Moment moment)
    {
        var run = new Run(scenario, new Incident(moment.Call, Trouble.PausedAfter), moment.Chapter) { LosesLease = true };
        return (await run.GoAsync(), run.LateWrites);
    }

    private sealed class Run(Scenario scenario, Incident? incident, int struckChapter)
    {
        private readonly List<string> _wrong = [];

        public bool LosesLease { get; init; }

        public IReadOnlyList<Call> LateWrites { get; private set; } = [];

        public List<Moment> Moments { get; } = [];

        public List<string> Writes { get; } = [];

        public async Task<IReadOnlyList<string>> GoAsync()
        {
            await using var world = await CrashWorld.StartAsync(change: scenario.Change);
            var stage = new Stage(world, scenario.HasNext);
            var watch = new Watch(stage, scenario.RevokesAtOnce);
            var isArmed = false;
            using var host = new Host(world, incident is null ? [] : [incident])
            {
                Ended = () =>
                {
                    if (isArmed)
                    {
                        watch.Look();
                    }
                },
                Struck = struck => scenario.WhenStruck?.Invoke(stage, struck),
                LosesLease = LosesLease,
            };
            try
            {
                await host.GreetAsync();
                foreach (var day in scenario.Before)
                {
                    host.PassUntil(day);
                    await host.PollAndDrainAsync();
                }

                stage.AddPersonsPassword();
                host.Arm();
                isArmed = true;
                for (var i = 0; i < scenario.Chapters.Count; i++)
                {
                    await ReadAsync(i, stage, host);
                }
            }
            catch (TimeoutException)
            {
                _wrong.Add("it hangs");
            }

            LateWrites = host.LateWrites;
            _wrong.AddRange(watch.Seen);
            _wrong.AddRange(host.Surprises);
            if (incident is { IsHeld: true, IsStruck: false })
            {
                _wrong.Add("the call was never made");
            }

            if (_wrong.Count > 0)
            {
                _wrong.Add(Matrix.Tail(world));
            }

            return _wrong;
        }

        private async Task ReadAsync(int index, Stage stage, Host host)
        {
            var chapter = scenario.Chapters[index];
            var before = stage.World.Calls.All.Count;
            host.PassUntil(chapter.At);
            chapter.Happens?.Invoke(stage);
            stage.IsGuarded = chapter.IsGuarded;
            var message = chapter.Asks is { } asks
                ? LookMessage.For(CrashWorld.Track, LookReason.Operator) with { Operation = asks(stage) }
                : null;
            await BeginAsync(message, stage, host);
            if (index == struckChapter)
            {
                await host.LiveAsync(s_untilHealed);
                if (message is not null && incident!.Trouble == Trouble.Forbidden)
                {
                    // Whoever was refused has been told, and asks again when it is mended.
                    await BeginAsync(message, stage, host);
                }
            }
            else if (index > struckChapter && incident is not null)
            {
                host.PassUntil(stage.World.Clock.GetUtcNow() + s_untilNextDeepLook);
                await host.PollAndDrainAsync();
            }

            var calls = stage.World.Calls.All.Skip(before).ToList();
            Writes.Add(string.Join(", ", calls.Where(call => call is { IsWrite: true, Service: not Service.Storage }).Select(call => call.Operation)));
            if (!chapter.IsQuiet)
            {
                Moments.AddRange(calls.Select(call => new Moment(index, call)));
            }

            var holds = index == struckChapter && incident!.IsStruck && chapter.HoldsWhenStruck is { } other ? other : chapter.Holds;
            _wrong.AddRange(holds.Problems(stage, mayHaveOlder: incident?.IsLateVaultWrite is true)
                .Select(problem => string.Create(CultureInfo.InvariantCulture, $"{chapter.At:yyyy-MM-dd}: {problem}")));
            if (!host.IsQuiet)
            {
                _wrong.Add(string.Create(CultureInfo.InvariantCulture, $"{chapter.At:yyyy-MM-dd}: messages are left"));
            }
        }

        private static async Task BeginAsync(LookMessage? message, Stage stage, Host host)
        {
            if (message is null)
            {
                await host.PollAndDrainAsync();
                return;
            }

            await stage.World.Queue.SendAsync(message, null, CancellationToken.None);
            await host.DrainAsync();
        }
    }
}
