using System.Text.Json;

namespace IterationBranches.Functions.Isolated.Tests;

/// <summary>Both hosts have the same functions: what the worker's attributes were compiled to is what the custom handler's files say.</summary>
public sealed class TriggerTests
{
    /// <summary>The name is the app's own; the rest is the SDK's, for the host.</summary>
    private static readonly string[] s_ofOneHost = ["name", "properties", "dataType"];

    public static TheoryData<string> Functions => [.. CustomHandler().Keys];

    [Fact]
    public void The_functions_have_the_same_names() => Assert.Equal(CustomHandler().Keys.Order(), Isolated().Keys.Order());

    [Theory]
    [MemberData(nameof(Functions))]
    public void A_function_has_the_same_trigger_and_outputs(string function) =>
        Assert.Equal(CustomHandler()[function].Select(Describe), Isolated()[function].Select(Describe));

    // With another name in one of them, the difference would not be seen above.
    [Theory]
    [MemberData(nameof(Functions))]
    public void A_trigger_has_the_same_name(string function) =>
        Assert.Equal(CustomHandler()[function][0].GetProperty("name").GetString(), Isolated()[function][0].GetProperty("name").GetString());

    [Fact]
    public void The_host_is_configured_the_same_but_for_what_starts_the_process()
    {
        var custom = Read(Path.Combine("custom-handler", "host.json")).EnumerateObject().ToDictionary(property => property.Name, property => property.Value);
        var isolated = Read("host.json").EnumerateObject().ToDictionary(property => property.Name, property => property.Value);

        Assert.Equal(["customHandler", "extensionBundle"], custom.Keys.Except(isolated.Keys).Order());
        Assert.All(isolated, property => Assert.True(JsonElement.DeepEquals(property.Value, custom[property.Key]), property.Key));
    }

    [Fact]
    public void The_host_finds_the_worker_and_the_extension_of_its_queue()
    {
        var description = Read("worker.config.json").GetProperty("description");
        var extension = Read("extensions.json").GetProperty("extensions").EnumerateArray().Single(extension => extension.GetProperty("name").GetString() == "AzureStorageQueues");

        Assert.Equal("dotnet-isolated", description.GetProperty("language").GetString());
        Assert.True(File.Exists(Path.Combine(AppContext.BaseDirectory, description.GetProperty("defaultWorkerPath").GetString()!)));
        Assert.True(File.Exists(Path.Combine(AppContext.BaseDirectory, extension.GetProperty("hintPath").GetString()!)));
    }

    /// <summary>Every property in one order, with the case of words that the host does not look at taken away.</summary>
    private static string Describe(JsonElement binding) => string.Join("; ", binding.EnumerateObject()
        .Where(property => !s_ofOneHost.Contains(property.Name))
        .OrderBy(property => property.Name, StringComparer.Ordinal)
        .Select(property => $"{property.Name}: {(property.Name is "direction" or "authLevel" ? property.Value.ToString().ToLowerInvariant() : property.Value.ToString().ReplaceLineEndings("").Replace(" ", ""))}"));

    private static Dictionary<string, JsonElement[]> CustomHandler() =>
        Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "custom-handler"), "function.json", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetFileName(Path.GetDirectoryName(file)!), file => Bindings(Read(file)));

    private static Dictionary<string, JsonElement[]> Isolated() =>
        Read("functions.metadata").EnumerateArray().ToDictionary(function => function.GetProperty("name").GetString()!, Bindings);

    private static JsonElement[] Bindings(JsonElement function) => [.. function.GetProperty("bindings").EnumerateArray()];

    private static JsonElement Read(string file) => JsonElement.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, file)));
}
