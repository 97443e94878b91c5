using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace IterationBranches.Sandbox.FunctionsHost;

/// <param name="Executable">As host.json has it, with <c>%VAR%</c> replaced.</param>
/// <param name="Arguments">One string, not quoted: what holds a blank arrives as two.</param>
public sealed record HandlerDescription(string Executable, string Arguments, string WorkerDirectory, string WorkingDirectory);

public sealed record QueueOptions(
    int BatchSize, int NewBatchThreshold, int MaxDequeueCount, TimeSpan MaxPollingInterval, TimeSpan VisibilityTimeout, bool Base64);

/// <summary>What the host takes from host.json, after the app settings that override it (<c>AzureFunctionsJobHost__…</c>).</summary>
/// <param name="FunctionTimeout">Null: unbounded (<c>-1</c>).</param>
/// <param name="HandlerPort">Null: a free one at each start.</param>
public sealed record HostJson(
    HandlerDescription Handler,
    bool ForwardsHttp,
    bool ProxiesHttp,
    TimeSpan InitializationTimeout,
    int? HandlerPort,
    string RoutePrefix,
    TimeSpan? FunctionTimeout,
    QueueOptions Queues,
    RetryPolicy? Retry,
    bool HasExtensionBundle)
{
    public static HostJson Read(string appDirectory, AppSettings settings)
    {
        var file = Path.Combine(appDirectory, "host.json");
        var json = Load(file, settings);
        var handler = json.GetSection("customHandler");
        if (!handler.GetSection("description").GetChildren().Any())
        {
            throw new HostConfigurationException(File.Exists(Path.Combine(appDirectory, "worker.config.json"))
                ? $"{appDirectory} is the app root of an isolated worker, which this stand-in does not run: it takes a custom handler."
                : $"{file}: Missing worker Description. A custom handler needs customHandler.description.defaultExecutablePath.");
        }

        var reader = new Reader(file, json);
        return new HostJson(
            Describe(handler.GetSection("description"), appDirectory, file, settings),
            reader.Flag("customHandler:enableForwardingHttpRequest"),
            reader.Flag("customHandler:enableProxyingHttpRequest"),
            reader.Span("customHandler:initializationTimeout", TimeSpan.FromSeconds(30)),
            handler["port"] is null ? null : reader.Number("customHandler:port", 0),
            (json["extensions:http:routePrefix"] ?? "api").Trim('/'),
            // 30 minutes is the default of every plan but Consumption (5).
            json["functionTimeout"] is "-1" ? null : reader.Span("functionTimeout", TimeSpan.FromMinutes(30)),
            Queue(reader, settings),
            RetryPolicy.Read(name => json[$"retry:{name}"], file),
            json["extensionBundle:id"] is not null);
    }

    private static IConfigurationRoot Load(string file, AppSettings settings)
    {
        if (!File.Exists(file))
        {
            throw new HostConfigurationException($"{file} does not exist. The app folder must be a published app root, with host.json in it.");
        }

        try
        {
            using var stream = File.OpenRead(file);
            return new ConfigurationBuilder()
                .AddJsonStream(stream)
                .AddInMemoryCollection(settings.Below("AzureFunctionsJobHost"))
                .Build();
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidDataException)
        {
            throw new HostConfigurationException($"{file} is not JSON: {(e.InnerException ?? e).Message}");
        }
    }

    private static HandlerDescription Describe(IConfigurationSection description, string appDirectory, string file, AppSettings settings)
    {
        var executable = description["defaultExecutablePath"];
        if (string.IsNullOrWhiteSpace(executable))
        {
            throw new HostConfigurationException($"{file}: customHandler.description.defaultExecutablePath is required.");
        }

        List<string> arguments = [.. List(description, "arguments", file).Select(settings.Expand)];
        if (description["defaultWorkerPath"] is { Length: > 0 } worker)
        {
            arguments.Add($"\"{worker}\"");
        }

        arguments.AddRange(List(description, "workerArguments", file).Select(settings.Expand));
        return new HandlerDescription(
            settings.Expand(executable),
            string.Join(' ', arguments),
            Path.Combine(appDirectory, description["workerDirectory"] ?? ""),
            Path.Combine(appDirectory, description["workingDirectory"] ?? ""));
    }

    // An app setting gives a list as the text of a JSON array.
    private static IEnumerable<string> List(IConfigurationSection description, string name, string file)
    {
        var section = description.GetSection(name);
        if (string.IsNullOrEmpty(section.Value))
        {
            return section.GetChildren().Select(child => child.Value ?? "");
        }

        try
        {
            return JsonSerializer.Deserialize<string[]>(section.Value) ?? [];
        }
        catch (JsonException)
        {
            throw new HostConfigurationException($"{file}: customHandler.description.{name} must be an array of strings.");
        }
    }

    private static QueueOptions Queue(Reader reader, AppSettings settings)
    {
        const string at = "extensions:queues:";
        var batch = reader.Number(at + "batchSize", 16, 1, 32);
        var processors = settings.Find("WEBSITE_SKU") is "Dynamic" or "FlexConsumption" ? 1 : Environment.ProcessorCount;
        return new QueueOptions(
            batch,
            reader.Number(at + "newBatchThreshold", batch / 2 * processors),
            reader.Number(at + "maxDequeueCount", 5, 1),
            reader.Span(at + "maxPollingInterval", TimeSpan.FromMinutes(1), TimeSpan.FromMilliseconds(100)),
            reader.Span(at + "visibilityTimeout", TimeSpan.Zero),
            reader.OneOf(at + "messageEncoding", "base64", "none") is "base64");
    }

    /// <summary>Reads typed values; a wrong one is an error that names it as host.json has it.</summary>
    private sealed record Reader(string File, IConfiguration Json)
    {
        public bool Flag(string key) => Json[key] is { } text
            ? bool.TryParse(text, out var flag) ? flag : throw Wrong(key, "true or false")
            : false;

        public int Number(string key, int otherwise, int least = 0, int most = int.MaxValue) => Json[key] is { } text
            ? int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
                ? number
                : throw Wrong(key, most == int.MaxValue ? $"a whole number of at least {least}" : $"a whole number from {least} to {most}")
            : otherwise;

        public TimeSpan Span(string key, TimeSpan otherwise, TimeSpan least = default) => Json[key] is { } text
            ? TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var span) && span >= least
                ? span
                : throw Wrong(key, $"a time span of at least {least:c}")
            : otherwise;

        public string OneOf(string key, params string[] choices) => Json[key] is { } text
            ? choices.FirstOrDefault(choice => choice.Equals(text, StringComparison.OrdinalIgnoreCase)) ?? throw Wrong(key, string.Join(" or ", choices))
            : choices[0];

        private HostConfigurationException Wrong(string key, string must) =>
            new($"{File}: {key.Replace(':', '.')} is '{Json[key]}'; it must be {must}.");
    }
}
