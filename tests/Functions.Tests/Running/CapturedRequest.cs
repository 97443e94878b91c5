namespace IterationBranches.Functions.Tests.Running;

/// <summary>A request that a real Functions host sent.</summary>
internal sealed record CapturedRequest(string Method, string PathAndQuery, IReadOnlyList<(string Name, string Value)> Headers, string Body)
{
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "Payloads", "functions-host");

    public static CapturedRequest Read(string file)
    {
        var parts = File.ReadAllText(Path.Combine(Folder, file)).ReplaceLineEndings("\n").Split("\n\n", 2);
        var lines = parts[0].TrimEnd('\n').Split('\n');
        var request = lines[0].Split(' ');
        var headers = lines[1..].Select(line => line.Split(": ", 2)).Select(pair => (pair[0], pair[1]));
        return new(request[0], request[1], [.. headers], parts.Length == 1 ? "" : parts[1].TrimEnd('\n'));
    }
}
