using IterationBranches.Provisioning;
using Microsoft.Extensions.DependencyInjection;

namespace IterationBranches.Functions;

/// <summary>Queue: looks at one track, plans, and carries out the steps.</summary>
public static class ProvisionBranch
{
    public const string Name = nameof(ProvisionBranch);

    /// <param name="message">The text of the queue message.</param>
    public static Task RunAsync(string message, IServiceProvider services, CancellationToken cancellationToken) =>
        services.GetRequiredService<Provisioner>().HandleAsync(message, cancellationToken);
}
