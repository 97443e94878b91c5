using System.Diagnostics;
using Azure;
using IterationBranches.EndToEnd.Tests.Rig;
using IterationBranches.Provisioning;
using IterationBranches.Sandbox.Cloud;
using IterationBranches.Testing.Faults;
using IterationBranches.Testing.Hands;
using Host = IterationBranches.Sandbox.FunctionsHost.FunctionsHost;

namespace IterationBranches.EndToEnd.Tests.CrashMatrix;

/// <summary>
/// One case after the other on one rig: each has a new iteration on the same track, struck once; what the last one left is
/// removed, so that all make the same calls.
/// </summary>
internal sealed class Lane : IAsyncDisposable
{
    private static readonly RigTrack s_track = new("orders", Seed.Shop);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan s_pollEvery = TimeSpan.FromSeconds(2);

    private readonly AppRig _rig;
    private readonly string _number;
    private Host? _second;
    private int _cases;

    private Lane(AppRig rig, int number) => (_rig, _number) = (rig, $"{number}");

    /// <summary>Ready for cases: what only the very first iteration of an installation needs is there.</summary>
    public static async Task<Lane> StartAsync(string appDirectory, int number)
    {
        var lane = new Lane(await AppRig.StartAsync(appDirectory, s_track), number);
        lane._rig.Cloud.PlanetScale.BranchReadyAfter = TimeSpan.FromSeconds(2);
        try
        {
            Assert.Empty((await lane.RunAsync(null)).Wrong);
            return lane;
        }
        catch
        {
            await lane.DisposeAsync();
            throw;
        }
    }

    /// <summary>Every remote call from the poll that finds an iteration to the end of its provisioning, when all goes well.</summary>
    public async Task<IReadOnlyList<Call>> RecordAsync()
    {
        List<Call> calls = [];
        Dictionary<(string, string), int> counts = [];
        var gate = new Lock();
        await GreetAsync();
        foreach (var (name, standIn) in _rig.Services)
        {
            standIn.Calls.Added = call =>
            {
                lock (gate)
                {
                    var nth = counts[(name, call.Operation)] = counts.GetValueOrDefault((name, call.Operation)) + 1;
                    calls.Add(new(name, call.Operation, nth, call.IsWrite));
                }
            };
        }

        var iteration = Add();
        Assert.True((await _rig.PollAsync()).Succeeded);
        await SettleAsync();
        foreach (var (_, standIn) in _rig.Services)
        {
            standIn.Calls.Added = null;
        }

        var found = await EndState.ReadAsync(_rig, [new(s_track, [iteration], iteration)], mayHaveOlder: false);
        Assert.Empty(found.Wrong);
        Remove(iteration);
        return calls;
    }

    /// <param name="incident">Null: nothing happens.</param>
    public async Task<Findings> RunAsync(Incident? incident)
    {
        await GreetAsync();
        var paused = Task.CompletedTask;
        if (incident is { IsPause: true })
        {
            await StartSecondAsync();
            paused = PauseAsync(incident);
        }

        var isStruck = new TaskCompletionSource();
        var iteration = Add();
        if (incident is not null)
        {
            var standIn = _rig.Services.Single(service => service.Name == incident.Call.Service).StandIn;
            standIn.Calls.Added = call =>
            {
                if (call.Fault is not null)
                {
                    isStruck.TrySetResult();
                }
            };
            standIn.Faults.Add(incident.Call.Operation, incident.ToFault(_rig.Host.KillWorkerAsync), incident.Call.Nth, incident.Times);
        }

        try
        {
            await BecomeQuietAsync();
        }
        catch (TimeoutException)
        {
            // What is wrong then says the end state.
        }

        // The deep look comes within the hour; by then the lease of whoever died has run out.
        await _rig.LetLeaseRunOutAsync(s_track);
        await _rig.SendLookAsync(s_track);
        await SettleAsync();
        var found = await EndState.ReadAsync(_rig, [new(s_track, [iteration], iteration)], incident?.IsLateVaultWrite is true);
        if (incident is null || isStruck.Task.IsCompleted)
        {
            await paused;
        }
        else
        {
            found = found with { Wrong = [.. found.Wrong, "the call was never made"] };
        }

        Remove(iteration);
        return found;
    }

    /// <summary>The last that was said, for whoever reads a failure.</summary>
    public string Tail() => string.Join("\n      ", _rig.Events.TakeLast(60).Select(seen => $"{seen.At:mm:ss.fff} {seen.Kind} {seen.Text}"));

    public async ValueTask DisposeAsync()
    {
        if (_second is not null)
        {
            await _second.StopAsync(TimeSpan.Zero);
            await _second.DisposeAsync();
        }

        await _rig.DisposeAsync();
    }

    private Guid Add()
    {
        var today = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);
        return _rig.AddIteration(s_track, $"Sprint {_number}-{++_cases}", today.AddDays(-1), today.AddDays(12));
    }

    /// <summary>Gone from everywhere, so that the next case makes the calls that this one made.</summary>
    private void Remove(Guid iteration)
    {
        _rig.Cloud.Boards.RemoveIteration(AppRig.Project, iteration);
        foreach (var branch in _rig.Cloud.PlanetScale.Branches(s_track.Database).Where(branch => branch.Name != "main"))
        {
            _rig.Cloud.PlanetScale.DeleteBranchByHand(s_track.Database, branch.Id);
        }

        foreach (var secret in _rig.Cloud.KeyVault.Secrets.Where(secret => secret.Name != s_track.Alias))
        {
            _rig.Cloud.KeyVault.DeleteByHand(secret.Name);
        }
    }

    /// <summary>A process asks for its tokens, and meets the vault's challenge, before the calls that are counted.</summary>
    private async Task GreetAsync()
    {
        await _rig.LetLeaseRunOutAsync(s_track);
        await _rig.PollAsync();
        await SettleAsync();
    }

    /// <summary>Polls until one finds nothing to be done and nothing is on its way.</summary>
    private async Task BecomeQuietAsync()
    {
        var begun = Stopwatch.GetTimestamp();
        while (true)
        {
            var sent = _rig.Storage.Queues.Calls.Count("send_message");
            var poll = await _rig.PollAsync();
            await SettleAsync();
            if (poll.Succeeded && _rig.Storage.Queues.Calls.Count("send_message") == sent)
            {
                return;
            }

            if (Stopwatch.GetElapsedTime(begun) > s_patience)
            {
                throw new TimeoutException();
            }

            await Task.Delay(s_pollEvery);
        }
    }

    private async Task SettleAsync()
    {
        using var patience = new CancellationTokenSource(s_patience);
        try
        {
            await _rig.Host.WaitUntilEmptyAsync(patience.Token);
        }
        catch (Exception restless) when (restless is OperationCanceledException or RequestFailedException)
        {
            throw new TimeoutException("messages are left", restless);
        }
    }

    private async Task StartSecondAsync()
    {
        if (_second is null)
        {
            _second = await _rig.StartSecondAsync();
            await _second.RunTimerAsync("PollIterations");
        }
    }

    private async Task PauseAsync(Incident incident)
    {
        await incident.Hold.Reached.WaitAsync(s_patience);
        await using (await PausedProcess.PauseAsync(_rig.Host.WorkerProcessId!.Value))
        {
            // The storage account's clock cannot be moved.
            await Task.Delay(AppRig.Lease + TimeSpan.FromSeconds(1));
            await _second!.InvokeAsync("ProvisionBranch", LookMessage.For(s_track.Name, LookReason.WorkItem).ToJson());
        }

        incident.Hold.Release();
    }
}
