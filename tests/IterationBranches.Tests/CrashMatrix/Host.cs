using IterationBranches.Provisioning;

namespace IterationBranches.Tests.CrashMatrix;

/// <summary>
/// What the Functions host and time do: messages are delivered as they become visible, again when the process failed or
/// died, and to the poison queue after five times; the poll comes every five minutes.
/// </summary>
/// <param name="atOnce">How many processes get each message at the same time.</param>
internal sealed class Host(OutsideWorld world, IReadOnlyList<Incident> incidents, int atOnce = 1) : IDisposable
{
    private const int MostDeliveries = 5;

    private static readonly TimeSpan s_visibilityTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_leaseRunsOut = TimeSpan.FromSeconds(61);
    private static readonly TimeSpan s_often = TimeSpan.FromMinutes(5);

    /// <summary>Nothing here waits for the machine's clock; a run that hangs is a fault of the test's own.</summary>
    private static readonly TimeSpan s_hangs = TimeSpan.FromSeconds(60);

    private readonly List<Worker> _workers = [];
    private readonly List<Delivery> _again = [];
    private readonly List<(Incident Incident, DateTimeOffset At)> _late = [];
    private (Run Run, Incident Incident)? _asleep;
    private (Run Run, Incident Incident, int Calls, ITrackLease Others)? _woken;
    private int _deliveredBefore;

    /// <summary>Whether who was paused wakes up while who took over is held, instead of after it.</summary>
    public bool Interleaves { get; init; }

    /// <summary>Whether a pause is no time at all: the lease is taken away.</summary>
    public bool BreaksLease { get; init; }

    /// <summary>Whether somebody else takes the lease during a pause and does nothing: all is as it was when who was paused wakes up.</summary>
    public bool LosesLease { get; init; }

    /// <summary>Between two polls after the first half hour. The app's own are five minutes apart; where nothing happens, fewer are as good.</summary>
    public TimeSpan Rarely { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Of messages, each repetition counted.</summary>
    public int Deliveries { get; private set; }

    /// <summary>What was written to PlanetScale and Key Vault by who had lost the lease.</summary>
    public List<Call> LateWrites { get; } = [];

    /// <summary>What no message may end with.</summary>
    public List<string> Surprises { get; } = [];

    public bool IsQuiet => _again.Count == 0 && world.Queue.Messages.Count == 0;

    /// <summary>Told when a run has ended.</summary>
    public Action? Ended { get; init; }

    /// <summary>Told when a process is about to be killed, to stand still, or to wait in vain.</summary>
    public Action<Incident>? Struck { get; init; }

    public async Task StartAsync()
    {
        await GreetAsync();
        Arm();
    }

    public Task GreetAsync() => Fit().GreetAsync();

    /// <summary>From here calls are counted, and go wrong.</summary>
    public void Arm()
    {
        world.Listen();
        foreach (var incident in incidents)
        {
            incident.Plan(world);
        }
    }

    /// <summary>The app starts again, with the settings as they are now.</summary>
    public void Restart() => _workers.ForEach(worker => worker.Kill());

    /// <summary>Until the messages end, but not until the next poll.</summary>
    public async Task PollAndDrainAsync()
    {
        await PollAsync();
        await DrainAsync();
    }

    /// <inheritdoc cref="PollAndDrainAsync"/>
    public async Task DrainAsync()
    {
        while (NextDelivery() is { } next && next < world.Clock.GetUtcNow() + s_often)
        {
            PassUntil(next);
            await DeliverVisibleAsync();
        }
    }

    /// <summary>Polls and delivers for so long.</summary>
    /// <param name="pollEvery">Null: more often at first, where things happen.</param>
    public async Task LiveAsync(TimeSpan time, TimeSpan? pollEvery = null)
    {
        _deliveredBefore = Deliveries;
        var begun = world.Clock.GetUtcNow();
        var end = begun + time;
        var poll = begun;
        while (true)
        {
            var due = _late.Select(late => (DateTimeOffset?)late.At).Append(NextDelivery()).Append(poll).Min()!.Value;
            if (due > end)
            {
                PassUntil(end);
                return;
            }

            PassUntil(due);
            await ReleaseLateAsync();
            await DeliverVisibleAsync();
            if (world.Clock.GetUtcNow() >= poll)
            {
                await PollAsync();
                poll = world.Clock.GetUtcNow() + (pollEvery ?? (poll - begun < TimeSpan.FromMinutes(30) ? s_often : Rarely));
            }
        }
    }

    public void PassUntil(DateTimeOffset instant)
    {
        if (instant > world.Clock.GetUtcNow())
        {
            world.Clock.Advance(instant - world.Clock.GetUtcNow());
        }
    }

    public void Dispose()
    {
        foreach (var incident in incidents)
        {
            incident.Hold.Release();
        }

        _workers.ForEach(worker => worker.Dispose());
    }

    public Task PollAsync()
    {
        var worker = Fit();
        return DriveAsync([new(worker, worker.PollAsync(), null)]);
    }

    public async Task DeliverVisibleAsync()
    {
        while (TakeVisible() is { } delivery)
        {
            Assert.True(++Deliveries - _deliveredBefore < 500, "the messages do not end");
            List<Run> runs = [];
            // Of two that come at once, one finds the track busy and comes again: a queue that never stopped to deliver twice would have no end.
            for (var i = 0; i < (Deliveries - _deliveredBefore <= 20 ? atOnce : 1); i++)
            {
                var worker = i == 0 ? Fit() : Another();
                runs.Add(new(worker, worker.HandleAsync(delivery.Text), delivery));
            }

            await DriveAsync(runs);
        }
    }

    private Delivery? TakeVisible()
    {
        if (_again.Find(delivery => delivery.VisibleAt <= world.Clock.GetUtcNow()) is { } again)
        {
            _again.Remove(again);
            return again;
        }

        return world.Queue.Take() is { } text ? new(text, 1, world.Clock.GetUtcNow()) : null;
    }

    /// <summary>To the end of all the runs, through whatever strikes them.</summary>
    private async Task DriveAsync(List<Run> runs)
    {
        while (runs.Count > 0)
        {
            var open = incidents.Where(incident => incident is { IsHeld: true, IsStruck: false }).ToList();
            var reached = open.Find(incident => incident.Hold.Reached.IsCompleted);
            if (reached is not null && runs.Count == 1)
            {
                reached.IsStruck = true;
                await StrikeAsync(reached, runs);
                continue;
            }

            // Who is not struck does not wait for who is, and ends by itself.
            await Task.WhenAny([.. runs.Select(run => run.Task), .. open.Where(incident => incident != reached).Select(incident => incident.Hold.Reached)]).WaitAsync(s_hangs);
            foreach (var ended in runs.Where(run => run.Task.IsCompleted).ToList())
            {
                runs.Remove(ended);
                await EndAsync(ended);
            }
        }
    }

    private async Task StrikeAsync(Incident incident, List<Run> runs)
    {
        var run = runs[0];
        Struck?.Invoke(incident);
        if (incident.IsKill)
        {
            run.Worker.Kill();
            runs.Clear();
            DeliverAgain(run.Delivery);
            if (incident.Trouble == Trouble.KilledAndLate)
            {
                _late.Add((incident, world.Clock.GetUtcNow() + Incident.Late));
            }
        }
        else if (incident.IsPause)
        {
            await PauseAsync(incident, run);
        }
        else
        {
            world.Clock.Advance(incident.Patience);
        }
    }

    private async Task PauseAsync(Incident incident, Run run)
    {
        if (LosesLease)
        {
            world.Locks.Break(CrashWorld.Track);
            var others = await world.Locks.TryTakeAsync(CrashWorld.Track, CancellationToken.None);
            _woken = (run, incident, world.Calls.All.Count, others!);
            incident.Hold.Release();
            return;
        }

        if (Interleaves && _asleep is { } earlier)
        {
            // This one is in the middle of its work, and has the lease; the other wakes up, and goes on.
            _asleep = null;
            Wake(earlier.Run, earlier.Incident);
            await Task.WhenAny(earlier.Run.Task).WaitAsync(s_hangs);
            incident.Hold.Release();
            return;
        }

        run.Worker.StandStill();
        if (BreaksLease)
        {
            world.Locks.Break(CrashWorld.Track);
        }
        else
        {
            world.Clock.Advance(s_leaseRunsOut);
        }

        _asleep = (run, incident);
        var other = Another();
        await DriveAsync([new(other, other.HandleAsync(LookMessage.For(CrashWorld.Track, LookReason.WorkItem).ToJson()), null)]);
        _asleep = null;
        Wake(run, incident);
    }

    private static void Wake(Run run, Incident incident)
    {
        run.Worker.Wake();
        incident.Hold.Release();
    }

    private async Task EndAsync(Run run)
    {
        try
        {
            await run.Task;
        }
        catch (ServiceException)
        {
            DeliverAgain(run.Delivery);
        }
        catch (Exception surprise) when (surprise is not Xunit.Sdk.XunitException)
        {
            Surprises.Add($"a run ended with {surprise.GetType().Name}: {surprise.Message}");
            DeliverAgain(run.Delivery);
        }

        await NoteLateWritesAsync(run);
        Ended?.Invoke();
    }

    private async Task NoteLateWritesAsync(Run ended)
    {
        if (_woken is { } woken && ReferenceEquals(woken.Run, ended))
        {
            _woken = null;
            var written = world.Calls.All.Skip(woken.Calls).Where(call => call is { IsWrite: true, Service: not Service.Storage }).ToList();
            // What it had written before it lost the lease is answered, and counted, only now.
            written.Remove(written.Find(call => woken.Incident.Trouble == Trouble.PausedAfter && call.Operation == woken.Incident.Call.Operation)!);
            LateWrites.AddRange(written);
            await woken.Others.DisposeAsync();
        }
    }

    private void DeliverAgain(Delivery? delivery)
    {
        if (delivery is null)
        {
            return;
        }

        if (delivery.Count == MostDeliveries)
        {
            Surprises.Add($"{delivery.Text} went to the poison queue");
            return;
        }

        _again.Add(delivery with { Count = delivery.Count + 1, VisibleAt = world.Clock.GetUtcNow() + s_visibilityTimeout });
    }

    private async Task ReleaseLateAsync()
    {
        foreach (var late in _late.Where(late => late.At <= world.Clock.GetUtcNow()).ToList())
        {
            _late.Remove(late);
            late.Incident.Hold.Release();
            await late.Incident.Hold.Passed.WaitAsync(s_hangs);
        }
    }

    private DateTimeOffset? NextDelivery() => _again.Select(delivery => (DateTimeOffset?)delivery.VisibleAt)
        .Concat(world.Queue.Messages.Select(message => (DateTimeOffset?)message.VisibleAt)).Min();

    private Worker Fit() => _workers.Find(worker => worker.IsFit) ?? Another();

    /// <summary>Another process than all that are at work.</summary>
    private Worker Another()
    {
        var worker = new Worker(world);
        _workers.Add(worker);
        return worker;
    }

    private sealed record Delivery(string Text, int Count, DateTimeOffset VisibleAt);

    /// <param name="Delivery">Null: what comes again by itself, or was only in between.</param>
    private sealed record Run(Worker Worker, Task Task, Delivery? Delivery);
}
