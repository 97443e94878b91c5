using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace IterationBranches.Sandbox.FunctionsHost;

/// <param name="BindingName">The name under which the handler gets the trigger's value.</param>
public abstract record Trigger(string BindingName);

public sealed record TimerTrigger(string BindingName, string Schedule, bool RunOnStartup, bool UseMonitor) : Trigger(BindingName);

/// <param name="Connection">The name of a setting, never a connection string.</param>
public sealed record QueueTrigger(string BindingName, string QueueName, string Connection) : Trigger(BindingName);

/// <param name="Methods">Empty: all.</param>
/// <param name="Route">Without the prefix.</param>
public sealed record HttpTrigger(string BindingName, HttpAuthLevel AuthLevel, IReadOnlyList<string> Methods, string Route) : Trigger(BindingName);

public enum HttpAuthLevel
{
    Anonymous,
    Function,
    Admin,
}

/// <summary>One function: its folder's name and what its function.json says.</summary>
/// <param name="HttpOutput">The name of the <c>http</c> output binding, if there is one.</param>
/// <param name="PassesRawHttp">Exactly one input, <c>httpTrigger</c>, and one output, <c>http</c>: only such a function can get the request itself.</param>
public sealed partial record FunctionJson(
    string Name, Trigger Trigger, string? HttpOutput, bool PassesRawHttp, RetryPolicy? Retry, bool Disabled)
{
    private static readonly string[] Known = ["timerTrigger", "queueTrigger", "httpTrigger", "http"];

    /// <summary>The function.json files one folder below the app root, by name.</summary>
    public static IReadOnlyList<FunctionJson> ReadAll(string appDirectory, HostJson host, AppSettings settings)
    {
        var functions = Directory.EnumerateDirectories(appDirectory)
            .Select(folder => Path.Combine(folder, "function.json"))
            .Where(File.Exists)
            .Order(StringComparer.Ordinal)
            .Select(file => Read(file, host, settings))
            .ToList();
        return functions.Count > 0
            ? functions
            : throw new HostConfigurationException($"{appDirectory}: no function found. Each function is a folder with function.json, directly below the app root.");
    }

    private static FunctionJson Read(string file, HostJson host, AppSettings settings)
    {
        var name = Path.GetFileName(Path.GetDirectoryName(file))!;
        if (!NamePattern().IsMatch(name) || name.Equals("host", StringComparison.OrdinalIgnoreCase))
        {
            throw new HostConfigurationException(
                $"{file}: '{name}' is not a function name. It must start with a letter, hold only letters, digits, _ and -, be at most 128 long, and not be 'host'.");
        }

        var json = Parse(file);
        var bindings = (json["bindings"] as JsonArray)?.OfType<JsonObject>().Select(node => new Binding(file, node)).ToList() ?? [];
        RefuseUnknown(bindings, host, file);
        var triggers = bindings.Where(binding => binding.Type.EndsWith("Trigger", StringComparison.OrdinalIgnoreCase)).ToList();
        if (triggers is not [var trigger])
        {
            throw new HostConfigurationException($"{file}: a function must have exactly one trigger; this one has {triggers.Count}.");
        }

        var outputs = bindings.Where(binding => binding.Direction is "out").ToList();
        var httpOutput = outputs.FirstOrDefault(output => output.Is("http"))?.Name;
        return new FunctionJson(
            name,
            ReadTrigger(trigger, name, settings),
            httpOutput,
            trigger.Is("httpTrigger") && bindings.Count(binding => binding.Direction is "in") == 1 && outputs.Count == 1 && httpOutput is not null,
            RetryPolicy.Read(key => (json["retry"] as JsonObject)?[key]?.ToString(), file) ?? host.Retry,
            IsTrue(json["disabled"]?.ToString()) || IsTrue(settings.Find($"AzureWebJobs.{name}.Disabled")));
    }

    private static JsonObject Parse(string file)
    {
        try
        {
            return JsonNode.Parse(
                File.ReadAllText(file),
                new JsonNodeOptions { PropertyNameCaseInsensitive = true },
                new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }) as JsonObject
                ?? throw new HostConfigurationException($"{file} must hold a JSON object.");
        }
        catch (JsonException e)
        {
            throw new HostConfigurationException($"{file} is not JSON: {e.Message}");
        }
    }

    private static void RefuseUnknown(List<Binding> bindings, HostJson host, string file)
    {
        // The queue trigger comes with the extension bundle; timer and HTTP are built in.
        var unknown = bindings
            .Where(binding => !Known.Any(binding.Is) || (binding.Is("queueTrigger") && !host.HasExtensionBundle))
            .Select(binding => $"'{binding.Type}'")
            .ToList();
        if (unknown.Count > 0)
        {
            throw new HostConfigurationException(
                $"{file}: The binding type(s) {string.Join(", ", unknown)} are not registered. Please ensure the type is correct and the binding extension is installed. " +
                $"(This stand-in knows {string.Join(", ", Known)}; queueTrigger needs extensionBundle in host.json.)");
        }
    }

    private static Trigger ReadTrigger(Binding binding, string function, AppSettings settings)
    {
        var where = binding.File;
        return binding.Type.ToLowerInvariant() switch
        {
            "timertrigger" => new TimerTrigger(
                binding.Name, settings.Resolve(binding.Required("schedule"), where),
                IsTrue(binding.Find("runOnStartup")), !"false".Equals(binding.Find("useMonitor"), StringComparison.OrdinalIgnoreCase)),
            "queuetrigger" => new QueueTrigger(
                binding.Name, settings.Resolve(binding.Required("queueName"), where).ToLowerInvariant(), binding.Find("connection") ?? "AzureWebJobsStorage"),
            _ => new HttpTrigger(
                binding.Name,
                binding.Find("authLevel") is not { } level ? HttpAuthLevel.Function
                    : Enum.TryParse<HttpAuthLevel>(level, ignoreCase: true, out var parsed) ? parsed
                    : throw new HostConfigurationException($"{where}: authLevel is '{level}'; it must be anonymous, function or admin."),
                [.. (binding.Node["methods"] as JsonArray)?.Select(method => method!.ToString().ToUpperInvariant()) ?? []],
                settings.Resolve(binding.Find("route") ?? function, where).Trim('/')),
        };
    }

    private static bool IsTrue(string? text) => text is "1" || "true".Equals(text, StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(@"^[a-z][a-z0-9_\-]{0,127}$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NamePattern();

    private sealed record Binding(string File, JsonObject Node)
    {
        public string Type => Required("type");

        public string Name => Required("name");

        public string Direction => Find("direction")?.ToLowerInvariant() ?? (Is("http") ? "out" : "in");

        public bool Is(string type) => Type.Equals(type, StringComparison.OrdinalIgnoreCase);

        public string? Find(string key) => Node[key]?.ToString();

        public string Required(string key) =>
            Find(key) is { Length: > 0 } value ? value : throw new HostConfigurationException($"{File}: a binding has no '{key}'.");
    }
}
