using System.Text.Json;

namespace IterationBranches.Sandbox.FunctionsHost;

public abstract record Trigger;

public sealed record TimerTrigger(string Schedule, bool RunOnStartup, bool UseMonitor) : Trigger;

/// <param name="Connection">The name of a setting, never a connection string.</param>
public sealed record QueueTrigger(string QueueName, string Connection) : Trigger;

/// <param name="Methods">Empty: all.</param>
/// <param name="Route">Without the prefix.</param>
public sealed record HttpTrigger(HttpAuthLevel AuthLevel, IReadOnlyList<string> Methods, string Route) : Trigger;

public enum HttpAuthLevel
{
    Anonymous,
    Function,
    Admin,
}

/// <summary>A function as <c>functions.metadata</c> describes it, the file that the worker's SDK writes for the host.</summary>
/// <param name="Binding">The name of the trigger's parameter.</param>
/// <param name="Problem">Why the host leaves it out, while the others run; null when it runs.</param>
public sealed record FunctionMetadata(string Name, string Binding, Trigger Trigger, string? Problem)
{
    public const string File = "functions.metadata";

    /// <exception cref="HostConfigurationException">The folder is not the app root of an isolated worker.</exception>
    public static IReadOnlyList<FunctionMetadata> ReadAll(string appDirectory, AppSettings settings)
    {
        var path = Path.Combine(appDirectory, File);
        using var json = AppFiles.ReadJson(path);
        var functions = json.RootElement.EnumerateArray().Select(function => Read(function, path, settings)).OrderBy(function => function.Name, StringComparer.Ordinal).ToList();
        return functions.Count > 0 ? functions : throw new HostConfigurationException($"{path} lists no function.");
    }

    private static FunctionMetadata Read(JsonElement function, string path, AppSettings settings)
    {
        var name = Text(function, "name")!;
        var triggers = function.GetProperty("bindings").EnumerateArray().Where(binding => Text(binding, "type")!.EndsWith("Trigger", StringComparison.OrdinalIgnoreCase)).ToList();
        if (triggers is not [var trigger])
        {
            throw new HostConfigurationException($"{path}: {name} must have exactly one trigger; it has {triggers.Count}.");
        }

        var (read, missing) = ReadTrigger(trigger, name, path, settings);
        var problem = settings.IsDisabled(name) ? "it is disabled by a setting"
            : missing is not null ? $"'%{missing}%' does not resolve to a value: there is no app setting {missing}"
            : read is TimerTrigger timer && TimerSchedule.TryParse(timer.Schedule) is null ? $"'{timer.Schedule}' is not NCRONTAB: {{second}} {{minute}} {{hour}} {{day}} {{month}} {{day of week}}"
            : null;
        return new(name, Text(trigger, "name")!, read, problem);
    }

    private static (Trigger Trigger, string? MissingSetting) ReadTrigger(JsonElement trigger, string function, string path, AppSettings settings)
    {
        string? missing = null;
        string Resolve(string? text) => settings.Resolve(text ?? "", name => missing = name);
        Trigger read = Text(trigger, "type")!.ToUpperInvariant() switch
        {
            "TIMERTRIGGER" => new TimerTrigger(Resolve(Text(trigger, "schedule")), IsTrue(trigger, "runOnStartup", otherwise: false), IsTrue(trigger, "useMonitor", otherwise: true)),
            "QUEUETRIGGER" => new QueueTrigger(Resolve(Text(trigger, "queueName")), Text(trigger, "connection") ?? "AzureWebJobsStorage"),
            "HTTPTRIGGER" => new HttpTrigger(
                Enum.Parse<HttpAuthLevel>(Text(trigger, "authLevel") ?? nameof(HttpAuthLevel.Function), ignoreCase: true),
                trigger.TryGetProperty("methods", out var methods) ? [.. methods.EnumerateArray().Select(method => method.GetString()!.ToUpperInvariant())] : [],
                Resolve(Text(trigger, "route") ?? function).Trim('/')),
            var other => throw new HostConfigurationException($"{path}: {function} has the trigger {other}; this stand-in knows timerTrigger, queueTrigger and httpTrigger."),
        };
        return (read, missing);
    }

    private static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.ToString() : null;

    private static bool IsTrue(JsonElement element, string name, bool otherwise) => Text(element, name) is { } text ? bool.Parse(text) : otherwise;
}
