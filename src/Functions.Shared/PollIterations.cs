using IterationBranches.Provisioning;
using Microsoft.Extensions.DependencyInjection;

namespace IterationBranches.Functions;

/// <summary>Timer: queues the tracks where something is to be done.</summary>
public static class PollIterations
{
    public const string Name = nameof(PollIterations);

    public static async Task RunAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var result = await services.GetRequiredService<Poller>().PollAsync(cancellationToken);
        if (result.Failed.Count > 0)
        {
            // All others were polled; the host shows this run as failed, with the reason.
            throw new InvocationFailedException($"{result.Failed.Count} of {result.Tracks} tracks could not be polled: {string.Join("; ", result.Failed)}");
        }
    }
}
