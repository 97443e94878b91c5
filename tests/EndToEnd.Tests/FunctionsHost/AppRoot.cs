using System.Text.Json.Nodes;

namespace IterationBranches.EndToEnd.Tests.FunctionsHostTests;

/// <summary>The app root of an isolated worker in a temporary folder, with the functions that a test wants.</summary>
public sealed class AppRoot : IDisposable
{
    public const string Timer = """{"name":"myTimer","direction":"In","type":"timerTrigger","schedule":"%PollSchedule%"}""";
    public const string Queue = """{"name":"message","direction":"In","type":"queueTrigger","queueName":"%QueueName%","connection":"Storage"}""";
    public const string Http = """{"name":"req","direction":"In","type":"httpTrigger","authLevel":"Function","methods":["post"],"route":"hooks/{source}/{track?}"}""";

    private readonly JsonArray _functions = [];

    public AppRoot()
    {
        Directory = System.IO.Directory.CreateTempSubdirectory("functions-host-").FullName;
        Write("worker.config.json", """{"description":{"language":"dotnet-isolated","extensions":[".dll"],"defaultExecutablePath":"dotnet","defaultWorkerPath":"worker.dll"}}""");
        Write("worker.dll", "");
        Host(_ => { });
    }

    public string Directory { get; }

    public Dictionary<string, string> Settings { get; } = new()
    {
        ["PollSchedule"] = "0 */5 * * * *",
        ["QueueName"] = "work",
        ["Storage"] = "UseDevelopmentStorage=true",
    };

    /// <summary>What the worker says that it has: the same as the file.</summary>
    public IEnumerable<(string Name, string Trigger)> Functions => _functions.Select(function => ((string)function!["name"]!, function["bindings"]![0]!.ToJsonString()));

    public AppRoot Host(Action<JsonObject> change)
    {
        var json = JsonNode.Parse("""
            {
              "version": "2.0",
              "functionTimeout": "00:05:00",
              "extensions": { "queues": { "batchSize": 2, "newBatchThreshold": 1, "maxDequeueCount": 2, "visibilityTimeout": "00:00:00", "maxPollingInterval": "00:00:00.2" } }
            }
            """)!.AsObject();
        change(json);
        return Write("host.json", json.ToJsonString());
    }

    public AppRoot Function(string name, string trigger)
    {
        _functions.Add(new JsonObject { ["name"] = name, ["language"] = "dotnet-isolated", ["bindings"] = new JsonArray(JsonNode.Parse(trigger)) });
        return Write("functions.metadata", _functions.ToJsonString());
    }

    public AppRoot Write(string file, string text)
    {
        var path = Path.Combine(Directory, file);
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return this;
    }

    public void Dispose()
    {
        if (System.IO.Directory.Exists(Directory))
        {
            System.IO.Directory.Delete(Directory, recursive: true);
        }
    }
}
