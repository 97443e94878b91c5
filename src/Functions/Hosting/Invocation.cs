using System.Text.Json;
using System.Text.Json.Serialization;

namespace IterationBranches.Functions.Hosting;

/// <summary>What the Functions host sends for a trigger that is not HTTP. Its <c>Metadata</c> is not read: properties of a JSON message overwrite it.</summary>
public sealed record Invocation(IReadOnlyDictionary<string, JsonElement> Data)
{
    /// <summary>The text of the queue message. The host sends a JSON string in a JSON string; a text that is not one is taken as it is.</summary>
    /// <exception cref="InvocationFailedException">The invocation carries no message.</exception>
    public string QueueMessage(string binding)
    {
        if (!Data.TryGetValue(binding, out var data))
        {
            throw new InvocationFailedException($"the invocation has no Data.{binding}; function.json and the app do not agree");
        }

        if (data.ValueKind != JsonValueKind.String)
        {
            return data.GetRawText();
        }

        var text = data.GetString()!;
        try
        {
            return JsonSerializer.Deserialize(text, InvocationJson.Default.String) ?? text;
        }
        catch (JsonException)
        {
            return text;
        }
    }
}

/// <summary>What the host reads: logs of the invocation, and outputs, of which there are none.</summary>
internal sealed record InvocationAnswer(IReadOnlyList<string> Logs)
{
    public IReadOnlyDictionary<string, string> Outputs { get; } = new Dictionary<string, string>();

    public string? ReturnValue => null;
}

[JsonSerializable(typeof(Invocation))]
[JsonSerializable(typeof(InvocationAnswer))]
[JsonSerializable(typeof(string))]
[JsonSourceGenerationOptions(PropertyNameCaseInsensitive = true)]
internal sealed partial class InvocationJson : JsonSerializerContext;
