using System.Diagnostics;
using IterationBranches.EndToEnd.Tests.Rig;

namespace IterationBranches.EndToEnd.Tests.Soak;

/// <summary>The resident memory of the app's process over time.</summary>
internal sealed class MemorySamples(AppRig rig) : IAsyncDisposable
{
    private readonly PeriodicTimer _timer = new(TimeSpan.FromMilliseconds(500));
    private readonly Lock _gate = new();
    private readonly List<(long At, int ProcessId, double Megabytes)> _samples = [];
    private Task _sampling = Task.CompletedTask;

    public void Start() => _sampling = SampleAsync();

    public double HighestMegabytes => Read(samples => samples.Max(sample => sample.Megabytes));

    /// <returns>The median between two instants; they are of <see cref="Stopwatch.GetTimestamp"/>.</returns>
    public double Median(long from, long to) => Read(samples =>
        samples.Where(sample => sample.At >= from && sample.At < to).Select(sample => sample.Megabytes).Order().ToList() is { Count: > 0 } some
            ? some[some.Count / 2]
            : throw new InvalidOperationException("there are no samples"));

    public int Processes(long from) => Read(samples => samples.Where(sample => sample.At >= from).Select(sample => sample.ProcessId).Distinct().Count());

    public async ValueTask DisposeAsync()
    {
        _timer.Dispose();
        await _sampling;
    }

    private async Task SampleAsync()
    {
        while (await _timer.WaitForNextTickAsync())
        {
            if (rig.Host.WorkerProcessId is not { } id)
            {
                continue;
            }

            try
            {
                using var process = Process.GetProcessById(id);
                lock (_gate)
                {
                    _samples.Add((Stopwatch.GetTimestamp(), id, process.WorkingSet64 / 1048576.0));
                }
            }
            catch (Exception gone) when (gone is ArgumentException or InvalidOperationException)
            {
                // Killed in between.
            }
        }
    }

    private T Read<T>(Func<IReadOnlyList<(long At, int ProcessId, double Megabytes)>, T> read)
    {
        lock (_gate)
        {
            return read(_samples);
        }
    }
}
