using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace IterationBranches.Functions;

/// <param name="Queued">The tracks that will be looked at.</param>
/// <param name="Reason">Why there are none; null when there are.</param>
internal sealed record HookAnswer(IReadOnlyList<string> Queued, string? Reason)
{
    /// <summary>Nothing is queued, for a reason.</summary>
    public static IResult Because(int status, string reason) => new HookAnswer([], reason).ToResult(status);

    public IResult ToResult(int status) => Results.Json(this, HookJson.Default.HookAnswer, statusCode: status);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HookAnswer))]
internal sealed partial class HookJson : JsonSerializerContext;
