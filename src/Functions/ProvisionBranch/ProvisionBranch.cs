using IterationBranches.Functions.Hosting;
using IterationBranches.Provisioning;
using Microsoft.Extensions.DependencyInjection;

namespace IterationBranches.Functions;

/// <summary>Queue: looks at one track, plans, and carries out the steps.</summary>
public static class ProvisionBranch
{
    public const string Name = nameof(ProvisionBranch);

    public static Task RunAsync(Invocation invocation, IServiceProvider services, CancellationToken cancellationToken) =>
        services.GetRequiredService<Provisioner>().HandleAsync(invocation.QueueMessage("message"), cancellationToken);
}
