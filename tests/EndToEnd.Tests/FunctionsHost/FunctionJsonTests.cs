using IterationBranches.Sandbox.FunctionsHost;

namespace IterationBranches.EndToEnd.Tests.FunctionsHostTests;

public sealed class FunctionJsonTests : IDisposable
{
    private readonly AppRoot _app = new();

    public void Dispose() => _app.Dispose();

    [Fact]
    public void Functions_are_read_with_their_settings_resolved()
    {
        _app.Function("Poll", AppRoot.Timer).Function("Work", AppRoot.Queue).Function("Hook", AppRoot.Http).Write("wwwroot/index.html", "");

        var functions = Read();

        Assert.Equal(["Hook", "Poll", "Work"], functions.Select(function => function.Name));
        var http = Assert.IsType<HttpTrigger>(functions[0].Trigger);
        Assert.Equal((HttpAuthLevel.Function, "hooks/{source}/{track?}"), (http.AuthLevel, http.Route));
        Assert.Equal(["POST"], http.Methods);
        Assert.Equal(new TimerTrigger("myTimer", "0 */5 * * * *", RunOnStartup: false, UseMonitor: true), functions[1].Trigger);
        // The setting says "Work".
        Assert.Equal(new QueueTrigger("msg", "work", "Storage"), functions[2].Trigger);
    }

    [Fact]
    public void Only_one_input_and_one_output_of_HTTP_pass_the_request_itself()
    {
        _app.Function("Both", AppRoot.Http)
            .Function("NoOutput", """{"bindings":[{"type":"httpTrigger","name":"req"}]}""")
            .Function("TwoOutputs", """{"bindings":[{"type":"httpTrigger","name":"req"},{"type":"http","name":"res","direction":"out"},{"type":"http","name":"$return","direction":"out"}]}""");

        Assert.Equal([true, false, false], Read().Select(function => function.PassesRawHttp));
    }

    [Fact]
    public void A_function_can_be_disabled_by_its_file_or_by_a_setting()
    {
        _app.Settings["AzureWebJobs.Poll.Disabled"] = "true";
        _app.Function("Poll", AppRoot.Timer).Function("Work", AppRoot.Queue).Function("Old", """{"disabled":true,"bindings":[{"type":"httpTrigger","name":"req"}]}""");

        Assert.Equal([true, true, false], Read().Select(function => function.Disabled));
    }

    [Theory]
    [InlineData("1st", AppRoot.Timer, "'1st' is not a function name")]
    [InlineData("host", AppRoot.Timer, "'host' is not a function name")]
    [InlineData("Poll", """{"bindings":[{"type":"cosmosDBTrigger","name":"x"}]}""", "The binding type(s) 'cosmosDBTrigger' are not registered")]
    [InlineData("Poll", """{"bindings":[]}""", "exactly one trigger")]
    [InlineData("Poll", """{"bindings":[{"type":"timerTrigger","name":"t","schedule":"%Unknown%"}]}""", "no app setting 'Unknown'")]
    [InlineData("Poll", """{"bindings":[{"type":"timerTrigger","name":"t"}]}""", "no 'schedule'")]
    [InlineData("Poll", """{"bindings":[{"type":"httpTrigger","name":"t","authLevel":"user"}]}""", "authLevel is 'user'")]
    [InlineData("Poll", "{", "is not JSON")]
    public void What_is_wrong_with_it_is_named(string name, string json, string expected)
    {
        _app.Function(name, json);

        var error = Assert.Throws<HostConfigurationException>(Read);

        Assert.Contains(expected, error.Message);
        Assert.Contains("function.json", error.Message);
    }

    [Fact]
    public void A_queue_trigger_needs_the_extension_bundle()
    {
        _app.Host(json => json.Remove("extensionBundle")).Function("Work", AppRoot.Queue);

        Assert.Contains("'queueTrigger' are not registered", Assert.Throws<HostConfigurationException>(Read).Message);
    }

    private IReadOnlyList<FunctionJson> Read()
    {
        var settings = new AppSettings(_app.Settings);
        return FunctionJson.ReadAll(_app.Directory, HostJson.Read(_app.Directory, settings), settings);
    }
}
