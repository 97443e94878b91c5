namespace IterationBranches.EndToEnd.Tests.FunctionsHostTests;

/// <summary>A request as a real Functions host (4.1037) sent it.</summary>
public sealed record Capture(string RequestLine, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public static string[] Lines(string name) =>
        File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Payloads", "functions-host", name));

    public static Capture Load(string name)
    {
        var lines = Lines(name);
        var head = lines.TakeWhile(line => line.Length > 0).ToList();
        return new Capture(
            head[0],
            head.Skip(1).Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase),
            string.Join('\n', lines.Skip(head.Count + 1)));
    }
}
