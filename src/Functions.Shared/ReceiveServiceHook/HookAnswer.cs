using System.Text.Json.Serialization;

namespace IterationBranches.Functions;

/// <param name="Queued">The tracks that will be looked at.</param>
/// <param name="Reason">Why there are none; null when there are.</param>
internal sealed record HookAnswer(IReadOnlyList<string> Queued, string? Reason);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HookAnswer))]
internal sealed partial class HookJson : JsonSerializerContext;
