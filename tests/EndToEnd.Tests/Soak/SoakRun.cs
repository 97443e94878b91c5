using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using IterationBranches.EndToEnd.Tests.Rig;
using IterationBranches.Sandbox.FunctionsHost;
using IterationBranches.Testing.Hands;

namespace IterationBranches.EndToEnd.Tests.Soak;

/// <summary>
/// The waves of iterations, in the first half with kills; then, under faults alone, the same deep looks over all tracks four
/// times, over which the memory is watched; then all is well again, and what is left must come right.
/// </summary>
internal sealed class SoakRun : IAsyncDisposable
{
    private const int TracksOnADatabase = 2;
    private const int SteadyRounds = 4;

    /// <summary>PlanetScale's own is 600 a minute for a token, and would make of this a matter of hours.</summary>
    private const int RequestsPerMinute = 60_000;

    private static readonly TimeSpan s_pollEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_aWhile = TimeSpan.FromMinutes(6);

    private readonly SoakSize _size;
    private readonly Action<string> _say;
    private readonly AppRig _rig;
    private readonly RandomFaults _faults;
    private readonly MemorySamples _memory;
    private readonly Dictionary<RigTrack, List<Guid>> _wanted = [];
    private readonly Dictionary<RigTrack, Guid> _current = [];
    private readonly long _begun = Stopwatch.GetTimestamp();
    private readonly List<string> _poison = [];
    private int _polls;
    private int _added;

    private SoakRun(AppRig rig, SoakSize size, Action<string> say)
    {
        (_rig, _size, _say) = (rig, size, say);
        _faults = new RandomFaults(rig, size);
        _memory = new MemorySamples(rig);
        foreach (var track in rig.Tracks)
        {
            _wanted[track] = [];
        }
    }

    public ConcurrentQueue<HostEvent> Events => _rig.Events;

    public IReadOnlyCollection<string> Secrets => _rig.Cloud.PlanetScale.IssuedSecrets;

    /// <summary>In megabytes, of each of the rounds of the same work.</summary>
    public List<double> SteadyMedians { get; } = [];

    /// <summary>Messages that the app could not read. All others came to the poison queue by failing five times.</summary>
    public List<string> SentToPoison { get; } = [];

    /// <summary>Looks that the app itself ended with a failure, and of which no log says why; a process that is killed may leave one behind.</summary>
    public int UnexplainedFailures => Math.Max(
        0,
        // What the host says of a worker that died is no failure of the app's.
        _rig.Events.Count(seen => seen is { Kind: HostEventKind.InvocationFailed, Function: "ProvisionBranch" } && !seen.Text.Contains("The worker is not running", StringComparison.Ordinal))
            - _rig.Events.Count(seen => seen.Kind == HostEventKind.Log && seen.Text.Contains("ProvisionBranch failed: ", StringComparison.Ordinal)));

    public static async Task<SoakRun> StartAsync(string appDirectory, SoakSize size, Action<string> say)
    {
        RigTrack[] tracks = [.. Enumerable.Range(1, size.Tracks).Select(number => new RigTrack($"t{number:00}", $"db{(number - 1) / TracksOnADatabase:00}"))];
        var rig = await AppRig.StartAsync(appDirectory, tracks);
        rig.Cloud.PlanetScale.RequestsPerMinute = RequestsPerMinute;
        rig.Cloud.PlanetScale.BranchReadyAfter = TimeSpan.FromSeconds(3);
        return new(rig, size, say);
    }

    public async Task PlayAsync()
    {
        _memory.Start();
        for (var wave = 1; wave <= SoakSize.Waves; wave++)
        {
            _faults.Kills = wave <= (SoakSize.Waves + 1) / 2;
            Add(wave);
            await PollUntilAsync(quiet: true, $"wave {wave}");
        }

        for (var round = 1; round <= SteadyRounds; round++)
        {
            var begun = Stopwatch.GetTimestamp();
            await LookAtAllAsync();
            await PollUntilAsync(quiet: false, $"the same again, {round}");
            SteadyMedians.Add(_memory.Median(begun, Stopwatch.GetTimestamp()));
        }

        _faults.Faults = false;
        await PollUntilAsync(quiet: true, "without faults");
        // What no poll sees: the deep look of the hour.
        await LookAtAllAsync();
        await PollUntilAsync(quiet: true, "the deep look");
        await ReadPoisonAsync();
    }

    /// <summary>Where a lease was lost, somebody's write may have come late, and have replaced a credential that was good.</summary>
    public Task<Findings> ReadEndAsync() =>
        EndState.ReadAsync(_rig, [.. _rig.Tracks.Select(track => new Expected(track, _wanted[track], _current[track]))], mayHaveOlder: LeasesLost > 0);

    public void Report(Findings found)
    {
        var seconds = Stopwatch.GetElapsedTime(_begun).TotalSeconds;
        var calls = _rig.Services.Select(service => (service.Name, service.StandIn.Calls.All.Count)).ToList();
        var looks = _rig.Events.Count(seen => seen is { Kind: HostEventKind.InvocationStarted, Function: "ProvisionBranch" });
        var failed = _rig.Events.Count(seen => seen is { Kind: HostEventKind.InvocationFailed, Function: "ProvisionBranch" });
        _say(string.Create(CultureInfo.InvariantCulture, $"""
            {_size}
            duration:     {seconds:0} s, {_added / seconds * 60:0} iterations a minute
            remote calls: {calls.Sum(call => call.Count)} ({string.Join(", ", calls.Select(call => $"{call.Name} {call.Count}"))}), {calls.Sum(call => call.Count) / seconds:0} a second
            faults:       {_faults.Counts.Values.Sum()} ({string.Join(", ", _faults.Counts.Select(count => $"{count.Key} {count.Value}"))})
            kills:        {_faults.KillCount} of the process, after which the host was started {_rig.HostStarts - 1} times more
            looks:        {looks}, of which {failed} failed and were delivered again; {LeasesLost} lost their lease; {_polls} polls
            poisoned:     {_poison.Count} messages, of which the app could not read {SentToPoison.Count}; the others failed five times; {UnexplainedFailures} failures without a reason in the log
            memory:       {string.Join(", ", SteadyMedians.Select(median => $"{median:0}"))} MB in the rounds of the same work, in one process; {_memory.HighestMegabytes:0} MB at most
            credentials:  {Secrets.Count} issued; {found.Orphans} that nothing names, younger than 15 minutes; {found.Older} that only an older version names
            wrong:        {found.Wrong.Count}
            """));
    }

    private int LeasesLost => _rig.Events.Count(seen => seen.Text.Contains("the lease was lost", StringComparison.Ordinal));

    public string Tail() => string.Join('\n', _rig.Events.Where(seen => seen.Kind is HostEventKind.Stderr || seen.Text.StartsWith("Error: ", StringComparison.Ordinal)).TakeLast(40).Select(seen => $"{seen.At:HH:mm:ss} {seen.Text}"));

    public async ValueTask DisposeAsync()
    {
        await _memory.DisposeAsync();
        await _rig.DisposeAsync();
    }

    /// <summary>The first of each wave starts later than all before it: it becomes the current one, and the alias follows.</summary>
    private void Add(int wave)
    {
        var today = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);
        // The rest of the division is in the last wave.
        var until = wave == SoakSize.Waves ? _size.Iterations : _size.Iterations / SoakSize.Waves * wave;
        for (var first = true; _added < until; first = false)
        {
            foreach (var track in _rig.Tracks.TakeWhile(_ => _added < until))
            {
                _added++;
                var start = first ? today.AddDays(wave - SoakSize.Waves - 1) : today.AddDays(10 + _wanted[track].Count);
                var id = _rig.AddIteration(track, $"Sprint {_added}", start, start.AddDays(30));
                _wanted[track].Add(id);
                if (first)
                {
                    _current[track] = id;
                }
            }
        }
    }

    private async Task LookAtAllAsync()
    {
        foreach (var track in _rig.Tracks)
        {
            await _rig.SendLookAsync(track);
        }
    }

    /// <param name="quiet">Until a poll finds nothing to be done and no message is left; otherwise until no message is left.</param>
    private async Task PollUntilAsync(bool quiet, string what)
    {
        var begun = Stopwatch.GetTimestamp();
        using var every = new PeriodicTimer(s_pollEvery);
        while (true)
        {
            await _rig.EnsureHostAsync();
            var left = await _rig.CountMessagesAsync();
            var isQuiet = false;
            // The real timer fires every five minutes, by which time its messages are gone: more of the same would only be in the way.
            if (quiet && left < _rig.Tracks.Count)
            {
                var sent = _rig.Storage.Queues.Calls.Count("send_message");
                _polls++;
                isQuiet = (await _rig.PollAsync()).Succeeded && _rig.Storage.Queues.Calls.Count("send_message") == sent;
                left = await _rig.CountMessagesAsync();
            }

            Say(what, left);
            if (left == 0 && (!quiet || isQuiet))
            {
                return;
            }

            // Then the next wave comes before this one is through, and the end says what is missing.
            if (Stopwatch.GetElapsedTime(begun) > s_aWhile)
            {
                _say($"{what}: not quiet after {s_aWhile.TotalMinutes:0} minutes");
                return;
            }

            await every.WaitForNextTickAsync();
        }
    }

    private void Say(string what, int left)
    {
        var ready = _rig.Cloud.KeyVault.Secrets.Count(secret => secret.Tags.GetValueOrDefault("state") == "ready");
        var memory = _rig.Host.WorkerProcessId is { } id ? Megabytes(id) : "no process";
        _say(string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(_begun).TotalSeconds,5:0} s  {what}: {ready} of {_added} ready, {left} messages, {_faults.Counts.Values.Sum()} faults, {_faults.KillCount} kills, {memory}"));
    }

    private static string Megabytes(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return $"{process.WorkingSet64 / 1048576} MB";
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException)
        {
            return "no process";
        }
    }

    /// <summary>Emptied, so that the end can be read like any other.</summary>
    private async Task ReadPoisonAsync()
    {
        var queue = _rig.Queue($"{AppRig.QueueName}-poison");
        if (!await queue.ExistsAsync())
        {
            return;
        }

        while ((await queue.ReceiveMessagesAsync(32)).Value is { Length: > 0 } messages)
        {
            foreach (var message in messages)
            {
                var text = message.Body.ToString();
                _poison.Add(text);
                using var json = JsonDocument.Parse(text);
                if (json.RootElement.TryGetProperty("reason", out var reason) && reason.ValueKind == JsonValueKind.String && json.RootElement.TryGetProperty("message", out _))
                {
                    SentToPoison.Add(text);
                }

                await queue.DeleteMessageAsync(message.MessageId, message.PopReceipt);
            }
        }
    }
}
