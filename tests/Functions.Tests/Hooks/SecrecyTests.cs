using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using IterationBranches.Functions.Tests.Running;

namespace IterationBranches.Functions.Tests.Hooks;

/// <summary>What a request says reaches neither the log nor the headers of its answer; and it makes the app call nobody.</summary>
public sealed class SecrecyTests
{
    private const string Forged = "x\r\nSet-Cookie: forged=1\r\n\r\n\u001b[31mfail: forged line\u001b[0m";

    private static readonly string[] s_tracks = ["orders", Uri.EscapeDataString(Forged), "%0d%0aX-Forged:%201", "%1b%5b2J", "%E2%80%AE%0Afail"];

    public static TheoryData<string> Payloads => ["type", "branch", "path", "project", "test", "no json"];

    [Theory]
    [MemberData(nameof(Payloads))]
    public async Task Nothing_of_a_request_is_logged_or_sent_back_as_a_line(string where)
    {
        await using var app = await RunningApp.StartAsync(settings => settings["Tracks__orders__GitBranches"] = "*");
        foreach (var track in s_tracks)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"{RunningApp.Hook}/{track}?code=the-function-key") { Content = Forgery(where) };
            request.Headers.Authorization = HookCredential.Right;
            request.Headers.Add("x-functions-key", "the-function-key");
            using var response = await app.Http.SendAsync(request);

            Assert.DoesNotContain("orged", response.Headers.ToString(), StringComparison.Ordinal);
            Assert.All(await response.Content.ReadAsStringAsync(), letter => Assert.False(char.IsControl(letter)));
        }

        AssertDull(app);
    }

    [Fact]
    public async Task Neither_key_nor_password_is_logged_whether_right_or_wrong()
    {
        await using var app = await RunningApp.StartAsync();
        foreach (var credential in new[] { HookCredential.Right, HookCredential.Of("azure-devops", "a-password-from-last-year"), HookCredential.Of(Forged, Forged) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"{RunningApp.Hook}/orders?code=the-function-key") { Content = EventPayload.Created().ToContent() };
            request.Headers.Authorization = credential;
            request.Headers.Add("x-functions-key", "the-function-key");
            using var response = await app.Http.SendAsync(request);
        }

        AssertDull(app);
    }

    [Fact]
    public async Task No_address_in_a_payload_is_ever_called()
    {
        using var trap = new TcpListener(IPAddress.Loopback, 0);
        trap.Start();
        await using var app = await RunningApp.StartAsync(settings => settings["Tracks__orders__GitBranches"] = "*");
        var address = $"http://{trap.LocalEndpoint}/trap";
        JsonNode[] events =
        [
            EventPayload.Created(), EventPayload.Restored(), EventPayload.Updated(), EventPayload.OtherField(), EventPayload.Push(), EventPayload.SeveralRefs(), EventPayload.Commit(),
            EventPayload.Test(EventPayload.Updated()), EventPayload.OfType("build.complete"),
            .. new[] { "minimal", "none" }.SelectMany(details => new[] { EventPayload.Sent(EventPayload.Updated(), details, "1.0"), EventPayload.Sent(EventPayload.Push(), details, "1.0") }),
        ];
        foreach (var happened in events)
        {
            Assert.True((int)(await app.ReceiveAsync(Redirect(happened, address).ToContent())).Status < 300);
            Assert.True((int)(await app.ReceiveAsync(Redirect(happened, address).ToContent(), "orders")).Status < 300);
        }

        // A connection would wait there, whether anybody takes it or not.
        Assert.False(trap.Pending());
        Assert.Contains(address, Redirect(EventPayload.Updated(), address).ToJsonString(), StringComparison.Ordinal);
    }

    private static void AssertDull(RunningApp app)
    {
        Assert.NotEmpty(app.Log.Lines);
        Assert.All(app.Log.Lines, line =>
        {
            Assert.All(line.Text, letter => Assert.False(char.IsControl(letter)));
            Assert.DoesNotContain("orged", line.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("the-function-key", line.Text, StringComparison.Ordinal);
            Assert.DoesNotContain(HookCredential.Password, line.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("a-password-from-last-year", line.Text, StringComparison.Ordinal);
        });
    }

    private static HttpContent Forgery(string where) => where switch
    {
        "type" => EventPayload.OfType(Forged).ToContent(),
        "branch" => EventPayload.Push($"refs/heads/{Forged}").ToContent(),
        "path" => EventPayload.Created($@"Meridian\{Forged}\{Forged}").ToContent(),
        "project" => EventPayload.Created($@"{Forged}\Sprint").ToContent(),
        "test" => EventPayload.Test(EventPayload.OfType(Forged)).ToContent(),
        _ => EventPayload.Body(Encoding.UTF8.GetBytes(Forged)),
    };

    /// <summary>The event with this address in the place of every other, and where an id is expected too.</summary>
    private static JsonNode Redirect(JsonNode node, string address) => node switch
    {
        JsonObject members => new JsonObject(members.Select(member => KeyValuePair.Create(
            member.Key, member.Key is "id" or "fields" or "refUpdates" || member.Value is null ? member.Value?.DeepClone() : (JsonNode?)Redirect(member.Value, address)))),
        JsonArray items => new JsonArray([.. items.Select(item => item is null ? null : Redirect(item, address))]),
        JsonValue value when value.TryGetValue(out string? text) && text.StartsWith("http", StringComparison.OrdinalIgnoreCase) => address,
        _ => node.DeepClone(),
    };
}
