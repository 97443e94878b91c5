using System.Text.Json;

namespace IterationBranches.Http;

/// <summary>The body of an error of Azure's REST APIs: <c>{"error":{"code","message","innererror":{"code"}}}</c>; what is missing is null.</summary>
internal readonly record struct AzureError(string? Code, string? InnerCode, string? Message)
{
    public static AzureError Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var error = Member(document.RootElement, "error");
            return new(Text(error, "code"), Text(Member(error, "innererror"), "code"), Text(error, "message"));
        }
        catch (JsonException)
        {
            return default;
        }
    }

    /// <summary>For a message.</summary>
    public static string Show(int status, string? code, string? sentence)
    {
        var head = string.Join(' ', new[] { status == 0 ? "no answer" : $"status {status}", code is null ? "" : Redaction.Show(code) }.Where(part => part.Length > 0));
        return sentence is null ? head : $"{head}: {Redaction.Show(sentence)}";
    }

    private static JsonElement Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) ? member : default;

    private static string? Text(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.String } text && text.GetString() is { Length: > 0 } value ? value : null;
}
