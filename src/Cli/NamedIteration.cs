using IterationBranches.Configuration;
using IterationBranches.Records;
using Microsoft.Extensions.DependencyInjection;

namespace IterationBranches.Cli;

/// <summary>The iteration that an operator names, among those that have a record.</summary>
internal static class NamedIteration
{
    /// <returns>The record; or null and why, with those that there are.</returns>
    public static async Task<(Record? Record, string Problem)> FindAsync(Operator started, Track track, string given, CancellationToken cancellationToken)
    {
        var vault = await started.Services.GetRequiredService<IRecordStore>().ListAsync(cancellationToken);
        return vault.RecordsOf(track.Name).Where(record => IsNamed(record, given)).ToList() switch
        {
            [var record] => (record, ""),
            [] => (null, $"{track.Name} has no record of an iteration '{given}'.{List(vault.RecordsOf(track.Name))}"),
            var several => (null, $"'{given}' is not one iteration only.{List(several)}"),
        };
    }

    /// <summary>As it was when its record was written.</summary>
    public static string NameOf(Record record) => record.IterationPath.Split('\\')[^1];

    private static bool IsNamed(Record record, string given) =>
        (Guid.TryParse(given, out var id) && id == record.IterationId)
        || string.Equals(record.IterationId.ToString("N")[..8], given, StringComparison.OrdinalIgnoreCase)
        || string.Equals(NameOf(record), given, StringComparison.OrdinalIgnoreCase);

    private static string List(IEnumerable<Record> records) =>
        string.Concat(records.OrderBy(record => record.IterationPath, StringComparer.Ordinal).Select(record => $"{Environment.NewLine}  {record.IterationId:D}  {record.IterationPath}"));
}
