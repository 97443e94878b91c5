using System.Text.RegularExpressions;

namespace IterationBranches.Sandbox.FunctionsHost;

/// <summary>The app settings as the host's configuration sees them: names ignore case, and <c>__</c> is <c>:</c>.</summary>
public sealed partial class AppSettings(IReadOnlyDictionary<string, string> values)
{
    private readonly Dictionary<string, string> _byKey = values
        .GroupBy(pair => Key(pair.Key), StringComparer.OrdinalIgnoreCase)
        .ToDictionary(group => group.Key, group => group.Last().Value, StringComparer.OrdinalIgnoreCase);

    /// <summary>As they were given: what the handler's environment gets.</summary>
    public IReadOnlyDictionary<string, string> Values { get; } = values;

    public string? Find(string name) => _byKey.GetValueOrDefault(Key(name));

    /// <summary>The settings below a name, with keys relative to it.</summary>
    public IEnumerable<KeyValuePair<string, string?>> Below(string name) =>
        from pair in _byKey
        where pair.Key.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)
        select KeyValuePair.Create(pair.Key[(name.Length + 1)..], (string?)pair.Value);

    /// <summary>Replaces each <c>%Name%</c>; a name without a setting is an error, as in the real host's name resolver.</summary>
    public string Resolve(string text, string where) => Percent().Replace(text, match =>
        Find(match.Groups["name"].Value)
        ?? throw new HostConfigurationException($"{where}: '{match.Value}' does not resolve, because there is no app setting '{match.Groups["name"].Value}'."));

    /// <summary>Replaces each <c>%NAME%</c>; one without a setting disappears, as in the arguments of a custom handler.</summary>
    public string Expand(string text) => Percent().Replace(text, match => Find(match.Groups["name"].Value) ?? "");

    private static string Key(string name) => name.Replace("__", ":");

    [GeneratedRegex("%(?<name>[^%]+)%", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Percent();
}
