using System.Text.RegularExpressions;

namespace IterationBranches.Infra.Tests.Templates;

/// <summary>
/// The app settings that a deployment sets: the objects that <c>app.bicep</c> and <c>main.bicep</c> join, with the
/// parameters of a <c>.bicepparam</c> file put in. References are not resolved.
/// </summary>
internal sealed partial class DeployedSettings
{
    /// <summary>What only Azure knows.</summary>
    private static readonly Dictionary<string, string> s_known = new(StringComparer.Ordinal)
    {
        ["vaults.outputs.settingsVaultUri"] = "https://kvs-itbranches-abc123.vault.azure.net/",
        ["vaults.outputs.recordsVaultUri"] = "https://kvr-itbranches-abc123.vault.azure.net/",
        ["environment().resourceManager"] = "https://management.azure.com/",
        ["insights.properties.ConnectionString"] = "InstrumentationKey=00000000-0000-0000-0000-000000000000",
        ["storageName"] = "stitbranchesabc123",
        ["identityClientId"] = "11111111-2222-3333-4444-555555555555",
    };

    private readonly BicepFile _app = Repository.Templates["modules/app.bicep"];
    private readonly Dictionary<string, Value> _parameters;

    /// <param name="changes">Parameters that are not as in the example, as Bicep literals.</param>
    public DeployedSettings(params (string Name, string Literal)[] changes)
    {
        _parameters = Repository.Main.Of("param").Where(parameter => parameter.Value is not null).ToDictionary(parameter => parameter.Name, parameter => parameter.Value!);
        var changed = new BicepFile(string.Join('\n', changes.Select(change => $"param {change.Name} = {change.Literal}")));
        foreach (var parameter in Repository.Example.Of("param").Concat(changed.Of("param")))
        {
            Assert.True(Repository.Main.Of("param").Any(declared => declared.Name == parameter.Name), $"main.bicep has no parameter {parameter.Name}");
            _parameters[parameter.Name] = parameter.Value!;
        }

        var ofProduct = Joined(Repository.Main, Repository.Main["module", "app"].Body.In("params")["productSettings"]).ToList();
        var ofHost = Joined(_app, _app["var", "allSettings"].Value!).ToList();
        Values = ofHost.Concat(ofProduct).ToDictionary(setting => setting.Name, setting => setting.Value);
    }

    public IReadOnlyDictionary<string, string> Values { get; }

    /// <summary>As the app gets them: what stands in the settings vault in the place of each reference.</summary>
    public Dictionary<string, string?> Resolved(Func<string, string> secret) =>
        Values.ToDictionary(setting => setting.Key, setting => (string?)(Reference().Match(setting.Value) is { Success: true } reference ? secret(reference.Groups["secret"].Value) : setting.Value));

    /// <summary>The members of <c>union(a, b, …)</c>; what is a parameter of the module comes from <c>main.bicep</c>.</summary>
    private IEnumerable<(string Name, string Value)> Joined(BicepFile file, Value union) =>
        Arguments().Match(union.Source).Groups["arguments"].Value.Split(',', StringSplitOptions.TrimEntries).SelectMany(name => name switch
        {
            "productSettings" => [],
            "trackSettings" => TrackSettings(),
            "offSettings" => Off(),
            _ => Settings(file["var", name].Value!),
        });

    private IEnumerable<(string, string)> Settings(Value value)
    {
        if (value is not ObjectValue)
        {
            var (condition, yes, no) = Condition().Match(value.Source) is { Success: true } match && value.Objects.ToList() is [var first, var second]
                ? (match.Groups["condition"].Value, first, second)
                : throw new FormatException($"neither an object nor a choice of two: {value}");
            value = condition.Split("&&", StringSplitOptions.TrimEntries).All(IsTrue) ? yes : no;
        }

        return ((ObjectValue)value).Properties.Select(property => (property.Name, Text(property.Value)));
    }

    private bool IsTrue(string condition) => condition switch
    {
        ['!', .. var not] => !IsTrue(not),
        "telemetryByIdentity" => true,
        _ when condition.StartsWith("empty(", StringComparison.Ordinal) => Text(_parameters[condition[6..^1]]).Length == 0,
        _ => bool.Parse(Text(_parameters[condition])),
    };

    private IEnumerable<(string, string)> TrackSettings()
    {
        // Concat(defaults, tracks), each a map() whose lambda makes a name and a value.
        var ofTrack = Repository.Main["var", "trackPairs"].Value!.Objects.Single();
        var ofDefault = Repository.Main["var", "trackDefaultPairs"].Value!.Objects.Single();
        Assert.Equal(("string(setting.value)", "string(setting.value)"), (ofTrack["value"].Source, ofDefault["value"].Source));
        foreach (var (setting, value) in ((ObjectValue)_parameters["trackDefaults"]).Properties)
        {
            yield return (ofDefault["name"].Source.Trim('\'').Replace("${setting.key}", setting, StringComparison.Ordinal), Text(value));
        }

        foreach (var (track, settings) in ((ObjectValue)_parameters["tracks"]).Properties)
        {
            foreach (var (setting, value) in ((ObjectValue)settings).Properties)
            {
                yield return (ofTrack["name"].Source.Trim('\'').Replace("${track.key}", track, StringComparison.Ordinal).Replace("${setting.key}", setting, StringComparison.Ordinal), Text(value));
            }
        }
    }

    private IEnumerable<(string, string)> Off()
    {
        var name = OffName().Match(_app["var", "offSettings"].Value!.Source).Groups["name"].Value;
        return ((ArrayValue)_parameters["disabledFunctions"]).Literals.Select(function => (name.Replace("${off}", function, StringComparison.Ordinal), "true"));
    }

    private string Text(Value value) => value.Literal ?? value.Source switch
    {
        "true" => "True",
        "false" => "False",
        ['\'', .. var inner, '\''] => Interpolation().Replace(inner, match => Text(new Expression(match.Groups["name"].Value, []))),
        var source when s_known.TryGetValue(source, out var known) => known,
        var source when source.StartsWith("string(", StringComparison.Ordinal) => Text(new Expression(source[7..^1], [])),
        var source when _parameters.TryGetValue(source, out var parameter) => Text(parameter),
        var source when long.TryParse(source, out _) => source,
        var source => Text(Repository.Main["var", source].Value!),
    };

    [GeneratedRegex(@"^@Microsoft\.KeyVault\(SecretUri=https://kvs-itbranches-abc123\.vault\.azure\.net/secrets/(?<secret>[a-z-]+)\)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    internal static partial Regex Reference();

    [GeneratedRegex(@"^union\((?<arguments>[^()]*)\)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Arguments();

    [GeneratedRegex(@"^(?<condition>[^?]+?)\s*\?", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Condition();

    [GeneratedRegex(@"off => '(?<name>[^']*)'", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex OffName();

    [GeneratedRegex(@"\$\{(?<name>[^}]*)\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Interpolation();
}
