using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace IterationBranches.Functions;

/// <summary>HTTP: Azure DevOps says that something happened, and the tracks that it concerns are queued.</summary>
public sealed class ReceiveServiceHook(HookEndpoint endpoint)
{
    [Function(nameof(ReceiveServiceHook))]
    public Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "hooks/azure-devops/{track?}")] HttpRequest request, CancellationToken cancellationToken) =>
        endpoint.ReceiveAsync(request, request.RouteValues["track"] as string, cancellationToken);
}
