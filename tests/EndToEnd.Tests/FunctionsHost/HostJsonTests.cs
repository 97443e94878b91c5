using System.Text.Json.Nodes;
using IterationBranches.Sandbox.FunctionsHost;

namespace IterationBranches.EndToEnd.Tests.FunctionsHostTests;

public sealed class HostJsonTests : IDisposable
{
    private readonly AppRoot _app = new();

    public void Dispose() => _app.Dispose();

    [Fact]
    public void Defaults_are_those_of_the_real_host()
    {
        _app.Write("host.json", """{ /* comments are fine */ "customHandler": { "description": { "defaultExecutablePath": "handler" } } }""");

        var host = Read();

        Assert.False(host.ForwardsHttp);
        Assert.False(host.ProxiesHttp);
        Assert.Equal("api", host.RoutePrefix);
        Assert.Equal(TimeSpan.FromSeconds(30), host.InitializationTimeout);
        Assert.Equal(TimeSpan.FromMinutes(30), host.FunctionTimeout);
        Assert.Equal(
            new QueueOptions(16, 8 * Environment.ProcessorCount, 5, TimeSpan.FromMinutes(1), TimeSpan.Zero, Base64: true), host.Queues);
    }

    [Fact]
    public void App_settings_override_it()
    {
        _app.Settings["AzureFunctionsJobHost__functionTimeout"] = "-1";
        _app.Settings["AzureFunctionsJobHost__extensions__queues__batchSize"] = "32";
        _app.Settings["AzureFunctionsJobHost__customHandler__description__arguments"] = """["--x","%Mode%","%Nothing%"]""";
        _app.Settings["Mode"] = "fast";

        var host = Read();

        Assert.Null(host.FunctionTimeout);
        Assert.Equal(32, host.Queues.BatchSize);
        Assert.Equal("--x fast ", host.Handler.Arguments);
    }

    [Fact]
    public void The_root_of_an_isolated_worker_is_told_from_a_broken_one()
    {
        _app.Host(json => json.Remove("customHandler"));

        Assert.Contains("Missing worker Description", Assert.Throws<HostConfigurationException>(Read).Message, StringComparison.Ordinal);
        _app.Write("worker.config.json", "{}");
        Assert.Contains("is the app root of an isolated worker", Assert.Throws<HostConfigurationException>(Read).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Arguments_of_the_worker_come_after_those_of_the_executable()
    {
        _app.Host(json => json["customHandler"]!["description"] = new JsonObject
        {
            ["defaultExecutablePath"] = "node",
            ["defaultWorkerPath"] = "server.js",
            ["arguments"] = new JsonArray("--a"),
            ["workerArguments"] = new JsonArray("--b"),
        });

        Assert.Equal("--a \"server.js\" --b", Read().Handler.Arguments);
    }

    [Theory]
    [InlineData("{}", "Missing worker Description")]
    [InlineData("""{"customHandler":{"description":{"arguments":["a"]}}}""", "defaultExecutablePath is required")]
    [InlineData("""{"functionTimeout":"soon","customHandler":{"description":{"defaultExecutablePath":"h"}}}""", "functionTimeout is 'soon'")]
    [InlineData("""{"extensions":{"queues":{"batchSize":33}},"customHandler":{"description":{"defaultExecutablePath":"h"}}}""", "from 1 to 32")]
    [InlineData("""{"customHandler":""", "is not JSON")]
    public void What_is_wrong_with_it_is_named(string json, string expected)
    {
        _app.Write("host.json", json);

        var error = Assert.Throws<HostConfigurationException>(Read);

        Assert.Contains(expected, error.Message);
        Assert.Contains("host.json", error.Message);
    }

    [Fact]
    public void A_missing_executable_is_named_with_its_path()
    {
        _app.Host(json => json["customHandler"]!["description"]!["defaultExecutablePath"] = "no-such-handler").Function("Poll", AppRoot.Timer);

        var error = Assert.Throws<HostConfigurationException>(() => new FunctionsHost(Options(), TimeProvider.System));

        Assert.Contains(Path.Combine(_app.Directory, "no-such-handler"), error.Message);
        Assert.Contains("does not exist", error.Message);
    }

    [Fact]
    public void An_executable_without_the_permission_to_execute_is_told_from_a_missing_one()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no execute permission on Windows.");
        _app.Function("Poll", AppRoot.Timer);

        var error = Assert.Throws<HostConfigurationException>(() => new FunctionsHost(Options(), TimeProvider.System));

        Assert.Contains("execute permission is missing", error.Message);
    }

    [Fact]
    public void The_text_of_the_options_holds_no_setting() =>
        Assert.DoesNotContain("UseDevelopmentStorage", Options().ToString());

    private HostJson Read() => HostJson.Read(_app.Directory, new AppSettings(_app.Settings));

    private FunctionsHostOptions Options() => new() { AppDirectory = _app.Directory, Settings = _app.Settings };
}
