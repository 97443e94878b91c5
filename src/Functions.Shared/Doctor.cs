using System.Net.Mime;
using IterationBranches.Doctor;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace IterationBranches.Functions;

/// <summary>HTTP, for who has the host's master key: whether everything outside is as the app needs it. 200 with the diagnosis, whatever it is.</summary>
public static class Doctor
{
    public const string Name = nameof(Doctor);

    public const string Route = "doctor";

    public static async Task<IResult> RunAsync(HttpResponse response, IServiceProvider services, CancellationToken cancellationToken)
    {
        response.Headers.CacheControl = "no-store";
        var diagnosis = await services.GetRequiredService<Examination>().RunAsync(cancellationToken);
        return Results.Text(diagnosis.ToJson(), MediaTypeNames.Application.Json);
    }
}
