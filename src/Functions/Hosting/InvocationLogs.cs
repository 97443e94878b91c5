using Microsoft.Extensions.Logging;

namespace IterationBranches.Functions.Hosting;

/// <summary>The log lines of one invocation, on their way into its answer: the only path by which the host ties a line to its invocation.</summary>
public sealed class InvocationLogs
{
    private static readonly AsyncLocal<InvocationLogs?> s_current = new();

    private readonly List<string> _lines = [];

    internal static InvocationLogs? Current => s_current.Value;

    public static InvocationLogs Begin() => s_current.Value = new();

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    internal void Add(string line)
    {
        lock (_lines)
        {
            _lines.Add(line);
        }
    }
}

internal sealed class InvocationLogProvider : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new Logger();

    public void Dispose()
    {
        // Nothing is held.
    }

    private sealed class Logger : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information && InvocationLogs.Current is not null;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                // The host knows no levels here.
                var level = logLevel > LogLevel.Information ? $"{logLevel}: " : "";
                InvocationLogs.Current?.Add(level + formatter(state, exception));
            }
        }
    }
}
