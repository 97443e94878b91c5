using System.Text.Json;
using IterationBranches.Configuration;
using IterationBranches.Sandbox.App;
using IterationBranches.Testing;

namespace IterationBranches.Tests.Configuration;

/// <summary>Holds <c>local.settings.example.json</c> and the names that the code reads against each other.</summary>
public sealed class ExampleSettingsTests
{
    private const string Track = "Tracks__orders__";

    [Fact]
    public void Every_setting_has_a_line_and_every_line_is_a_setting()
    {
        var inCode = SettingsLoader.Names.Concat(TrackReader.Names().Select(name => Track + name)).Append("FUNCTIONS_WORKER_RUNTIME");

        Assert.Equal(inCode.Order(StringComparer.Ordinal), Example().Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_example_loads_as_it_is()
    {
        var settings = SettingsLoader.Load(Example().ToConfiguration());

        Assert.Empty(settings.Problems);
        Assert.Empty(settings.TracksOff);
        Assert.Equal("orders", Assert.Single(settings.Tracks).Name);
    }

    [Fact]
    public void What_it_leaves_empty_has_a_default_or_is_off()
    {
        var example = Example();
        var filled = example.Where(value => value.Value?.Length > 0).ToDictionary();

        var (one, other) = (SettingsLoader.Load(example.ToConfiguration()), SettingsLoader.Load(filled.ToConfiguration()));

        Assert.Empty(other.Problems);
        Assert.Equivalent(one, other);
    }

    [Fact]
    public void It_is_for_the_isolated_worker_and_holds_nothing_that_opens_a_door()
    {
        var example = Example();

        Assert.Equal("dotnet-isolated", example["FUNCTIONS_WORKER_RUNTIME"]);
        Assert.Equal("UseDevelopmentStorage=true", example["AzureWebJobsStorage"]);
        Assert.All(
            ["Boards__PersonalAccessToken", "PlanetScale__ServiceToken", "ServiceHook__Password"],
            name => Assert.True(example[name] is "" || example[name]!.Contains("your", StringComparison.Ordinal), name));
    }

    private static Dictionary<string, string?> Example()
    {
        using var file = JsonDocument.Parse(File.ReadAllText(Path.Combine(PublishedApp.FindRepository(), "local.settings.example.json")));
        Assert.False(file.RootElement.GetProperty("IsEncrypted").GetBoolean());
        return file.RootElement.GetProperty("Values").EnumerateObject().ToDictionary(value => value.Name, value => value.Value.GetString());
    }
}
