using IterationBranches.Configuration;
using IterationBranches.Provisioning;
using IterationBranches.Testing;
using IterationBranches.Tests.Http;
using Microsoft.Extensions.Logging;

namespace IterationBranches.Tests.Provisioning;

/// <summary>The provisioner with all that it needs, in memory: Sprint 42 is running, and nothing has been done yet.</summary>
internal sealed class Bench
{
    public const string Orders = "orders";
    public const string Secret = "br-orders-2a6f9d84";
    public const string AliasName = "ConnectionStrings--orders";

    /// <param name="change">What the test's settings have that the working ones have not.</param>
    public Bench(Action<Dictionary<string, string?>>? change = null)
    {
        var values = SettingValues.Working();
        change?.Invoke(values);
        Settings = SettingsLoader.Load(values.ToConfiguration());
        Clock = new ManualTime(Some.Now);
        Queue = new InMemoryLookQueue(Clock);
        Boards = new InMemoryBoards(Journal);
        PlanetScale = new InMemoryPlanetScale(Clock, Journal);
        Vault = new InMemoryVault(Journal, Clock);
        Boards[Orders].Add(Some.Sprint42);
    }

    public Settings Settings { get; }

    public ManualTime Clock { get; }

    public CallJournal Journal { get; } = new();

    public InMemoryLookQueue Queue { get; }

    public InMemoryTrackLocks Locks { get; } = new();

    public InMemoryAskedNotes AskedNotes { get; } = new();

    public InMemoryBoards Boards { get; }

    public InMemoryPlanetScale PlanetScale { get; }

    public InMemoryVault Vault { get; }

    public SiteList Sites { get; } = new();

    public RecordedLog Log { get; } = new();

    /// <summary>From 0 to 1, for jitter.</summary>
    public double Chance { get; set; }

    public IReadOnlyList<string> Writes => Journal.Writes;

    public Poller Poller => new(Settings, Boards, Vault, Locks, Looks, Queue, Clock, LoggerOf<Poller>());

    public AskedLooks Looks => new(Queue, AskedNotes, Clock, LoggerOf<AskedLooks>());

    private Looker Looker => new(Boards, PlanetScale, PlanetScale, Vault, Settings, Clock);

    private StepRunner Runner => new(PlanetScale, PlanetScale, Vault, Sites, Settings, Clock, LoggerOf<StepRunner>());

    private Logger<T> LoggerOf<T>() => new(new LogFactory(Log));

    public Task LookAsync(string track = Orders) => HandleAsync(LookMessage.For(track, LookReason.Poll).ToJson());

    public Task RetryAsync() => HandleAsync((LookMessage.For(Orders, LookReason.Operator) with { Operation = new(LookOperation.Retry) }).ToJson());

    public Task HandleAsync(string text, CancellationToken cancellationToken = default)
    {
        // As in the composed app: nothing is kept from one message to the next.
        var parts = new ProvisioningParts(Settings, Queue, Looker, Runner, Vault, Clock, () => Chance);
        return new Provisioner(parts, Locks, Looks, LoggerOf<Provisioner>()).HandleAsync(text, cancellationToken);
    }

    /// <summary>The step that would give Sprint 42 another credential, with the world as it is; the journal is empty then.</summary>
    public async Task<(World World, Step Step)> IssueAgainAsync()
    {
        PlanetScale.Forget(Vault.Newest(Secret).CredentialId!);
        var world = await SeeAsync();
        return (world, Plan.For(world).Steps.OfType<Step.IssueCredential>().Single());
    }

    /// <summary>The world as it is; the journal is empty then.</summary>
    public async Task<World> SeeAsync()
    {
        var world = await Looker.LookAsync(Settings.Tracks[0], await Locks.ReadAsync(Orders, default), operation: null, default);
        Journal.Clear();
        return world;
    }

    public async Task<StepOutcome> RunAsync(Step step, World world, bool isLeaseLost = false)
    {
        await using var lease = await Locks.TryTakeAsync(Orders, default);
        if (isLeaseLost)
        {
            Locks.Break(Orders);
        }

        return await Runner.RunAsync(step, world, lease!, default);
    }

    /// <summary>What the host does: handles messages as they become visible, until there are none.</summary>
    public async Task DrainAsync()
    {
        for (var handled = 0; Queue.Messages.Count > 0; handled++)
        {
            Assert.True(handled < 100, "the messages do not end");
            var next = Queue.Messages.Min(message => message.VisibleAt);
            if (next > Clock.GetUtcNow())
            {
                Clock.Advance(next - Clock.GetUtcNow());
            }

            await HandleAsync(Queue.Take()!);
        }
    }

    /// <summary>Sprint 42 has its branch, its credential and the alias; nothing of that is in the journal.</summary>
    public async Task<Bench> ReadyAsync()
    {
        PlanetScale.ReadyAtOnce = true;
        await LookAsync();
        Assert.Equal("claim, create branch sprint-42, tag, create a credential, commit, point", Summary());
        Journal.Clear();
        return this;
    }

    /// <summary>The writes, each by its first words.</summary>
    public string Summary() => string.Join(", ", Writes
        .Select(write => write.Replace($" {Secret}", "").Replace($" {AliasName}", "").Replace(" on sprint-42", "")));

    /// <summary>The next call of this name is answered so; the later ones as always.</summary>
    public void Once(string call, Action happens)
    {
        Journal.Before = begun =>
        {
            if (begun.StartsWith(call, StringComparison.Ordinal))
            {
                Journal.Before = null;
                happens();
            }
        };
    }

    public void Refuse(string call, Failure failure, int? status = null, TimeSpan? retryAfter = null) => Journal.Before = begun =>
    {
        if (begun.StartsWith(call, StringComparison.Ordinal))
        {
            throw new PeerException(failure, $"no: {call}", status) { RetryAfter = retryAfter };
        }
    };

    public int Logged(string text) => Log.Text.Split('\n').Count(line => line.Contains(text, StringComparison.Ordinal));
}

internal sealed class SiteList : ISiteRefresher
{
    public List<string> Asked { get; } = [];

    public ServiceException? Refusal { get; set; }

    public Task RefreshAsync(string siteId, CancellationToken cancellationToken)
    {
        Asked.Add(siteId);
        return Refusal is null ? Task.CompletedTask : Task.FromException(Refusal);
    }
}

internal sealed class LogFactory(RecordedLog log) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => log;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose() => log.Dispose();
}
