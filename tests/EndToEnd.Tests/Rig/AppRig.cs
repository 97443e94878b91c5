using System.Collections.Concurrent;
using System.Diagnostics;
using Azure;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Queues;
using IterationBranches.Provisioning;
using IterationBranches.Sandbox.Cloud;
using IterationBranches.Sandbox.FunctionsHost;
using IterationBranches.Sandbox.StandIns;
using IterationBranches.Storage;
using IterationBranches.Testing.Faults;
using Host = IterationBranches.Sandbox.FunctionsHost.FunctionsHost;

namespace IterationBranches.EndToEnd.Tests.Rig;

/// <summary>A team with a database, and the track between them.</summary>
public sealed record RigTrack(string Name, string Database)
{
    public string Team => $"Team {Name}";

    public string Alias => $"ConnectionStrings--{Name}";
}

/// <summary>
/// The published process under the stand-in host, with everything that it talks to made to fail on demand: the stand-ins, and
/// Azurite behind a proxy. The host itself goes to Azurite directly, so that faults and kills strike the app alone.
/// </summary>
public sealed class AppRig : IAsyncDisposable
{
    public const string Project = "Meridian";
    public const string QueueName = "provision-branch";

    /// <summary>The shortest that the storage account takes: so long a dead process keeps its track.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);

    private readonly string _appDirectory;
    private readonly Dictionary<string, string> _settings;

    private AppRig(string appDirectory, SandboxCloud cloud, AzuriteProxy storage, IReadOnlyList<RigTrack> tracks)
    {
        (_appDirectory, Cloud, Storage, Tracks) = (appDirectory, cloud, storage, tracks);
        _settings = Settings();
        Host = NewHost();
    }

    public SandboxCloud Cloud { get; }

    public AzuriteProxy Storage { get; }

    public IReadOnlyList<RigTrack> Tracks { get; }

    /// <summary>The host of this moment: one that has given up is replaced by <see cref="EnsureHostAsync"/>.</summary>
    public Host Host { get; private set; }

    public int HostStarts { get; private set; }

    /// <summary>All that every host has told.</summary>
    public ConcurrentQueue<HostEvent> Events { get; } = [];

    /// <summary>Whatever the app calls, by the name of the service.</summary>
    public IReadOnlyList<(string Name, StandIn StandIn)> Services =>
        [.. Cloud.StandIns.Where(standIn => standIn.StandIn != Cloud.AppService), ("blobs", Storage.Blobs), ("queues", Storage.Queues)];

    public static async Task<AppRig> StartAsync(string appDirectory, params IReadOnlyList<RigTrack> tracks)
    {
        var cloud = await SandboxCloud.StartAsync(TimeProvider.System, new(), _ => { }, CancellationToken.None);
        var storage = await AzuriteProxy.StartAsync(cloud.Storage, TimeProvider.System);
        cloud.Boards.AddProject(Project);
        foreach (var track in tracks)
        {
            cloud.Boards.AddTeam(Project, track.Team);
        }

        foreach (var database in tracks.Select(track => track.Database).Distinct().Except([Seed.Shop, Seed.Inventory]))
        {
            cloud.AddDatabase(database);
        }

        var rig = new AppRig(appDirectory, cloud, storage, tracks);
        try
        {
            await rig.StartHostAsync();
            return rig;
        }
        catch
        {
            await rig.DisposeAsync();
            throw;
        }
    }

    public Guid AddIteration(RigTrack track, string name, DateOnly start, DateOnly finish)
    {
        var id = Cloud.Boards.AddIteration(Project, null, name, start, finish);
        Cloud.Boards.SelectForTeam(Project, track.Team, id);
        return id;
    }

    /// <summary>Runs the timer function once.</summary>
    public Task<InvocationResult> PollAsync() => Host.RunTimerAsync("PollIterations");

    /// <summary>Puts a look on the queue: what a poll does once an hour for the deep look.</summary>
    public Task SendLookAsync(RigTrack track) =>
        Queue(QueueName).SendMessageAsync(LookMessage.For(track.Name, LookReason.Poll).ToJson());

    public QueueClient Queue(string name) => new(Cloud.Storage.ConnectionString, name, new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 });

    /// <summary>Messages on the queue, visible or not.</summary>
    public async Task<int> CountMessagesAsync() =>
        await Queue(QueueName).ExistsAsync() ? (await Queue(QueueName).GetPropertiesAsync()).Value.ApproximateMessagesCount : 0;

    /// <summary>What time does with the lease of a process that died.</summary>
    public async Task LetLeaseRunOutAsync(RigTrack track)
    {
        var blob = new AppendBlobClient(Cloud.Storage.ConnectionString, BlobTrackLocks.ContainerName, $"locks/{track.Name}");
        try
        {
            await blob.GetBlobLeaseClient().BreakAsync(TimeSpan.Zero);
        }
        catch (RequestFailedException none) when (none.Status is 404 or 409)
        {
            // Nobody has it.
        }
    }

    /// <summary>SIGKILL by somebody else than the host, as when the machine has no memory left; the third within half an hour stops the host.</summary>
    /// <returns>False: nothing was there to be killed.</returns>
    public bool KillProcess()
    {
        if (Host.WorkerProcessId is not { } id)
        {
            return false;
        }

        try
        {
            using var process = Process.GetProcessById(id);
            process.Kill();
            return true;
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>What the platform does: an instance whose host has given up is replaced.</summary>
    public async Task EnsureHostAsync()
    {
        if (Host.Stopped.IsCompleted)
        {
            await Host.DisposeAsync();
            Host = NewHost();
            await StartHostAsync();
        }
    }

    /// <summary>A second instance of the app, which does only what it is told: it takes nothing from the queue.</summary>
    public async Task<Host> StartSecondAsync()
    {
        var second = NewHost(runQueues: false);
        await second.StartAsync();
        return second;
    }

    public async ValueTask DisposeAsync()
    {
        await Host.StopAsync(TimeSpan.Zero);
        await Host.DisposeAsync();
        await Storage.DisposeAsync();
        await Cloud.DisposeAsync();
    }

    private async Task StartHostAsync()
    {
        HostStarts++;
        await Host.StartAsync();
    }

    private Host NewHost(bool runQueues = true) => new(
        new FunctionsHostOptions
        {
            AppDirectory = _appDirectory,
            Settings = _settings,
            HostStorage = Cloud.Storage.ConnectionString,
            RunTimers = false,
            RunQueues = runQueues,
            OnEvent = Events.Enqueue,
        },
        TimeProvider.System);

    private Dictionary<string, string> Settings()
    {
        var settings = Cloud.Settings(new());
        settings["AzureWebJobsStorage"] = Storage.ConnectionString;
        settings["LeaseDuration"] = Lease.ToString("c");
        // The app knows who it is: otherwise a lost answer to its very first creation leaves a branch that nobody can know.
        settings["PlanetScale__ActorId"] = SandboxCloud.ActorId;
        // host.json says 30 seconds and 10: too long to sit out here.
        settings["AzureFunctionsJobHost__extensions__queues__visibilityTimeout"] = "00:00:01";
        settings["AzureFunctionsJobHost__extensions__queues__maxPollingInterval"] = "00:00:01";
        settings["TrackDefaults__Project"] = Project;
        settings["TrackDefaults__Retire"] = "Keep";
        settings["TrackDefaults__LeadTime"] = "Always";
        settings["TrackDefaults__BranchName"] = "{track}-{iteration}";
        foreach (var track in Tracks)
        {
            settings[$"Tracks__{track.Name}__Team"] = track.Team;
            settings[$"Tracks__{track.Name}__Database"] = track.Database;
        }

        return settings;
    }
}
