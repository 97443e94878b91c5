using System.IO.Compression;

namespace IterationBranches.Infra.Tests.Deploying;

/// <summary>Deployment packages, right and wrong ones, with next to nothing in them.</summary>
internal static class Package
{
    public static readonly string[] Functions = ["Doctor", "PollIterations", "ProvisionBranch", "ReceiveServiceHook"];

    /// <param name="changes">By path: other texts, more files, and with null what is left out.</param>
    public static void Write(string path, string prefix = "", IEnumerable<string>? functions = null, params (string Name, string? Text)[] changes)
    {
        var files = new Dictionary<string, string?>
        {
            ["host.json"] = """{ "version": "2.0" }""",
            ["functions.metadata"] = $"[\n{string.Join(",\n", (functions ?? Functions).Select(Metadata))}\n]",
            ["worker.config.json"] = """
                {
                  "description": {
                    "language": "dotnet-isolated",
                    "extensions": [ ".dll" ],
                    "defaultExecutablePath": "dotnet",
                    "defaultWorkerPath": "iteration-branches.dll",
                    "workerIndexing": "true"
                  }
                }
                """,
            ["extensions.json"] = """{ "extensions": [] }""",
            [".azurefunctions/extension.dll"] = "",
            ["iteration-branches.dll"] = "",
        };
        foreach (var (name, text) in changes)
        {
            files[name] = text;
        }

        using var zip = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach (var (name, text) in files.Where(file => file.Value is not null))
        {
            using var writer = new StreamWriter(zip.CreateEntry(prefix + name).Open());
            writer.Write(text);
        }
    }

    // As the build of a worker writes it: each binding has a name too.
    private static string Metadata(string function) => $$"""
          {
            "name": "{{function}}",
            "scriptFile": "iteration-branches.dll",
            "language": "dotnet-isolated",
            "bindings": [
              { "name": "trigger", "direction": "In", "type": "timerTrigger" }
            ]
          }
        """;
}
