using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using IterationBranches.AzureBoards.Administration;

namespace IterationBranches.Cli.Hooks;

/// <summary>One subscription in the result of a verb.</summary>
/// <param name="Track">Null: its URL names none.</param>
/// <param name="Project">By the name in the settings, or else by its id.</param>
/// <param name="Id">Null: there is none.</param>
/// <param name="Status">As Azure DevOps calls it.</param>
/// <param name="Outcome">What was done with it, or found.</param>
/// <param name="Notes">Why, and what to do.</param>
internal sealed record HookRow(string? Track, string Event, string? Project, Guid? Id, string? Status, string Outcome, IReadOnlyList<string> Notes)
{
    public static HookRow Of(Subscription subscription, string? track, string outcome, params IEnumerable<string> notes) =>
        new(track, subscription.EventType, subscription.ProjectId?.ToString(), subscription.Id, subscription.Status, outcome, [.. notes]);

    public static void Write(IReadOnlyList<HookRow> rows, bool json, string nothing)
    {
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(rows, HookRowsJson.Readable.IReadOnlyListHookRow));
            return;
        }

        if (rows.Count == 0)
        {
            Console.WriteLine(nothing);
        }

        foreach (var (line, row) in Table.Lines([.. rows.Select(row => row.Cells)]).Zip(rows))
        {
            Console.WriteLine(line);
            foreach (var note in row.Notes)
            {
                Console.WriteLine($"    {note}");
            }
        }
    }

    private string[] Cells => [Track ?? "(no track)", Event, Project ?? "(every project)", Id?.ToString() ?? "-", Status ?? "-", Outcome];
}

[JsonSerializable(typeof(IReadOnlyList<HookRow>))]
internal sealed partial class HookRowsJson : JsonSerializerContext
{
    /// <summary>For a terminal and for programs, not for a page: quotes and umlauts stay readable.</summary>
    public static HookRowsJson Readable { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
