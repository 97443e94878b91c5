using IterationBranches.Sandbox.FunctionsHost;
using QueuesOptions = Microsoft.Azure.WebJobs.Host.QueuesOptions;

namespace IterationBranches.EndToEnd.Tests.FunctionsHostTests;

/// <summary>What the host reads of an app root and its settings, and what it says when something of it is wrong.</summary>
public sealed class AppRootTests : IDisposable
{
    private readonly AppRoot _app = new AppRoot().Function("Poll", AppRoot.Timer).Function("Work", AppRoot.Queue);

    public void Dispose() => _app.Dispose();

    [Fact]
    public void Defaults_are_those_of_the_real_host()
    {
        _app.Write("host.json", """{ /* comments are fine */ "version": "2.0" }""");

        var host = HostJson.Read(_app.Directory, new AppSettings(_app.Settings));

        Assert.Equal(("api", TimeSpan.FromMinutes(30)), (host.RoutePrefix, host.FunctionTimeout));
    }

    [Fact]
    public void App_settings_override_it()
    {
        _app.Settings["AzureFunctionsJobHost__functionTimeout"] = "-1";
        _app.Settings["AzureFunctionsJobHost__extensions__queues__batchSize"] = "32";
        _app.Settings["AzureFunctionsJobHost__extensions__http__routePrefix"] = "";
        var options = new QueuesOptions();

        var host = HostJson.Read(_app.Directory, new AppSettings(_app.Settings));
        host.Queues(options);

        Assert.Equal(("", null), (host.RoutePrefix, host.FunctionTimeout));
        Assert.Equal((32, 1, 2), (options.BatchSize, options.NewBatchThreshold, options.MaxDequeueCount));
    }

    [Theory]
    [InlineData("host.json", """{"functionTimeout":"soon"}""", "functionTimeout is 'soon'")]
    [InlineData("host.json", """{"extensions":{"queues":{"batchSize":33}}}""", "extensions.queues")]
    [InlineData("host.json", """{"version":""", "is not JSON")]
    [InlineData("functions.metadata", "[]", "lists no function")]
    [InlineData("worker.config.json", """{"description":{"language":"custom"}}""", "must be dotnet-isolated")]
    [InlineData("worker.config.json", """{"description":{"language":"dotnet-isolated","defaultWorkerPath":"gone.dll"}}""", "'gone.dll', which is not in the app folder")]
    public void What_is_wrong_with_a_file_is_named(string file, string json, string expected)
    {
        _app.Write(file, json);

        var error = Assert.Throws<HostConfigurationException>(() => new FunctionsHost(Options(), TimeProvider.System));

        Assert.Contains(expected, error.Message);
        Assert.Contains(file, error.Message);
    }

    [Fact]
    public void Another_runtime_is_refused_by_its_setting()
    {
        _app.Settings["FUNCTIONS_WORKER_RUNTIME"] = "custom";

        Assert.Contains("FUNCTIONS_WORKER_RUNTIME is 'custom'; it must be dotnet-isolated", Assert.Throws<HostConfigurationException>(() => new FunctionsHost(Options(), TimeProvider.System)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PollSchedule", null, "Poll", "'%PollSchedule%' does not resolve to a value")]
    [InlineData("PollSchedule", "whenever", "Poll", "'whenever' is not NCRONTAB")]
    [InlineData("QueueName", null, "Work", "'%QueueName%' does not resolve to a value")]
    [InlineData("AzureWebJobs.Work.Disabled", "1", "Work", "it is disabled by a setting")]
    public void A_function_whose_setting_is_missing_or_wrong_is_left_out_alone(string setting, string? value, string function, string expected)
    {
        _app.Settings.Remove(setting);
        if (value is not null)
        {
            _app.Settings[setting] = value;
        }

        var functions = FunctionMetadata.ReadAll(_app.Directory, new AppSettings(_app.Settings));

        Assert.StartsWith(expected, functions.Single(found => found.Name == function).Problem, StringComparison.Ordinal);
        Assert.Null(functions.Single(found => found.Name != function).Problem);
    }

    [Fact]
    public void The_text_of_the_options_holds_no_setting() => Assert.DoesNotContain("UseDevelopmentStorage", Options().ToString());

    private FunctionsHostOptions Options() => new() { AppDirectory = _app.Directory, Settings = _app.Settings };
}
