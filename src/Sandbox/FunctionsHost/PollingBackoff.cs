namespace IterationBranches.Sandbox.FunctionsHost;

/// <summary>How long a queue listener waits after an empty poll: 100 ms at first, then about twice as long each time, up to the longest.</summary>
/// <param name="chance">From 0 to 1; spreads the delays by a fifth.</param>
public sealed class PollingBackoff(TimeSpan longest, Func<double> chance)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);

    private TimeSpan _current = Shortest;
    private int _exponent;

    public void Found()
    {
        _current = Shortest;
        _exponent = 1;
    }

    public TimeSpan AfterEmptyPoll()
    {
        if (_current < longest)
        {
            var next = _exponent == 0 ? Shortest : Shortest * (1 + ((0.8 + (0.4 * chance())) * Math.Pow(2, _exponent - 1)));
            _current = next < longest ? next : longest;
            _exponent++;
        }

        return _current;
    }
}
