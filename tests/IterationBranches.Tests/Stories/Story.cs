using IterationBranches.Provisioning;
using IterationBranches.Sandbox.StandIns.PlanetScale;
using IterationBranches.Testing.Hands;
using IterationBranches.Tests.CrashMatrix;

namespace IterationBranches.Tests.Stories;

/// <summary>
/// A rule of the protocol, walked through: the app with its real clients, the three services, and time. What became of
/// it is seen from outside, by the services.
/// </summary>
internal sealed class Story : IAsyncDisposable
{
    public const string Orders = CrashWorld.Track;
    public const string Alias = CrashWorld.Alias;

    private Story(CrashWorld world, IReadOnlyList<Incident> incidents) => (World, Host) = (world, new Host(world, incidents) { Rarely = TimeSpan.FromMinutes(5) });

    public CrashWorld World { get; }

    public Host Host { get; }

    public IReadOnlyList<BranchState> Branches => World.PlanetScale.Branches(CrashWorld.Database);

    public IEnumerable<string> BranchNames => Branches.Select(branch => branch.Name);

    public IReadOnlyList<PasswordState> Passwords => World.PlanetScale.Passwords(CrashWorld.Database);

    /// <summary>Sprint 42 is running, and nothing has been done yet.</summary>
    public static async Task<Story> BeginAsync(
        IReadOnlyList<Incident>? incidents = null, bool knowsActor = true, Action<Dictionary<string, string?>>? change = null)
    {
        var story = new Story(await CrashWorld.StartAsync(knowsActor, change), incidents ?? []);
        await story.Host.StartAsync();
        return story;
    }

    /// <summary>Sprint 42 has its branch, its credential and the alias.</summary>
    public static async Task<Story> ReadyAsync(bool knowsActor = true, Action<Dictionary<string, string?>>? change = null)
    {
        var story = await BeginAsync(knowsActor: knowsActor, change: change);
        await story.Host.PollAndDrainAsync();
        Assert.NotNull(story.LeadsTo(Alias));
        return story;
    }

    /// <summary>Polls every five minutes, and all that follows from them.</summary>
    public Task LiveAsync(double hours) => Host.LiveAsync(TimeSpan.FromHours(hours));

    /// <summary>What a service hook leaves on the queue.</summary>
    public Task HookAsync(string track = Orders) => World.Queue.SendAsync(LookMessage.For(track, LookReason.WorkItem), null, default);

    public SecretState Secret(string name) => World.KeyVault.Secrets.Single(secret => secret.Name == name);

    public string RecordOf(Guid iteration, string track = Orders) => Records.Record.NameFor(track, iteration);

    /// <summary>The branch that an application gets to with the secret's value; null when it is not let in.</summary>
    public string? LeadsTo(string secret) => World.LogInWith(secret) is { BranchId: var id } ? Branches.Single(branch => branch.Id == id).Name : null;

    /// <summary>What was logged at a level, with this text in it.</summary>
    public IReadOnlyList<string> Said(string level, string text = "") =>
        [.. World.Log.Text.Split('\n').Where(line => line.StartsWith(level, StringComparison.Ordinal) && line.Contains(text, StringComparison.Ordinal))];

    public IReadOnlyList<Call> Writes(int since = 0) =>
        [.. World.Calls.All.Skip(since).Where(call => call is { IsWrite: true, Service: not Service.Storage })];

    public int CallsTo(Service service) => World.Calls.All.Count(call => call.Service == service);

    public int Calls => World.Calls.All.Count;

    public async ValueTask DisposeAsync()
    {
        Host.Dispose();
        await World.DisposeAsync();
    }
}
