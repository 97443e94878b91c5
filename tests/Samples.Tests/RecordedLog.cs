using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace IterationBranches.Samples.Tests;

/// <summary>All that the application logs.</summary>
internal sealed class RecordedLog : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, string Text)> _lines = new();

    /// <summary>Of the configuration source alone; the host has lines of its own.</summary>
    public IReadOnlyList<(LogLevel Level, string Text)> OfTheSecret => [.. _lines.Where(line => line.Text.StartsWith("The secret", StringComparison.Ordinal))];

    public string Text => string.Join('\n', _lines.Select(line => line.Text));

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue((logLevel, $"{formatter(state, exception)}{exception}"));

    public void Dispose()
    {
        // Nothing is held.
    }
}
