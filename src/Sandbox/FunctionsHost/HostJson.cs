using System.Globalization;
using System.Reflection;
using Microsoft.Azure.WebJobs.Host;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace IterationBranches.Sandbox.FunctionsHost;

/// <summary>What the host takes from host.json, after the app settings that override it (<c>AzureFunctionsJobHost__…</c>).</summary>
/// <param name="FunctionTimeout">Null: unbounded (<c>-1</c>).</param>
/// <param name="LogsStorageRequests">Whether the host logs its own requests to the storage account, 26 lines a minute when nothing happens.</param>
/// <param name="Queues">Sets what host.json says of the queue extension.</param>
public sealed record HostJson(string RoutePrefix, TimeSpan? FunctionTimeout, bool LogsStorageRequests, Action<QueuesOptions> Queues)
{
    /// <exception cref="HostConfigurationException">It is not there, not JSON, or says what cannot be.</exception>
    public static HostJson Read(string appDirectory, AppSettings settings)
    {
        var file = Path.Combine(appDirectory, "host.json");
        AppFiles.ReadJson(file).Dispose();
        var json = new ConfigurationBuilder().AddJsonFile(file).AddInMemoryCollection(settings.Below("AzureFunctionsJobHost")).Build();
        var queues = json.GetSection("extensions:queues");
        Bind(queues, new QueuesOptions(), file);
        return new(
            (json["extensions:http:routePrefix"] ?? "api").Trim('/'),
            // 30 minutes is the default of every plan but Consumption (5).
            json["functionTimeout"] switch
            {
                "-1" => null,
                null => TimeSpan.FromMinutes(30),
                var text when TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var span) && span > TimeSpan.Zero => span,
                var text => throw new HostConfigurationException($"{file}: functionTimeout is '{text}'; it must be a time span such as 00:05:00, or -1."),
            },
            LevelOf("Azure.Core", json.GetSection("logging:logLevel"), file) <= LogLevel.Information,
            options => Bind(queues, options, file));
    }

    /// <summary>That of the category or, failing that, of what it is below; information is the real host's default.</summary>
    private static LogLevel LevelOf(string category, IConfigurationSection levels, string file) =>
        (levels[category] ?? levels[category.Split('.')[0]] ?? levels["default"]) switch
        {
            null => LogLevel.Information,
            var text when Enum.TryParse<LogLevel>(text, ignoreCase: true, out var level) => level,
            var text => throw new HostConfigurationException($"{file}: logging.logLevel has '{text}', which is no level."),
        };

    private static void Bind(IConfigurationSection queues, QueuesOptions options, string file)
    {
        try
        {
            queues.Bind(options);
        }
        catch (Exception e) when (e is InvalidOperationException or TargetInvocationException)
        {
            throw new HostConfigurationException($"{file}: extensions.queues: {e.GetBaseException().Message}");
        }
    }
}
