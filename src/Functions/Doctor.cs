using System.Net.Mime;
using IterationBranches.Doctor;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace IterationBranches.Functions;

/// <summary>HTTP, for who has the host's master key: whether everything outside is as the app needs it. 200 with the diagnosis, whatever it is.</summary>
public sealed class Doctor(Examination examination)
{
    [Function(nameof(Doctor))]
    public async Task<IResult> RunAsync([HttpTrigger(AuthorizationLevel.Admin, "get", Route = "doctor")] HttpRequest request, CancellationToken cancellationToken)
    {
        request.HttpContext.Response.Headers.CacheControl = "no-store";
        var diagnosis = await examination.RunAsync(cancellationToken);
        return Results.Text(diagnosis.ToJson(), MediaTypeNames.Application.Json);
    }
}
