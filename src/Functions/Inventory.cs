using IterationBranches.Functions.Hosting;
using Microsoft.AspNetCore.Builder;

namespace IterationBranches.Functions;

/// <summary>The functions of this app, each with a folder of the same name.</summary>
public static class Inventory
{
    public static WebApplication MapFunctions(this WebApplication app)
    {
        app.MapInvocation(PollIterations.Name, PollIterations.RunAsync);
        app.MapInvocation(ProvisionBranch.Name, ProvisionBranch.RunAsync);
        app.MapPost(ReceiveServiceHook.Route, ReceiveServiceHook.RunAsync).WithName(nameof(ReceiveServiceHook));
        app.MapGet(Doctor.Route, Doctor.RunAsync).WithName(nameof(Doctor));
        return app;
    }
}
