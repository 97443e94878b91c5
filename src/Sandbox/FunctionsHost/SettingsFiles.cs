using System.Text.Json;
using System.Text.Json.Nodes;

namespace IterationBranches.Sandbox.FunctionsHost;

/// <summary>Where app settings come from on a desk.</summary>
public static class SettingsFiles
{
    /// <summary>The <c>Values</c> of a local.settings.json.</summary>
    public static IReadOnlyDictionary<string, string> ReadLocalSettings(string file)
    {
        try
        {
            var json = JsonNode.Parse(
                ReadText(file),
                new JsonNodeOptions { PropertyNameCaseInsensitive = true },
                new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            if (json?["IsEncrypted"]?.GetValueKind() is JsonValueKind.True)
            {
                throw new HostConfigurationException($"{file} is encrypted; run 'func settings decrypt' first.");
            }

            return (json?["Values"] as JsonObject)?.ToDictionary(pair => pair.Key, pair => pair.Value?.ToString() ?? "")
                ?? throw new HostConfigurationException($"{file} has no object \"Values\".");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new HostConfigurationException($"{file} is not JSON: {e.Message}");
        }
    }

    /// <summary>A key of a host's own file: that of the master, or the first of its functions'.</summary>
    /// <returns>Null: there is no file.</returns>
    public static string? ReadKey(FileInfo? file, string name)
    {
        if (file is null)
        {
            return null;
        }

        using var json = AppFiles.ReadJson(file.FullName);
        var found = json.RootElement.TryGetProperty(name, out var keys) ? keys.ValueKind is JsonValueKind.Array ? keys.EnumerateArray().FirstOrDefault() : keys : default;
        return found.ValueKind is JsonValueKind.Object && found.TryGetProperty("value", out var value)
            ? value.GetString()
            : throw new HostConfigurationException($"{file.FullName} has no {name} with a value.");
    }

    /// <summary>Lines of KEY=VALUE; empty ones and comments (#) are skipped. A value is everything after the first =.</summary>
    public static IReadOnlyDictionary<string, string> ReadEnvFile(string file)
    {
        var values = new Dictionary<string, string>();
        var number = 0;
        foreach (var line in ReadText(file).Split('\n').Select(line => line.Trim()))
        {
            number++;
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            var equals = line.IndexOf('=');
            if (equals <= 0)
            {
                throw new HostConfigurationException($"{file}, line {number}: it must be KEY=VALUE.");
            }

            values[line[..equals].TrimEnd()] = line[(equals + 1)..].TrimStart();
        }

        return values;
    }

    private static string ReadText(string file) => File.Exists(file)
        ? File.ReadAllText(file)
        : throw new HostConfigurationException($"{file} does not exist.");
}
