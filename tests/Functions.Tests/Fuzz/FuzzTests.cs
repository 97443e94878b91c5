using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using IterationBranches.Configuration;
using IterationBranches.Functions.Tests.Running;
using IterationBranches.Provisioning;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace IterationBranches.Functions.Tests.Fuzz;

/// <summary>
/// The only door that strangers can knock at, against requests that nobody foresaw: never a 5xx, never a message that the
/// consumer refuses, never a line in the log that the request wrote, and no growth in memory.
/// </summary>
[Trait("Category", "Fuzz")]
public sealed class FuzzTests
{
    /// <summary>How many requests; 20,000 when not set.</summary>
    public const string CountVariable = "FUZZ_PAYLOADS";

    /// <summary>A number; <c>random</c> for other requests each time. A failure says which it was.</summary>
    public const string SeedVariable = "FUZZ_SEED";

    private const int AtOnce = 4;
    private const int Parts = 10;

    private static readonly int[] s_answers = [200, 202, 400, 401, 413, 415];

    [Fact]
    public async Task Whatever_is_sent_is_answered_in_kind_and_queues_nothing_that_cannot_be_read()
    {
        var seed = Environment.GetEnvironmentVariable(SeedVariable) switch
        {
            null or "" => 42,
            "random" => System.Random.Shared.Next(),
            var given => int.Parse(given, CultureInfo.InvariantCulture),
        };
        var count = Environment.GetEnvironmentVariable(CountVariable) is { Length: > 0 } wanted ? int.Parse(wanted, CultureInfo.InvariantCulture) : 20_000;
        var (queue, log, answers) = (new CheckingQueue(), new DullLog(), new ConcurrentDictionary<int, int>());
        await using var app = await RunningApp.StartAsync(Tracks, services =>
        {
            services.RemoveAll<ILoggerProvider>();
            services.AddSingleton<ILoggerProvider>(log);
            services.AddSingleton<ILookQueue>(queue);
            services.AddSingleton<IAskedNotes>(new NoNotes());
        });
        var port = app.Http.BaseAddress!.Port;
        var heap = new List<long>();

        for (var part = 0; part < Parts; part++)
        {
            await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(worker => Task.Run(() => SendAsync(port, seed, (part * AtOnce) + worker, count / (Parts * AtOnce), answers))));
            heap.Add(GC.GetTotalMemory(forceFullCollection: true));
        }

        var summary = $"{answers.Values.Sum()} requests of seed {seed}: {string.Join(", ", answers.OrderBy(answer => answer.Key).Select(answer => $"{answer.Value} times {answer.Key}"))}; {queue.Sent} messages; {log.Count} lines";
        TestContext.Current.TestOutputHelper?.WriteLine($"{summary}; heap {string.Join(", ", heap.Select(bytes => $"{bytes / 1024 / 1024} MiB"))}");
        // Each kind came up, or the requests are not what they are meant to be.
        Assert.True(s_answers.All(answers.ContainsKey) || count < 20_000, summary);
        Assert.All(queue.Texts, text => Assert.NotNull(app.Services.GetRequiredService<Settings>().FindTrack(LookMessage.Parse(text).Message!.Track)));
        Assert.Null(log.Broken);
        Assert.True(heap[^1] < (heap[1] * 3 / 2) + (16 * 1024 * 1024), $"the heap grew from {heap[1]} to {heap[^1]} bytes");
    }

    private static async Task SendAsync(int port, int seed, int stream, int count, ConcurrentDictionary<int, int> answers)
    {
        var mutator = new Mutator(new Random(unchecked((seed * 1_000_003) + stream)));
        using var connection = new RawConnection(port);
        for (var i = 0; i < count; i++)
        {
            var request = mutator.Next();
            var status = await connection.SendAsync(request);
            answers.AddOrUpdate(status, 1, (_, before) => before + 1);
            if (!s_answers.Contains(status))
            {
                Assert.Fail($"{SeedVariable}={seed}, stream {stream}, request {i}: {status} for {Encoding.Latin1.GetString(request)}");
            }
        }
    }

    private static void Tracks(Dictionary<string, string?> settings)
    {
        settings["TrackDefaults__Retire"] = "Keep";
        settings["Tracks__orders__GitBranches"] = "main,release/*,*a*b*c*";
        settings["Tracks__billing__Project"] = "3f6c1b0e-8d52-4c6a-9a57-2f1d4b7e9c10";
        settings["Tracks__billing__IterationRoot"] = "Release 5";
        settings["Tracks__billing__Database"] = "invoices";
        settings["Tracks__broken__Project"] = "Meridian";
    }

    /// <summary>Keeps each text once.</summary>
    private sealed class CheckingQueue : ILookQueue
    {
        private readonly ConcurrentDictionary<string, bool> _texts = [];
        private int _sent;

        public int Sent => _sent;

        public ICollection<string> Texts => _texts.Keys;

        public Task<DateTimeOffset?> FindFrontAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task SendAsync(LookMessage message, TimeSpan? delay, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _sent);
            _texts.TryAdd(message.ToJson(), true);
            return Task.CompletedTask;
        }

        public Task PoisonAsync(string text, string reason, CancellationToken cancellationToken) => throw new InvalidOperationException("A hook poisons nothing.");
    }

    /// <summary>Every hook is the first.</summary>
    private sealed class NoNotes : IAskedNotes
    {
        public Task<AskedNote> ReadAsync(string track, CancellationToken cancellationToken) => Task.FromResult(new AskedNote(track, null, null, ""));

        public Task WriteAsync(AskedNote read, DateTimeOffset sentAt, DateTimeOffset visibleAt, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task ClearAsync(string track, CancellationToken cancellationToken) => Task.CompletedTask;
    }

    /// <summary>Counts the lines, and keeps the first that a request could have written.</summary>
    private sealed class DullLog : ILoggerProvider, ILogger
    {
        private int _count;

        public int Count => _count;

        public string? Broken { get; private set; }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            Interlocked.Increment(ref _count);
            var line = $"{formatter(state, exception)}{exception}";
            if (line.Any(char.IsControl) || line.Contains(HookCredential.Password, StringComparison.Ordinal) || logLevel >= LogLevel.Error)
            {
                Broken ??= line;
            }
        }

        public void Dispose()
        {
            // Nothing is held.
        }
    }
}
