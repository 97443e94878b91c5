using System.Text.RegularExpressions;

namespace IterationBranches.Sandbox.FunctionsHost.CoreTools;

/// <summary>A line that <c>func</c> printed.</summary>
/// <param name="Text">Without the time before it.</param>
/// <param name="Started">The function that began to run, if the line says so.</param>
/// <param name="Ended">The function that has ended, if the line says so.</param>
internal sealed partial record FuncLine(string Text, string? Started, string? Ended, bool Succeeded, Guid InvocationId)
{
    public static FuncLine Parse(string line)
    {
        var text = Time().Replace(line, "");
        var match = Invocation().Match(text);
        if (!match.Success || !Guid.TryParse(match.Groups["id"].Value, out var id))
        {
            return new(text, null, null, Succeeded: false, Guid.Empty);
        }

        var (function, isStart) = (match.Groups["function"].Value, match.Groups["what"].Value == "Executing");
        return new(text, isStart ? function : null, isStart ? null : function, match.Groups["outcome"].Value.StartsWith("Succeeded", StringComparison.Ordinal), id);
    }

    [GeneratedRegex(@"^\[\d{4}-\d\d-\d\dT[\d:.]+Z\] ", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Time();

    [GeneratedRegex(@"^(?<what>Executing|Executed) 'Functions\.(?<function>\w+)' \((?<outcome>.*)Id=(?<id>[0-9a-f-]{36})", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Invocation();
}
