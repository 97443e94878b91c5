using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace IterationBranches.Sandbox.FunctionsHost;

/// <summary>
/// The <c>Metadata</c> of an invocation, with the surprises of the real host: what is not an object becomes JSON text inside
/// a JSON string, and the top-level properties of a JSON text overwrite whatever has the same name.
/// </summary>
public sealed partial class BindingData
{
    /// <summary>Newtonsoft's escaping, more or less: only what JSON must escape.</summary>
    public static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly OrderedDictionary<string, JsonNode?> _values = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>A string as the host hands it on: encoded twice.</summary>
    public static JsonNode Encode(string text) => JsonValue.Create(JsonSerializer.Serialize(text, Json));

    public static string Iso(DateTimeOffset at) => at.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz", CultureInfo.InvariantCulture);

    /// <summary>Times of a binding go through their text, and lose the fraction of the second.</summary>
    public static string IsoSeconds(DateTimeOffset at) => at.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);

    public void Add(string key, JsonNode? value) => _values[key] = value;

    /// <summary>Merges the properties of a JSON object; arrays and nulls are left out. Any other text adds nothing.</summary>
    public void MergeJson(string text)
    {
        if (ParseObject(text) is not { } json)
        {
            return;
        }

        foreach (var (key, value) in json)
        {
            if (value is JsonObject nested)
            {
                Add(key, nested.DeepClone());
            }
            else if (value is JsonValue scalar)
            {
                Add(key, Encode(Text(scalar)));
            }
        }
    }

    /// <param name="retry">Null without a retry policy.</param>
    public JsonObject ToJson(RetryState? retry)
    {
        var json = new JsonObject();
        foreach (var (key, value) in _values)
        {
            if (!key.EndsWith("trigger", StringComparison.OrdinalIgnoreCase))
            {
                json[key] = value;
            }
        }

        if (retry is not null)
        {
            json["RetryContext"] = new JsonObject
            {
                ["RetryCount"] = retry.Count,
                ["MaxRetryCount"] = retry.MaxCount,
                ["Exception"] = retry.LastError is null ? null : new JsonObject { ["Message"] = retry.LastError },
                ["Instance"] = null,
                ["State"] = new JsonObject(),
            };
        }

        return json;
    }

    private static JsonObject? ParseObject(string text)
    {
        if (!text.AsSpan().TrimStart().StartsWith("{"))
        {
            return null;
        }

        try
        {
            return JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Text(JsonValue scalar) => scalar.GetValueKind() switch
    {
        JsonValueKind.True => "True",
        JsonValueKind.False => "False",
        JsonValueKind.Number => Number(scalar.ToJsonString()),
        _ => StringText(scalar.GetValue<string>()),
    };

    private static string Number(string raw) =>
        raw.AsSpan().IndexOfAny('.', 'e', 'E') < 0 ? raw : double.Parse(raw, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture);

    // Newtonsoft takes a string that looks like an ISO time for one, and prints it as the culture does.
    private static string StringText(string text) =>
        IsoTime().IsMatch(text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? at.UtcDateTime.ToString(CultureInfo.InvariantCulture)
            : text;

    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:?\d{2})?$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex IsoTime();
}
