using IterationBranches.Functions.Hosting;
using Microsoft.AspNetCore.Builder;

namespace IterationBranches.Functions;

/// <summary>The functions of this app, each with a folder of the same name.</summary>
public static class Inventory
{
    public static WebApplication MapFunctions(this WebApplication app)
    {
        app.MapInvocation(PollIterations.Name, (_, services, cancellationToken) => PollIterations.RunAsync(services, cancellationToken));
        app.MapInvocation(ProvisionBranch.Name, (invocation, services, cancellationToken) => ProvisionBranch.RunAsync(invocation.QueueMessage("message"), services, cancellationToken));
        app.MapPost($"/api/{ReceiveServiceHook.Route}", ReceiveServiceHook.RunAsync).WithName(ReceiveServiceHook.Name);
        app.MapGet($"/api/{Doctor.Route}", Doctor.RunAsync).WithName(Doctor.Name);
        return app;
    }
}
