using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace IterationBranches.Sandbox.FunctionsHost;

public enum Outcome
{
    Succeeded,
    Failed,

    /// <summary>The real host waits for a result that never comes, until functionTimeout, and then kills the handler.</summary>
    NeverEnds,
}

/// <param name="Error">Why it failed or never ends.</param>
/// <param name="Logs">For a failure: what the real host throws away.</param>
public sealed record Verdict(Outcome Outcome, string? Error, IReadOnlyList<string> Logs, JsonObject? Outputs, JsonNode? ReturnValue)
{
    public static Verdict Success { get; } = new(Outcome.Succeeded, null, [], null, null);

    public static Verdict Failure(string error, IReadOnlyList<string>? logs = null) => new(Outcome.Failed, error, logs ?? [], null, null);
}

/// <summary>Judges the handler's answer to an invocation as the real host does.</summary>
public static class InvocationJudge
{
    /// <param name="httpOutput">The name of the function's <c>http</c> output, whose value must be an object.</param>
    public static async Task<Verdict> JudgeAsync(HttpResponseMessage answer, string? httpOutput, CancellationToken cancellationToken)
    {
        var body = await answer.Content.ReadAsByteArrayAsync(cancellationToken);
        var type = answer.Content.Headers.ContentType;
        if (!answer.IsSuccessStatusCode)
        {
            return Verdict.Failure(
                $"Response status code does not indicate success: {(int)answer.StatusCode} ({answer.ReasonPhrase}).",
                TryParse(body, type, out var discarded) ? ReadLogs(discarded as JsonObject) ?? [] : []);
        }

        if (body.Length == 0)
        {
            return Hang("its body is empty");
        }

        if (!IsJson(type))
        {
            return Verdict.Failure($"Invalid HttpResponseMessage: the Content-Type is '{type?.ToString() ?? "none"}'; it must be application/json.");
        }

        if (!TryParse(body, type, out var json))
        {
            return Verdict.Failure("Invalid HttpResponseMessage: the body is not JSON.");
        }

        return json switch
        {
            null => Hang("its body is null"),
            JsonObject result => Read(result, httpOutput),
            _ => Verdict.Failure("Invalid HttpResponseMessage: the body must be a JSON object."),
        };
    }

    private static Verdict Hang(string why) => new(
        Outcome.NeverEnds,
        $"The handler answered 2xx, but {why}. The host waits for a result that never comes until functionTimeout, and then kills " +
        "the handler with all that it is doing. Answer with a JSON object; {} is enough.",
        [], null, null);

    private static Verdict Read(JsonObject result, string? httpOutput)
    {
        var outputs = Find(result, "Outputs");
        if (outputs is not (null or JsonObject))
        {
            return Verdict.Failure("Invalid HttpResponseMessage: Outputs must be an object.");
        }

        if (httpOutput is not null && (outputs as JsonObject)?[httpOutput] is { } response and not JsonObject)
        {
            return Verdict.Failure($"The output '{httpOutput}' is {response.GetValueKind()}; it must be an object with statusCode, headers and body.");
        }

        return ReadLogs(result) is { } logs
            ? new Verdict(Outcome.Succeeded, null, logs, outputs as JsonObject, Find(result, "ReturnValue"))
            : Verdict.Failure("Invalid HttpResponseMessage: Logs must be an array of strings.");
    }

    /// <summary>Null when they are of another shape; numbers and booleans are taken as text.</summary>
    private static List<string>? ReadLogs(JsonObject? result) => (result is null ? null : Find(result, "Logs")) switch
    {
        null => [],
        JsonArray lines when lines.All(line => line is JsonValue or null) => [.. lines.Select(line => line?.ToString() ?? "")],
        _ => null,
    };

    private static JsonNode? Find(JsonObject json, string name) =>
        json.FirstOrDefault(pair => pair.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

    private static bool IsJson(MediaTypeHeaderValue? type) => type?.MediaType?.ToLowerInvariant() is "application/json" or "text/json";

    private static bool TryParse(byte[] body, MediaTypeHeaderValue? type, out JsonNode? json)
    {
        json = null;
        if (!IsJson(type))
        {
            return false;
        }

        try
        {
            var text = Encoding.UTF8.GetString(body);
            json = string.IsNullOrWhiteSpace(text) ? null : JsonNode.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
