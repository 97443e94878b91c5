using System.Text.RegularExpressions;
using IterationBranches.Branches;
using IterationBranches.Credentials;
using IterationBranches.Iterations;
using IterationBranches.Provisioning;
using IterationBranches.Records;
using IterationBranches.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace IterationBranches.Infra.Tests.Templates;

/// <summary>
/// "A track has failed for an hour", against the lines of the composed app: alone, as the worker sends those of an
/// invocation, and as a console prints them, which is how those of the start reach the host.
/// </summary>
public sealed partial class TrackAlertTests : ILoggerProvider, IAsyncDisposable
{
    private static readonly Regex s_pattern = new(Pattern().Match(AlertTests.QueryOf("track")).Groups["pattern"].Value, RegexOptions.None, TimeSpan.FromSeconds(1));

    private readonly ManualTime _clock = new(new DateTimeOffset(2026, 8, 26, 12, 0, 0, TimeSpan.Zero));
    private readonly CallJournal _journal = new();
    private readonly List<(LogLevel Level, string Category, EventId Id, string Text)> _lines = [];
    private readonly InMemoryLookQueue _queue;
    private readonly InMemoryPlanetScale _planetScale;
    private readonly InMemoryBoards _boards;
    private readonly InMemoryVault _vault;
    private readonly InMemoryTrackLocks _locks = new();
    private ServiceProvider? _app;

    public TrackAlertTests()
    {
        _queue = new(_clock);
        _planetScale = new(_clock, _journal);
        _boards = new(_journal);
        _vault = new(_journal, _clock);
    }

    [Fact]
    public async Task A_track_whose_iterations_cannot_be_listed_is_seen_at_each_poll()
    {
        await RememberAsync();
        Refuse("list the iterations of orders", Failure.Transient);

        Assert.Equal("orders: no: list the iterations of orders", Assert.Single((await PollAsync()).Failed));

        Assert.Equal(["orders"], Seen());
    }

    [Fact]
    public async Task A_look_that_fails_is_seen_each_time()
    {
        Refuse("get the database", Failure.Transient);

        await Assert.ThrowsAsync<PeerException>(() => LookAsync());

        Assert.Equal(["orders"], Seen());
    }

    [Fact]
    public async Task What_a_person_must_mend_is_seen_at_each_poll_though_nothing_is_tried()
    {
        Refuse("get the database", Failure.PersonNeeded);
        await LookAsync();
        _lines.Clear();

        _clock.Advance(TimeSpan.FromMinutes(45));
        Assert.Empty((await PollAsync()).Failed);

        Assert.Equal(["orders"], Seen());
    }

    [Fact]
    public async Task A_track_with_wrong_settings_is_seen_at_each_poll()
    {
        Start(settings => settings["Tracks__stock__Project"] = "Meridian");

        await PollAsync();

        Assert.Equal(["stock"], Seen());
    }

    [Fact]
    public async Task Where_all_is_well_or_mended_nothing_is_seen()
    {
        Refuse("get the database", Failure.PersonNeeded);
        await LookAsync();
        _journal.Before = null;
        await LookAsync(",\"operation\":{\"verb\":\"retry\"}");
        _lines.Clear();

        Assert.Empty((await PollAsync()).Failed);

        Assert.Empty(Seen());
        Assert.Contains(_lines, line => line.Text.StartsWith("Polled 1 tracks", StringComparison.Ordinal));
    }

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
        // The app disposes its providers; the test disposes the app.
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }
    }

    /// <summary>The tracks that the alert's query finds in the lines so far, each line in both of its forms.</summary>
    private List<string> Seen()
    {
        var console = App.GetServices<ConsoleFormatter>().Single(formatter => formatter.Name == ConsoleFormatterNames.Simple);
        var seen = new List<string>();
        foreach (var (level, category, id, text) in _lines)
        {
            using var printed = new StringWriter();
            console.Write(new LogEntry<string>(level, category, id, text, null, (state, _) => state), null, printed);
            Assert.EndsWith($"{text}\n", printed.ToString(), StringComparison.Ordinal);
            Assert.NotEqual($"{text}\n", printed.ToString());
            var (inConsole, alone) = (s_pattern.Match(printed.ToString()), s_pattern.Match(text));
            Assert.Equal(alone.Groups[1].Value, inConsole.Groups[1].Value);
            seen.AddRange(alone.Success ? [alone.Groups[1].Value] : []);
        }

        return seen;
    }

    private void Refuse(string call, Failure failure) => _journal.Before = begun =>
    {
        if (begun.StartsWith(call, StringComparison.Ordinal))
        {
            throw new PeerException(failure, $"no: {call}");
        }
    };

    private async Task RememberAsync()
    {
        await using var lease = await _locks.TryTakeAsync("orders", default);
        await lease!.RememberAsync(new TrackMemory { LastLook = _clock.GetUtcNow() }, default);
    }

    private ServiceProvider App => _app ?? Start();

    private Task<PollResult> PollAsync() => App.GetRequiredService<Poller>().PollAsync(default);

    private Task LookAsync(string operation = "") =>
        App.GetRequiredService<Provisioner>().HandleAsync("{\"version\":1,\"track\":\"orders\",\"reason\":\"operator\"" + operation + "}", default);

    private ServiceProvider Start(Action<Dictionary<string, string?>>? change = null)
    {
        var settings = SettingValues.Working();
        change?.Invoke(settings);
        return _app = new ServiceCollection()
            .AddLogging(logging => logging.AddSimpleConsole(console => console.SingleLine = true).ClearProviders().AddProvider(this))
            .AddIterationBranches(settings.ToConfiguration())
            .AddSingleton<TimeProvider>(_clock)
            .AddSingleton<ILookQueue>(_queue)
            .AddSingleton<ITrackLocks>(_locks)
            .AddSingleton<IAskedNotes>(new InMemoryAskedNotes())
            .AddSingleton<IIterationSource>(_boards)
            .AddSingleton<IRecordStore>(_vault)
            .AddSingleton<IBranchProvider>(_planetScale)
            .AddSingleton<ICredentialProvider>(_planetScale)
            .BuildServiceProvider();
    }

    [GeneratedRegex("extract\\(\"(?<pattern>[^\"]+)\", 1, Message\\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pattern();

    private sealed class Logger(TrackAlertTests test, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (test._lines)
            {
                test._lines.Add((logLevel, category, eventId, formatter(state, exception)));
            }
        }
    }
}
