using System.Collections.Concurrent;
using IterationBranches.Sandbox.Demo;
using IterationBranches.Sandbox.FunctionsHost;

namespace IterationBranches.EndToEnd.Tests.Sandbox;

/// <summary>The demo's story, played once: the published process, Azurite behind a proxy that records, the official clients.</summary>
public sealed class PlayedSandbox(PublishedAppFixture app) : IAsyncLifetime
{
    private readonly List<RecordingProxy> _proxies = [];

    public RunningSandbox Running { get; private set; } = null!;

    public StoryResult Story { get; private set; } = null!;

    public ConcurrentQueue<HostEvent> Events { get; } = [];

    public IReadOnlyDictionary<string, string> Settings { get; private set; } = new Dictionary<string, string>();

    /// <summary>Everything that the app sent to the storage account.</summary>
    public string SentToStorage => string.Join('\n', _proxies.Select(proxy => proxy.Sent));

    /// <summary>Takes the storage account away from the app, and gives it back.</summary>
    public void CutStorage(bool isCut) => _proxies.ForEach(proxy => proxy.Cut(isCut));

    public async ValueTask InitializeAsync()
    {
        Running = await RunningSandbox.StartAsync(app.Directory, _ => { }, Events.Enqueue, CancellationToken.None, settings =>
        {
            settings["AzureWebJobsStorage"] = Through(settings["AzureWebJobsStorage"]);
            Settings = settings;
        });
        Story = await IterationBranches.Sandbox.Demo.Story.PlayAsync(Running, _ => { }, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await Running.DisposeAsync();
        _proxies.ForEach(proxy => proxy.Dispose());
    }

    /// <summary>The connection string with each endpoint's port replaced by that of a proxy.</summary>
    private string Through(string connectionString) => string.Join(';', connectionString.Split(';').Select(part =>
    {
        if (!part.Contains("Endpoint=", StringComparison.Ordinal))
        {
            return part;
        }

        var address = new Uri(part[(part.IndexOf('=', StringComparison.Ordinal) + 1)..]);
        var proxy = new RecordingProxy(address.Port);
        _proxies.Add(proxy);
        return part.Replace($":{address.Port}/", $":{proxy.Port}/", StringComparison.Ordinal);
    }));
}
