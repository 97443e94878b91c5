using System.Text.Json;
using System.Xml.Linq;
using IterationBranches.Sandbox.App;
using IterationBranches.Testing;

namespace IterationBranches.Cli.Tests;

/// <summary>The executable as an operator starts it.</summary>
public sealed class CommandTests
{
    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    public async Task Help_names_every_verb_and_the_exit_codes(string argument)
    {
        var (exitCode, output, error) = await Desk.RunAsync([], argument);

        Assert.Equal((0, ""), (exitCode, error));
        Assert.All(["plan", "doctor", "retry", "rotate", "recreate", "hooks"], verb => Assert.Contains($"  {verb} ", output));
        Assert.Contains("Exit codes: 0 ", output);
    }

    [Fact]
    public async Task Help_of_a_verb_names_its_options()
    {
        var (exitCode, output, _) = await Desk.RunAsync([], "plan", "--help");

        Assert.Equal(0, exitCode);
        Assert.Contains("--track", output);
        Assert.Contains("--settings", output);
    }

    [Fact]
    public async Task Without_a_verb_it_is_2_and_shows_its_help()
    {
        var (exitCode, output, _) = await Desk.RunAsync(SettingValues.Working());

        Assert.Equal(2, exitCode);
        Assert.Equal((await Desk.RunAsync([], "--help")).Output, output);
    }

    [Fact]
    public async Task The_version_is_that_of_the_sources()
    {
        var (exitCode, output, _) = await Desk.RunAsync([], "--version");

        Assert.Equal(0, exitCode);
        // The commit follows, where the sources are in one.
        Assert.Equal(XDocument.Load(Path.Combine(PublishedApp.FindRepository(), "Directory.Build.props")).Descendants("Version").Single().Value, output.Trim().Split('+')[0]);
    }

    [Theory]
    [InlineData("plann")]
    [InlineData("plan", "--trak", "orders")]
    [InlineData("retry")]
    [InlineData("retry", "--track")]
    public async Task Wrong_arguments_are_2_and_start_nothing(params string[] arguments)
    {
        var (exitCode, output, error) = await Desk.RunAsync(SettingValues.Working(), arguments);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains("See --help.", error);
    }

    [Theory]
    [InlineData("plan")]
    [InlineData("retry", "--track", "orders")]
    public async Task Wrong_settings_are_2_and_all_named(params string[] arguments)
    {
        var settings = SettingValues.Working();
        settings["Boards__Organization"] = "";
        settings["PlanetScale__ServiceToken"] = "@Microsoft.KeyVault(SecretUri=https://contoso-app.vault.azure.net/secrets/token)";
        settings["KeyVault__Uri"] = "http://contoso.vault.azure.net";
        settings["ServiceHook__Pasword"] = "long-enough-password";

        var (exitCode, output, error) = await Desk.RunAsync(settings, arguments);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.All(
            new[] { "Boards__Organization", "PlanetScale__ServiceToken", "KeyVault__Uri", "ServiceHook__Pasword" },
            name => Assert.Contains($"\n  {name}: ", error.ReplaceLineEndings("\n")));
        Assert.DoesNotContain("long-enough-password", error);
    }

    [Theory]
    [InlineData("plan", "--track", "nobody")]
    [InlineData("retry", "--track", "nobody")]
    public async Task An_unknown_track_is_2(params string[] arguments)
    {
        var (exitCode, output, error) = await Desk.RunAsync(SettingValues.Working(), arguments);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains("There is no track 'nobody' in the settings", error);
    }

    [Fact]
    public async Task A_plan_says_what_is_wrong_with_a_track_and_is_1()
    {
        var settings = SettingValues.Working();
        settings["Tracks__broken__Project"] = "Meridian";

        var (exitCode, output, _) = await Desk.RunAsync(settings, "plan", "--track", "BROKEN");

        Assert.Equal(1, exitCode);
        Assert.StartsWith("broken: off\n", output.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Contains("  Tracks__broken__Database: ", output);
        Assert.Contains("  Tracks__broken__Retire: ", output);
    }

    [Fact]
    public async Task A_retry_is_one_message_and_the_settings_file_lies_over_the_environment_the_last_of_a_name_counting()
    {
        await using var storage = await QueuePeer.StartAsync();
        var (exitCode, output, error) = await WithFileAsync(
            $$"""
            {
              // as in local.settings.json
              "IsEncrypted": false,
              "Values": {
                "AzureWebJobsStorage": "{{storage.ConnectionString}}",
                "ProvisionQueueName": "no-queue",
                "provisionqueuename": "another-queue",
                "DryRun": "yes",
                "DryRun": false,
              },
            }
            """,
            file => Desk.RunAsync(SettingValues.Working(), "retry", "--track", "Orders", "--settings", file));

        Assert.Equal((0, "orders will be looked at now.", ""), (exitCode, output.Trim(), error));
        var (queue, text) = Assert.Single(storage.Messages);
        Assert.Equal("another-queue", queue);
        var message = JsonElement.Parse(text);
        Assert.Equal(("orders", "operator", "retry"), (message.GetProperty("track").GetString(), message.GetProperty("reason").GetString(), message.GetProperty("operation").GetProperty("verb").GetString()));
    }

    [Fact]
    public async Task A_retry_that_the_queue_refuses_is_1_and_says_what_to_do()
    {
        await using var storage = await QueuePeer.StartAsync(refuses: true);
        var settings = SettingValues.Working();
        settings["AzureWebJobsStorage"] = storage.ConnectionString;

        var (exitCode, output, error) = await Desk.RunAsync(settings, "retry", "--track", "orders");

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains("check AzureWebJobsStorage", error);
        Assert.DoesNotContain("AccountKey", error);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"Values":[]}""")]
    public async Task A_settings_file_of_another_form_is_2_and_named(string content)
    {
        var (exitCode, _, error) = await WithFileAsync(content, file => Desk.RunAsync(SettingValues.Working(), "plan", "--settings", file));

        Assert.Equal(2, exitCode);
        Assert.Contains("must be a local.settings.json with an object named Values", error);
    }

    [Fact]
    public async Task A_settings_file_that_is_not_there_is_2_and_named()
    {
        var (exitCode, _, error) = await Desk.RunAsync(SettingValues.Working(), "plan", "--settings", Path.Combine(AppContext.BaseDirectory, "no-such.settings.json"));

        Assert.Equal(2, exitCode);
        Assert.Contains("no-such.settings.json", error);
    }

    private static async Task<T> WithFileAsync<T>(string content, Func<string, Task<T>> use)
    {
        var file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.settings.json");
        await File.WriteAllTextAsync(file, content);
        try
        {
            return await use(file);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
