using Azure.Core;
using Azure.Security.KeyVault.Secrets;
using IterationBranches.AzureBoards;
using IterationBranches.Branches;
using IterationBranches.Credentials;
using IterationBranches.Iterations;
using IterationBranches.KeyVault;
using IterationBranches.PlanetScale;
using IterationBranches.Provisioning;
using IterationBranches.Tests.Provisioning;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Logging;

namespace IterationBranches.Tests.CrashMatrix;

/// <summary>
/// One process of the app with the real clients. It can be killed, after which no line of it has any effect or learns
/// anything; or stand still, as a machine does that is paused: then its clocks do not run out.
/// </summary>
internal sealed class Worker : IDisposable
{
    private readonly OutsideWorld _world;
    private readonly ProcessTime _time;
    private readonly ServiceProvider _services;
    private readonly HttpClient _vault;
    private readonly KeyVaultRecordStore _records;
    private readonly TaskCompletionSource _never = new();
    private volatile bool _isDead;

    public Worker(OutsideWorld world)
    {
        _world = world;
        _time = new ProcessTime(world.Clock);
        var services = new ServiceCollection();
        services
            .AddSingleton(world.Settings)
            .AddSingleton<TimeProvider>(_time)
            .AddSingleton<TokenCredential>(new AppCredential())
            .AddLogging(logging => logging.SetMinimumLevel(world.ClientsLog).AddProvider(world.Log))
            .AddAzureBoards(() => 0)
            .AddPlanetScale(() => 0)
            .ConfigureAll<HttpClientFactoryOptions>(options =>
                options.HttpMessageHandlerBuilderActions.Add(builder => builder.AdditionalHandlers.Add(new ProcessHandler(this))));
        _services = services.BuildServiceProvider();
        _vault = new HttpClient(new ProcessHandler(this) { InnerHandler = new VaultHandler(_time, OutsideWorld.TrustingHandler()) }) { Timeout = Timeout.InfiniteTimeSpan };
        var client = new SecretClient(world.KeyVault.Address, _services.GetRequiredService<TokenCredential>(), new SecretClientOptions(SecretClientOptions.ServiceVersion.V2025_07_01)
        {
            DisableChallengeResourceVerification = true,
            Transport = new Azure.Core.Pipeline.HttpClientTransport(_vault),
            // As many tries as the app's; only the waits between them, which are the machine's time, are short.
            Retry = { MaxRetries = OutsideWorld.VaultTries - 1, Mode = RetryMode.Fixed, Delay = TimeSpan.FromMilliseconds(1) },
        });
        _records = new KeyVaultRecordStore(client, world.Settings, _time, new Logger<KeyVaultRecordStore>(new LogFactory(world.Log)));
    }

    public bool IsFit => !_isDead && !_time.StandsStill;

    /// <summary>The vault's first answer to a process is always its challenge; it comes before what is counted.</summary>
    public Task GreetAsync() => _records.ListAsync(CancellationToken.None);

    public Task HandleAsync(string text)
    {
        var branches = _services.GetRequiredService<IBranchProvider>();
        var credentials = _services.GetRequiredService<ICredentialProvider>();
        var looker = new Looker(_services.GetRequiredService<IIterationSource>(), branches, credentials, _records, _world.Settings, _time);
        var runner = new StepRunner(branches, credentials, _records, new SitesOfWorker(this, _world.Refreshed, _world.Edge), _world.Settings, _time, LoggerOf<StepRunner>());
        var parts = new ProvisioningParts(_world.Settings, Queue, looker, runner, _records, _time, () => _world.Chance);
        return new Provisioner(parts, Locks, new AskedLooks(Queue, _world.AskedNotes, _time, LoggerOf<AskedLooks>()), LoggerOf<Provisioner>()).HandleAsync(text, CancellationToken.None);
    }

    public Task PollAsync() =>
        new Poller(_world.Settings, _services.GetRequiredService<IIterationSource>(), _records, Locks, new AskedLooks(Queue, _world.AskedNotes, _time, LoggerOf<AskedLooks>()), Queue, _time, LoggerOf<Poller>()).PollAsync(CancellationToken.None);

    public void Kill()
    {
        _isDead = true;
        StandStill();
    }

    public void StandStill()
    {
        _time.StandsStill = true;
        AbandonLease();
    }

    public void Wake() => _time.StandsStill = false;

    /// <summary>Nobody renews it any more. Where processes die there is one track, so whoever has its lease is the one that is meant.</summary>
    public void AbandonLease()
    {
        foreach (var track in _world.Settings.Tracks)
        {
            _world.Locks.Abandon(track.Name);
        }
    }

    /// <summary>Comes back only to the living.</summary>
    public Task LivesAsync() => _isDead ? _never.Task : Task.CompletedTask;

    public void Dispose()
    {
        _services.Dispose();
        _vault.Dispose();
    }

    private QueueOfWorker Queue => new(this, _world.Queue, _world.Edge);

    private LocksOfWorker Locks => new(this, _world.Locks, _world.Edge);

    private Logger<T> LoggerOf<T>() => new(new LogFactory(_world.Log));

    private sealed class ProcessHandler(Worker worker) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await worker.LivesAsync();
            try
            {
                return await base.SendAsync(request, cancellationToken);
            }
            finally
            {
                await worker.LivesAsync();
            }
        }
    }

    /// <summary>Azure.Core counts its waits and its network timeout on the machine's clock; here they are counted on the world's.</summary>
    private sealed class VaultHandler(TimeProvider time, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30), time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
            var response = await base.SendAsync(request, either.Token);
            if (response.Headers.RetryAfter is not null)
            {
                response.Headers.Add("retry-after-ms", "1");
            }

            return response;
        }
    }

    private sealed class ProcessTime(TimeProvider world) : TimeProvider
    {
        private volatile bool _standsStill;

        public bool StandsStill { get => _standsStill; set => _standsStill = value; }

        public override long TimestampFrequency => world.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => world.GetUtcNow();

        public override long GetTimestamp() => world.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => world.CreateTimer(
            inner =>
            {
                if (!StandsStill)
                {
                    callback(inner);
                }
            },
            state,
            dueTime,
            period);
    }
}
