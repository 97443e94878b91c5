using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace IterationBranches.Doctor;

/// <summary>All that was found out, in the form in which it is answered.</summary>
/// <param name="Healthy">Nothing failed; there may be warnings.</param>
/// <param name="Identity">As whom the app asks the other systems.</param>
public sealed record Diagnosis(bool Healthy, string Identity, IReadOnlyList<Check> Checks)
{
    public static Diagnosis Of(string identity, IReadOnlyList<Check> checks) => new(checks.All(check => check.Outcome != Outcome.Failed), identity, checks);

    public string ToJson() => JsonSerializer.Serialize(this, DiagnosisJson.Readable.Diagnosis);

    /// <summary>Null when the text is not one.</summary>
    public static Diagnosis? Parse(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, DiagnosisJson.Readable.Diagnosis) is { Identity: not null, Checks: { } checks } found
                && checks.All(check => check is { Name: not null, Text: not null }) ? found : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSerializable(typeof(Diagnosis))]
internal sealed partial class DiagnosisJson : JsonSerializerContext
{
    /// <summary>For a terminal and for programs, not for a page: quotes and umlauts stay readable.</summary>
    public static DiagnosisJson Readable { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter<Outcome>(JsonNamingPolicy.CamelCase) },
    });
}
