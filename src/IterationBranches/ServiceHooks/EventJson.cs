using System.Text.Json;

namespace IterationBranches.ServiceHooks;

/// <summary>Reads JSON of which nothing is certain: what is missing, of another kind or unreadable is simply not there.</summary>
internal static class EventJson
{
    public static JsonElement Member(JsonElement element, string name)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            return default;
        }

        try
        {
            if (element.TryGetProperty(name, out var member))
            {
                return member;
            }

            // Some resource versions arrive with PascalCase names.
            return element.EnumerateObject()
                .Where(property => string.Equals(property.Name, name, StringComparison.OrdinalIgnoreCase))
                .Select(property => property.Value)
                .FirstOrDefault();
        }
        catch (InvalidOperationException)
        {
            // A name beside it is no text: half a surrogate pair, or broken UTF-8.
            return default;
        }
    }

    public static string? Text(JsonElement element, string name)
    {
        try
        {
            return Member(element, name) is { ValueKind: JsonValueKind.String } member ? member.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    public static Guid? Id(JsonElement element, string name) => Guid.TryParse(Text(element, name), out var id) ? id : null;
}
