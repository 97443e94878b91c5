using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;
using IterationBranches.Sandbox.Demo;
using IterationBranches.Sandbox.FunctionsHost;
using IterationBranches.Testing.Faults;
using Microsoft.AspNetCore.Http;

namespace IterationBranches.EndToEnd.Tests.Sandbox;

/// <summary>The demo's story, played once: the published process, Azurite behind a proxy that records, the official clients.</summary>
public sealed partial class PlayedSandbox(PublishedAppFixture app) : IAsyncLifetime
{
    private readonly StringBuilder _sent = new();
    private AzuriteProxy? _storage;

    public RunningSandbox Running { get; private set; } = null!;

    public StoryResult Story { get; private set; } = null!;

    public ConcurrentQueue<HostEvent> Events { get; } = [];

    public IReadOnlyDictionary<string, string> Settings { get; private set; } = new Dictionary<string, string>();

    /// <summary>Everything that the app sent to the storage account.</summary>
    public string SentToStorage
    {
        get
        {
            lock (_sent)
            {
                return Decoded(_sent.ToString());
            }
        }
    }

    /// <summary>Takes the storage account away from the app, and gives it back.</summary>
    public void CutStorage(bool isCut) =>
        _storage!.Blobs.Faults.Otherwise = _storage.Queues.Faults.Otherwise = isCut ? (_, _) => Fault.Refuse(StatusCodes.Status503ServiceUnavailable) : null;

    public async ValueTask InitializeAsync()
    {
        Running = await RunningSandbox.StartAsync(Task.FromResult(app.Directory), _ => { }, Events.Enqueue, CancellationToken.None, async (cloud, settings) =>
        {
            _storage = await AzuriteProxy.StartAsync(cloud.Storage, TimeProvider.System, Read);
            settings["AzureWebJobsStorage"] = _storage.ConnectionString;
            Settings = settings;
        });
        Story = await IterationBranches.Sandbox.Demo.Story.PlayAsync(Running, _ => { }, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await Running.DisposeAsync();
        await (_storage?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    private void Read(string request)
    {
        lock (_sent)
        {
            _sent.Append(request);
        }
    }

    /// <summary>The text, and what of it is base64, decoded.</summary>
    private static string Decoded(string text) => text + string.Join('\n', Base64().Matches(text).Select(match =>
        new byte[match.Length] is var buffer && Convert.TryFromBase64String(match.Value, buffer, out var length) ? Encoding.UTF8.GetString(buffer, 0, length) : ""));

    [GeneratedRegex("[A-Za-z0-9+/]{16,}={0,2}", RegexOptions.None, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Base64();
}
