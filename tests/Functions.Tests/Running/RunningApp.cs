using System.Net.Http.Headers;
using IterationBranches.Branches;
using IterationBranches.Credentials;
using IterationBranches.Iterations;
using IterationBranches.Provisioning;
using IterationBranches.Records;
using IterationBranches.Sandbox.FunctionsHost;
using IterationBranches.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Moq;

namespace IterationBranches.Functions.Tests.Running;

/// <summary>
/// The function app as it is composed, in this process, under the stand-in host, with the edges swapped. What nobody expected fails: the
/// mocks are strict.
/// </summary>
internal sealed class RunningApp : IAsyncDisposable
{
    public const string Hook = "/api/hooks/azure-devops";
    public const string FunctionKey = "the-function-key";

    private readonly FunctionsHost _host;
    private InProcessWorker _worker = null!;

    private RunningApp(IConfiguration settings, Action<IServiceCollection>? edges, TimeSpan functionTimeout)
    {
        Queue = new(Clock);
        // The edges of the app are swapped: nothing of the host's is to reach further than the worker.
        _host = new FunctionsHost(
            new FunctionsHostOptions
            {
                AppDirectory = AppContext.BaseDirectory,
                Settings = new Dictionary<string, string> { ["PollSchedule"] = "20 */5 * * * *", ["ProvisionQueueName"] = "provision-branch", ["AzureFunctionsJobHost__functionTimeout"] = $"{functionTimeout:c}" },
                FunctionKey = FunctionKey,
                RunTimers = false,
                RunQueues = false,
            },
            TimeProvider.System,
            async (host, workerId, _) => _worker = await InProcessWorker.StartAsync(host, workerId, settings, services =>
            {
                Swap(services);
                edges?.Invoke(services);
            }));
    }

    public ManualTime Clock { get; } = new();

    public InMemoryLookQueue Queue { get; }

    public InMemoryTrackLocks Locks { get; } = new();

    public InMemoryAskedNotes AskedNotes { get; } = new();

    public Mock<IIterationSource> Iterations { get; } = new(MockBehavior.Strict);

    public Mock<IRecordStore> Records { get; } = new(MockBehavior.Strict);

    public Mock<IBranchProvider> Branches { get; } = new(MockBehavior.Strict);

    public Mock<ICredentialProvider> Credentials { get; } = new(MockBehavior.Strict);

    public RecordedLog Log { get; } = new();

    /// <summary>With the host's master key, which opens every function.</summary>
    public HttpClient Http { get; } = new();

    public IServiceProvider Services => _worker.Services;

    /// <summary>Without the times under which they are noted.</summary>
    public IEnumerable<string> QueuedTexts => Queue.Messages.Select(message => (LookMessage.Parse(message.Text).Message! with { AskedAt = null }).ToJson());

    /// <param name="change">Changes the settings of a working app.</param>
    /// <param name="edges">Swaps an edge in another way.</param>
    /// <param name="functionTimeout">After which the host cancels an invocation; null: that of host.json.</param>
    public static async Task<RunningApp> StartAsync(Action<Dictionary<string, string?>>? change = null, Action<IServiceCollection>? edges = null, TimeSpan? functionTimeout = null)
    {
        var settings = SettingValues.Working();
        change?.Invoke(settings);
        var started = new RunningApp(settings.ToConfiguration(), edges, functionTimeout ?? TimeSpan.FromMinutes(5));
        await started._host.StartAsync();
        started.Http.BaseAddress = started._host.Address;
        started.Http.DefaultRequestHeaders.Add("x-functions-key", started._host.MasterKey);
        return started;
    }

    public async Task<Answer> SendAsync(HttpMethod method, string path, HttpContent? content = null, AuthenticationHeaderValue? credential = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content, Headers = { Authorization = credential } };
        using var response = await Http.SendAsync(request);
        return await Answer.OfAsync(response);
    }

    public Task<InvocationResult> PollAsync() => _host.RunTimerAsync(nameof(PollIterations));

    /// <summary>Calls <c>ProvisionBranch</c> with the text of a message.</summary>
    public Task<InvocationResult> ProvisionAsync(string text) => _host.InvokeAsync(nameof(ProvisionBranch), text);

    public Task<Answer> ReceiveAsync(HttpContent content, string track = "", AuthenticationHeaderValue? credential = null) =>
        SendAsync(HttpMethod.Post, track.Length == 0 ? Hook : $"{Hook}/{track}", content, credential ?? HookCredential.Right);

    /// <summary>Puts a memory beside the track's lock, as an earlier run would.</summary>
    public async Task RememberAsync(string track, TrackMemory memory)
    {
        await using var lease = await Locks.TryTakeAsync(track, CancellationToken.None);
        await lease!.RememberAsync(memory, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _host.StopAsync(TimeSpan.Zero);
        await _host.DisposeAsync();
        _worker.Dispose();
    }

    private void Swap(IServiceCollection services)
    {
        services.AddSingleton<TimeProvider>(Clock);
        services.AddSingleton<ILookQueue>(Queue);
        services.AddSingleton<ITrackLocks>(Locks);
        services.AddSingleton<IAskedNotes>(AskedNotes);
        services.AddSingleton(Iterations.Object);
        services.AddSingleton(Records.Object);
        services.AddSingleton(Branches.Object);
        services.AddSingleton(Credentials.Object);
        services.AddSingleton<ILoggerProvider>(Log);
    }
}
