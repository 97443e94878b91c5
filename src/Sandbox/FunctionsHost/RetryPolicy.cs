using System.Globalization;

namespace IterationBranches.Sandbox.FunctionsHost;

/// <summary>The <c>retry</c> of function.json or host.json. Each attempt is a new request to the handler.</summary>
/// <param name="MaxRetryCount">-1: without end.</param>
/// <param name="Minimum">The delay before the first retry.</param>
/// <param name="Maximum">The most it grows to; for a fixed delay the same as <paramref name="Minimum"/>.</param>
public sealed record RetryPolicy(int MaxRetryCount, TimeSpan Minimum, TimeSpan Maximum)
{
    public bool Allows(int retry) => MaxRetryCount == -1 || retry <= MaxRetryCount;

    /// <param name="retry">From 1.</param>
    public TimeSpan DelayBefore(int retry) =>
        TimeSpan.FromMilliseconds(Math.Min(Maximum.TotalMilliseconds, Minimum.TotalMilliseconds * Math.Pow(2, retry - 1)));

    /// <summary>Null without a strategy.</summary>
    public static RetryPolicy? Read(Func<string, string?> value, string where)
    {
        var strategy = value("strategy");
        if (strategy is null)
        {
            return null;
        }

        var count = int.TryParse(value("maxRetryCount"), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var parsed)
            ? parsed
            : throw new HostConfigurationException($"{where}: retry.maxRetryCount must be a whole number.");
        return strategy.ToLowerInvariant() switch
        {
            "fixeddelay" => new RetryPolicy(count, Span("delayInterval"), Span("delayInterval")),
            "exponentialbackoff" => new RetryPolicy(count, Span("minimumInterval"), Span("maximumInterval")),
            _ => throw new HostConfigurationException($"{where}: retry.strategy is '{strategy}'; it must be fixedDelay or exponentialBackoff."),
        };

        TimeSpan Span(string name) => TimeSpan.TryParse(value(name), CultureInfo.InvariantCulture, out var span)
            ? span
            : throw new HostConfigurationException($"{where}: retry.{name} must be a time span such as 00:00:10.");
    }
}
