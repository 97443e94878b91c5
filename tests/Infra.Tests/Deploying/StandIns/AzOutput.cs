using System.Globalization;
using System.Text.Json.Nodes;
using DevLab.JmesPath;

namespace IterationBranches.Infra.Tests.Deploying.StandIns;

/// <summary>What the Azure CLI prints of an answer: <c>--query</c>, then <c>--output</c>.</summary>
internal static class AzOutput
{
    private static readonly JmesPath s_queries = new();

    public static string Format(JsonNode? answer, string? query, string? output)
    {
        var found = query is null || answer is null ? answer : JsonNode.Parse(s_queries.Transform(answer.ToJsonString(), query));
        return output switch
        {
            "none" => "",
            "tsv" => found is null ? "" : Tsv(found),
            "json" or null => found is null ? "" : found.ToJsonString() + "\n",
            _ => throw new AzException(2, $"argument --output/-o: invalid choice: '{output}'"),
        };
    }

    // A list is a row an item; what is in a row is separated by tabs, and lists below that are only counted.
    private static string Tsv(JsonNode found) => string.Concat((found as JsonArray ?? new JsonArray(found.DeepClone())).Select(item => Row(item) + "\n"));

    private static string Row(JsonNode? item) => item switch
    {
        JsonArray cells => string.Join('\t', cells.Select(Cell)),
        JsonObject cells => string.Join('\t', cells.OrderBy(cell => cell.Key, StringComparer.Ordinal).Select(cell => Cell(cell.Value))),
        JsonValue value when value.TryGetValue<bool>(out var flag) => flag ? "true" : "false",
        _ => Cell(item),
    };

    private static string Cell(JsonNode? value) => value switch
    {
        null => "None",
        JsonArray list => list.Count.ToString(CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };
}
