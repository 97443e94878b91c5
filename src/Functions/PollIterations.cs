using IterationBranches.Provisioning;
using Microsoft.Azure.Functions.Worker;

namespace IterationBranches.Functions;

/// <summary>Timer: queues the tracks where something is to be done.</summary>
public sealed class PollIterations(Poller poller)
{
    /// <exception cref="ProvisioningException">A track could not be polled; all others were.</exception>
    [Function(nameof(PollIterations))]
    public async Task RunAsync([TimerTrigger("%PollSchedule%", RunOnStartup = false, UseMonitor = true)] TimerInfo timer, CancellationToken cancellationToken) =>
        (await poller.PollAsync(cancellationToken)).ThrowIfAnyFailed();
}
