using System.Text.Json;

namespace IterationBranches.Sandbox.FunctionsHost;

/// <summary>The files of an app root that the host reads.</summary>
internal static class AppFiles
{
    private static readonly JsonDocumentOptions s_lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <exception cref="HostConfigurationException">It is not there, or not JSON.</exception>
    public static JsonDocument ReadJson(string path)
    {
        if (!File.Exists(path))
        {
            throw new HostConfigurationException($"{path} does not exist.{(Path.GetFileName(path) is "host.json" or FunctionMetadata.File ? " The app folder must be a published function app: dotnet publish src/Functions." : "")}");
        }

        try
        {
            return JsonDocument.Parse(File.ReadAllBytes(path), s_lenient);
        }
        catch (JsonException e)
        {
            throw new HostConfigurationException($"{path} is not JSON: {e.Message}");
        }
    }
}
