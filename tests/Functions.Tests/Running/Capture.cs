namespace IterationBranches.Functions.Tests.Running;

/// <summary>A request that a real Functions host sent.</summary>
internal sealed record Capture(string Method, string PathAndQuery, IReadOnlyList<(string Name, string Value)> Headers, string Body)
{
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "Payloads", "functions-host");

    public static Capture Read(string file)
    {
        var (head, body) = File.ReadAllText(Path.Combine(Folder, file)).ReplaceLineEndings("\n").Split("\n\n", 2) is [var first, var second] ? (first, second) : throw new InvalidDataException(file);
        var lines = head.Split('\n');
        var request = lines[0].Split(' ');
        return new(request[0], request[1], [.. lines[1..].Select(line => line.Split(": ", 2)).Select(pair => (pair[0], pair[1]))], body.TrimEnd('\n'));
    }
}
