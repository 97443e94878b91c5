using System.Text.RegularExpressions;

namespace IterationBranches.Sandbox.FunctionsHost;

/// <summary>The app settings as the host's configuration sees them: names ignore case, and <c>__</c> is <c>:</c>.</summary>
public sealed partial class AppSettings(IReadOnlyDictionary<string, string> values)
{
    private readonly Dictionary<string, string> _byKey = values
        .GroupBy(pair => Key(pair.Key), StringComparer.OrdinalIgnoreCase)
        .ToDictionary(group => group.Key, group => group.Last().Value, StringComparer.OrdinalIgnoreCase);

    /// <summary>As they were given: what the worker's environment gets.</summary>
    public IReadOnlyDictionary<string, string> Values { get; } = values;

    public string? Find(string name) => _byKey.GetValueOrDefault(Key(name));

    /// <summary>The settings below a name, with keys relative to it.</summary>
    public IEnumerable<KeyValuePair<string, string?>> Below(string name) =>
        from pair in _byKey
        where pair.Key.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)
        select KeyValuePair.Create(pair.Key[(name.Length + 1)..], (string?)pair.Value);

    public bool IsDisabled(string function) => Find($"AzureWebJobs.{function}.Disabled") is "1" or "true" or "True";

    /// <summary>The connection string of the storage account with a trigger's queue.</summary>
    /// <exception cref="HostConfigurationException">There is no such setting.</exception>
    public string StorageOf(QueueTrigger trigger) => Find(trigger.Connection) ?? throw new HostConfigurationException(
        $"The queue trigger of '{trigger.QueueName}' needs the app setting {trigger.Connection}: a storage connection string (the sandbox knows no identity-based connections).");

    /// <summary>Replaces each <c>%Name%</c>.</summary>
    /// <param name="missing">Told the name that has no setting.</param>
    public string Resolve(string text, Action<string> missing) => Percent().Replace(text, match =>
    {
        var name = match.Groups["name"].Value;
        if (Find(name) is { } value)
        {
            return value;
        }

        missing(name);
        return match.Value;
    });

    private static string Key(string name) => name.Replace("__", ":");

    [GeneratedRegex("%(?<name>[^%]+)%", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Percent();
}
