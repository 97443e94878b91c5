using System.Text.Json.Nodes;

namespace IterationBranches.EndToEnd.Tests.FunctionsHostTests;

/// <summary>A published app root in a temporary folder.</summary>
public sealed class AppRoot : IDisposable
{
    public const string Timer = """{"bindings":[{"type":"timerTrigger","name":"myTimer","direction":"in","schedule":"%PollSchedule%"}]}""";
    public const string Queue = """{"bindings":[{"type":"queueTrigger","name":"msg","direction":"in","queueName":"%QueueName%","connection":"Storage"}]}""";
    public const string Http = """
        {"bindings":[
          {"type":"httpTrigger","name":"req","direction":"in","authLevel":"function","methods":["post"],"route":"hooks/{source}/{track?}"},
          {"type":"http","name":"res","direction":"out"}]}
        """;

    public AppRoot()
    {
        Directory = System.IO.Directory.CreateTempSubdirectory("functions-host-").FullName;
        Write("handler", "");
        Host(_ => { });
    }

    public string Directory { get; }

    public Dictionary<string, string> Settings { get; } = new()
    {
        ["PollSchedule"] = "0 */5 * * * *",
        ["QueueName"] = "Work",
        ["Storage"] = "UseDevelopmentStorage=true",
    };

    public AppRoot Host(Action<JsonObject> change)
    {
        var json = JsonNode.Parse("""
            {
              "version": "2.0",
              "functionTimeout": "00:05:00",
              "extensionBundle": { "id": "Microsoft.Azure.Functions.ExtensionBundle", "version": "[4.*, 5.0.0)" },
              "extensions": { "queues": { "batchSize": 2, "newBatchThreshold": 1, "maxDequeueCount": 2, "visibilityTimeout": "00:00:00" } },
              "customHandler": { "description": { "defaultExecutablePath": "handler" }, "enableProxyingHttpRequest": true }
            }
            """)!.AsObject();
        change(json);
        return Write("host.json", json.ToJsonString());
    }

    public AppRoot Function(string name, string json) => Write(Path.Combine(name, "function.json"), json);

    public AppRoot Write(string file, string text)
    {
        var path = Path.Combine(Directory, file);
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return this;
    }

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);
}
