using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace IterationBranches.Functions.Isolated;

/// <summary>The functions of this app. Their names and triggers are those of the <c>function.json</c> files of the custom handler.</summary>
public static class Inventory
{
    [Function(PollIterations.Name)]
    public static Task PollAsync([TimerTrigger("%PollSchedule%", RunOnStartup = false, UseMonitor = true)] TimerInfo timer, FunctionContext context) =>
        RunAsync(context, cancellationToken => PollIterations.RunAsync(context.InstanceServices, cancellationToken));

    [Function(ProvisionBranch.Name)]
    public static Task ProvisionAsync([QueueTrigger("%ProvisionQueueName%", Connection = "AzureWebJobsStorage")] string message, FunctionContext context) =>
        RunAsync(context, cancellationToken => ProvisionBranch.RunAsync(message, context.InstanceServices, cancellationToken));

    [Function(ReceiveServiceHook.Name)]
    public static Task<IResult> ReceiveAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = ReceiveServiceHook.Route)] HttpRequest request, FunctionContext context) =>
        ReceiveServiceHook.RunAsync(
            request, request.RouteValues["track"] as string, context.InstanceServices, context.InstanceServices.GetRequiredService<ILoggerFactory>(), request.HttpContext.RequestAborted);

    [Function(Doctor.Name)]
    public static Task<IResult> ExamineAsync([HttpTrigger(AuthorizationLevel.Admin, "get", Route = Doctor.Route)] HttpRequest request, FunctionContext context) =>
        Doctor.RunAsync(request.HttpContext.Response, context.InstanceServices, request.HttpContext.RequestAborted);

    /// <exception cref="InvocationFailedException">It failed, with its reason, which is all that the host needs.</exception>
    private static async Task RunAsync(FunctionContext context, Func<CancellationToken, Task> run)
    {
        if (await InvocationRun.RunAsync(context.FunctionDefinition.Name, invocationId: null, context.InstanceServices, run, context.CancellationToken) is { } failure)
        {
            throw new InvocationFailedException(failure);
        }
    }
}
