using System.Net.Http.Headers;
using System.Text;
using IterationBranches.Branches;
using IterationBranches.Credentials;
using IterationBranches.Iterations;
using IterationBranches.Provisioning;
using IterationBranches.Records;
using IterationBranches.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Moq;

namespace IterationBranches.Functions.Tests.Running;

/// <summary>
/// The function app as it is composed, over HTTP, with the edges swapped. What nobody expected fails: the mocks are strict.
/// </summary>
internal sealed class RunningHandler : IAsyncDisposable
{
    public const string Hook = "/api/hooks/azure-devops";

    private StartedApp _app = null!;

    private RunningHandler() => Queue = new(Clock);

    public ManualTime Clock { get; } = new();

    public InMemoryLookQueue Queue { get; }

    public InMemoryTrackLocks Locks { get; } = new();

    public InMemoryHookNotes HookNotes { get; } = new();

    public Mock<IIterationSource> Iterations { get; } = new(MockBehavior.Strict);

    public Mock<IRecordStore> Records { get; } = new(MockBehavior.Strict);

    public Mock<IBranchProvider> Branches { get; } = new(MockBehavior.Strict);

    public Mock<ICredentialProvider> Credentials { get; } = new(MockBehavior.Strict);

    public RecordedLog Log { get; } = new();

    public HttpClient Http { get; } = new();

    public IServiceProvider Services => _app.Services;

    public ILoggerFactory Logs => Services.GetRequiredService<ILoggerFactory>();

    public ICollection<string> Addresses => _app.Addresses;

    public IEnumerable<string> QueuedTexts => Queue.Messages.Select(message => message.Text);

    /// <param name="change">Changes the settings of a working app.</param>
    /// <param name="edges">Swaps an edge in another way.</param>
    public static async Task<RunningHandler> StartAsync(Action<Dictionary<string, string?>>? change = null, Action<IServiceCollection>? edges = null)
    {
        var settings = SettingValues.Working();
        change?.Invoke(settings);
        var started = new RunningHandler();
        started._app = await StartedApp.StartAsync(settings.ToConfiguration(), services =>
        {
            services.AddSingleton<TimeProvider>(started.Clock);
            services.AddSingleton<ILookQueue>(started.Queue);
            services.AddSingleton<ITrackLocks>(started.Locks);
            services.AddSingleton<IHookNotes>(started.HookNotes);
            services.AddSingleton(started.Iterations.Object);
            services.AddSingleton(started.Records.Object);
            services.AddSingleton(started.Branches.Object);
            services.AddSingleton(started.Credentials.Object);
            services.AddSingleton<ILoggerProvider>(started.Log);
            edges?.Invoke(services);
        });
        started.Http.BaseAddress = new Uri(started.Addresses.Single());
        return started;
    }

    public async Task<Answer> SendAsync(HttpMethod method, string path, HttpContent? content = null, AuthenticationHeaderValue? credential = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content, Headers = { Authorization = credential } };
        using var response = await Http.SendAsync(request);
        return await Answer.OfAsync(response);
    }

    /// <summary>Calls a timer or queue function as the host does: chunked.</summary>
    public Task<Answer> InvokeAsync(string function, string body) =>
        SendAsync(HttpMethod.Post, $"/{function}", new ChunkedContent(Encoding.UTF8.GetBytes(body)));

    public Task<Answer> PollAsync() => InvokeAsync(PollIterations.Name, CapturedRequest.Read("timer.first-run.txt").Body);

    /// <summary>Calls <c>ProvisionBranch</c> with a message as the host writes it.</summary>
    public Task<Answer> ProvisionAsync(string text) => InvokeAsync(ProvisionBranch.Name, Invocations.Of(text));

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
        await _app.DisposeAsync();
    }
}
