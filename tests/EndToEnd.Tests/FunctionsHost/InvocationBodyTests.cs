using System.Text;
using System.Text.Json.Nodes;
using IterationBranches.Sandbox.FunctionsHost;

namespace IterationBranches.EndToEnd.Tests.FunctionsHostTests;

/// <summary>The bodies are compared with captured ones, byte for byte.</summary>
public sealed class InvocationBodyTests
{
    [Theory]
    [InlineData("queue.plain-text.txt", "plain text message")]
    [InlineData("queue.second-delivery.txt", "please-fail now")]
    [InlineData("queue.json-message.metadata-overwritten.txt", """{"secret":"abc","n":1}""")]
    public void A_queue_message_is_handed_on_as_captured(string file, string text)
    {
        var capture = Capture.Load(file);
        var metadata = Metadata(capture);
        var delivery = new QueueDelivery(
            Decoded(metadata["Id"]), Decoded(metadata["PopReceipt"]), long.Parse((string)metadata["DequeueCount"]!),
            At(metadata["InsertionTime"]), At(metadata["ExpirationTime"]), At(metadata["NextVisibleTime"]), "");

        var body = InvocationBody.ForQueue("msg", text, delivery, Stamp(metadata));

        Assert.Equal(capture.Body, Encoding.UTF8.GetString(body));
    }

    [Theory]
    [InlineData("timer.first-run.txt", "x")]
    [InlineData("timer.past-due.retry-policy.txt", null)]
    [InlineData("timer.no-monitor.txt", null)]
    public void A_timer_is_handed_on_as_captured(string file, string? input)
    {
        var capture = Capture.Load(file);
        var timer = JsonNode.Parse(capture.Body)!["Data"]!["myTimer"]!;
        var status = timer["ScheduleStatus"] is { } json ? new ScheduleStatus(At(json["Last"]), At(json["Next"]), At(json["LastUpdated"])) : null;

        var body = InvocationBody.ForTimer("myTimer", status, (bool)timer["IsPastDue"]!, input, Stamp(Metadata(capture)));

        Assert.Equal(capture.Body, Encoding.UTF8.GetString(body));
    }

    [Fact]
    public void A_request_as_data_is_handed_on_as_captured()
    {
        var capture = Capture.Load("http.not-forwarded.txt");
        var request = JsonNode.Parse(capture.Body)!["Data"]!["req"]!;
        var data = new HttpRequestData(
            (string)request["Url"]!,
            (string)request["Method"]!,
            Pairs(request["Query"]!),
            [.. request["Headers"]!.AsObject().Select(header =>
                KeyValuePair.Create(header.Key, (IReadOnlyList<string>)[.. header.Value!.AsArray().Select(value => (string)value!)]))],
            Pairs(request["Params"]!),
            (string)request["Body"]!);

        var body = InvocationBody.ForHttp("req", data, Stamp(Metadata(capture)));

        Assert.Equal(capture.Body, Encoding.UTF8.GetString(body));
    }

    [Fact]
    public void Properties_of_a_JSON_message_overwrite_its_metadata_whatever_their_case()
    {
        const string text = """
            {"id":"abc","n":5,"share":1.50,"nested":{"a":1},"arr":[1],"none":null,"when":"2026-01-02T03:04:05Z","sys":"x","flag":true,"queueTrigger":"y"}
            """;

        var metadata = JsonNode.Parse(InvocationBody.ForQueue("msg", text, Delivery(), Stamp()))!["Metadata"]!.AsObject();

        Assert.Equal(
            ["DequeueCount", "ExpirationTime", "Id", "InsertionTime", "NextVisibleTime", "PopReceipt", "sys", "n", "share", "nested", "when", "flag"],
            metadata.Select(pair => pair.Key));
        Assert.Equal("\"abc\"", (string)metadata["Id"]!);
        Assert.Equal("\"x\"", (string)metadata["sys"]!);
        Assert.Equal("\"5\"", (string)metadata["n"]!);
        Assert.Equal("\"1.5\"", (string)metadata["share"]!);
        Assert.Equal("""{"a":1}""", metadata["nested"]!.ToJsonString());
        Assert.Equal("\"01/02/2026 03:04:05\"", (string)metadata["when"]!);
        Assert.Equal("\"True\"", (string)metadata["flag"]!);
    }

    [Theory]
    [InlineData("[1,2]", "\"[1,2]\"")]
    [InlineData("\"quoted\"", "\"\\\"quoted\\\"\"")]
    [InlineData("{not json", "\"{not json\"")]
    [InlineData("größer <ä> 'x' +", "\"größer <ä> 'x' +\"")]
    public void Any_other_text_is_encoded_twice_and_adds_no_metadata(string text, string expected)
    {
        var body = JsonNode.Parse(InvocationBody.ForQueue("msg", text, Delivery(), Stamp()))!;

        Assert.Equal(expected, (string)body["Data"]!["msg"]!);
        Assert.Equal(7, body["Metadata"]!.AsObject().Count);
    }

    [Fact]
    public void The_text_of_a_delivery_and_of_a_request_holds_no_secret()
    {
        var request = new HttpRequestData("http://h/?code=SECRET", "POST", [], [KeyValuePair.Create("x-functions-key", (IReadOnlyList<string>)["SECRET"])], [], "SECRET");

        Assert.DoesNotContain("SECRET", request.ToString());
        Assert.DoesNotContain("SECRET", (Delivery() with { Body = "SECRET", PopReceipt = "SECRET" }).ToString());
    }

    private static QueueDelivery Delivery() =>
        new("1", "r", 1, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, "");

    private static InvocationStamp Stamp() => new("QueueFn", DateTimeOffset.UnixEpoch, Guid.Empty, null);

    private static JsonObject Metadata(Capture capture) => JsonNode.Parse(capture.Body)!["Metadata"]!.AsObject();

    private static InvocationStamp Stamp(JsonObject metadata)
    {
        var sys = metadata["sys"]!;
        return new InvocationStamp(
            (string)sys["MethodName"]!, At(sys["UtcNow"]), Guid.Parse((string)sys["RandGuid"]!),
            metadata["RetryContext"] is { } retry ? new RetryState((int)retry["RetryCount"]!, (int)retry["MaxRetryCount"]!, null) : null);
    }

    private static IReadOnlyList<KeyValuePair<string, string>> Pairs(JsonNode json) =>
        [.. json.AsObject().Select(pair => KeyValuePair.Create(pair.Key, (string)pair.Value!))];

    private static string Decoded(JsonNode? json) => (string)JsonNode.Parse((string)json!)!;

    private static DateTimeOffset At(JsonNode? json) => DateTimeOffset.Parse((string)json!);
}
