using System.IO.Compression;

namespace IterationBranches.Infra.Tests.Deploying;

/// <summary>Deployment packages, right and wrong ones, with next to nothing in them.</summary>
internal static class Package
{
    public const string CustomHost = """
        { "version": "2.0", "customHandler": { "description": { "defaultExecutablePath": "iteration-branches", "arguments": [] } } }
        """;

    public static readonly string[] Functions = ["Doctor", "PollIterations", "ProvisionBranch", "ReceiveServiceHook"];

    private const int Executable = 0b1_000_000_111_101_101 << 16;
    private const int Readable = 0b1_000_000_110_100_100 << 16;

    public static void Write(
        string path, IEnumerable<string>? functions = null, string prefix = "", string host = CustomHost, bool isExecutable = true, IReadOnlyDictionary<string, string>? more = null)
    {
        using var zip = ZipFile.Open(path, ZipArchiveMode.Create);
        Add(prefix + "host.json", host, Readable);
        Add(prefix + "iteration-branches", "#!/bin/sh\n", isExecutable ? Executable : Readable);
        foreach (var function in functions ?? Functions)
        {
            Add($"{prefix}{function}/function.json", """{ "bindings": [] }""", Readable);
        }

        foreach (var (name, text) in more ?? new Dictionary<string, string>())
        {
            Add(name, text, Readable);
        }

        void Add(string name, string text, int attributes)
        {
            var entry = zip.CreateEntry(name);
            entry.ExternalAttributes = attributes;
            using var writer = new StreamWriter(entry.Open());
            writer.Write(text);
        }
    }
}
