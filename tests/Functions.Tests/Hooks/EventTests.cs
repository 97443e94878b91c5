using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using IterationBranches.Functions.Tests.Running;
using Row = (System.Func<System.Text.Json.Nodes.JsonNode> Event, string Track, string[] Queued, string? Reason);

namespace IterationBranches.Functions.Tests.Hooks;

/// <summary>Which event concerns which track. Nothing that Azure DevOps sends is answered with an error: it would stop sending.</summary>
public sealed class EventTests
{
    private const string Sprint7 = @"Meridian\Release 6\Sprint 7";

    // orders: the team, and release branches; billing: below Release 5; ledger: the project by its id, below Release 6;
    // atlas: another project; broken: off.
    private static readonly Dictionary<string, Row> s_rows = new()
    {
        ["a work item is created"] = (() => EventPayload.Created(), "", ["billing", "orders"], null),
        ["a work item is moved"] = (EventPayload.Updated, "", ["billing", "orders"], null),
        ["a work item is restored"] = (EventPayload.Restored, "", ["billing", "orders"], null),
        ["one push of several refs, of which one is a new branch"] = (EventPayload.SeveralRefs, "", ["orders"], null),
        ["the track is in the URL"] = (EventPayload.Updated, "orders", ["orders"], null),
        ["the track is in the URL in another case"] = (EventPayload.Updated, "ORDERS", ["orders"], null),
        ["a path below another root, and the project by its id"] = (() => EventPayload.Created(Sprint7), "", ["ledger", "orders"], null),
        ["a path below another root than that of the track in the URL"] = (() => EventPayload.Created(Sprint7), "billing", [], "does not concern this track"),
        ["a root whose name only begins so"] = (() => EventPayload.Created(@"Meridian\Release 50\Sprint 1"), "", ["orders"], null),
        ["the root itself"] = (() => EventPayload.Created(@"Meridian\Release 5"), "billing", ["billing"], null),
        ["a new Git branch of the pattern"] = (() => EventPayload.Push(), "", ["orders"], null),
        ["a new Git branch of the pattern, the track in the URL"] = (() => EventPayload.Push(), "orders", ["orders"], null),
        ["a new Git branch, but the track in the URL has no patterns"] = (() => EventPayload.Push(), "billing", [], "does not concern this track"),
        ["a new Git branch of no pattern"] = (() => EventPayload.Push("refs/heads/feature/x"), "", [], "concerns no track"),
        ["a new Git branch in another case"] = (() => EventPayload.Push("refs/heads/RELEASE/5.42"), "", [], "concerns no track"),
        ["a Git branch goes on"] = (EventPayload.Commit, "", [], "no branch is new"),
        ["a Git branch is deleted"] = (() => EventPayload.Push(from: "7f1c0a94e2b58d36c9f4017ab3e6d825f90c1b47", to: EventPayload.Zeros), "", [], "no branch is new"),
        ["a tag is pushed"] = (() => EventPayload.Push("refs/tags/release/5.42"), "", [], "no branch is new"),
        ["another field is changed"] = (EventPayload.OtherField, "", [], "the iteration path did not change"),
        ["a work item of the project alone"] = (() => EventPayload.Created("Meridian"), "", [], "in no iteration"),
        ["a work item of the project alone, the track in the URL"] = (() => EventPayload.Created("Meridian"), "orders", [], "in no iteration"),
        ["a foreign project"] = (EventPayload.Foreign, "", [], "concerns no track"),
        ["a track that there is not"] = (() => EventPayload.Created(), "nobody", [], "no such track"),
        ["a track that is off"] = (() => EventPayload.Created(), "broken", [], "the track is off"),
        ["another event"] = (() => EventPayload.OfType("build.complete"), "", [], "says nothing about iterations"),
        ["an event of a later day"] = (() => EventPayload.OfType("workitem.renumbered"), "orders", [], "says nothing about iterations"),
        ["the Test button: created"] = (() => EventPayload.Test(EventPayload.Created()), "", [], "a test event"),
        ["the Test button: updated"] = (() => EventPayload.Test(EventPayload.Updated()), "orders", [], "a test event"),
        ["the Test button: push"] = (() => EventPayload.Test(EventPayload.Push()), "", [], "a test event"),
        ["the Test button of older days: no subscription, made-up data"] = (EventPayload.OldTest, "orders", [], "a test event"),
        ["a real event without a subscription"] = (() => With(EventPayload.Created(), "subscriptionId", null), "orders", ["orders"], null),
        ["a resource that is left out: the project is known by its id alone, and settings may have its name"] = (() => With(EventPayload.Created(), "resource", null), "", ["atlas", "billing", "ledger", "orders"], null),
        ["a push that is left out concerns those that have patterns"] = (() => With(EventPayload.Push(), "resource", "x"), "", ["atlas", "orders"], null),
        ["a push that is left out, but the track in the URL has no patterns"] = (() => With(EventPayload.Push(), "resource", "x"), "billing", [], "does not concern this track"),
        ["an event of a known type and nothing else, the track in the URL"] = (() => new JsonObject { ["eventType"] = "workitem.updated" }, "billing", ["billing"], null),
        ["an event of an unknown type and nothing else, the track in the URL"] = (() => new JsonObject { ["eventType"] = "workitem.renumbered" }, "billing", [], "says nothing about iterations"),
        ["containers that are a list"] = (() => With(EventPayload.Created(), "resourceContainers", new JsonArray()), "", ["billing", "orders"], null),
    };

    public static TheoryData<string> Rows => [.. s_rows.Keys];

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task An_event_queues_the_tracks_that_it_concerns(string name)
    {
        var row = s_rows[name];
        await using var app = await RunningApp.StartAsync(Tracks);

        var answer = await app.ReceiveAsync(row.Event().ToContent(), row.Track);

        Assert.Equal(row.Queued.Length > 0 ? HttpStatusCode.Accepted : HttpStatusCode.OK, answer.Status);
        Assert.Equal(row.Queued, answer.Queued);
        Assert.Equal(row.Queued, app.QueuedTexts.Select(text => JsonElement.Parse(text).GetProperty("track").GetString()).Order(StringComparer.Ordinal));
        if (row.Reason is null)
        {
            Assert.Null(answer.Reason);
        }
        else
        {
            Assert.Contains(row.Reason, answer.Reason);
        }
    }

    [Fact]
    public async Task A_message_says_why_and_holds_nothing_of_the_event()
    {
        await using var app = await RunningApp.StartAsync(Tracks);

        await app.ReceiveAsync(EventPayload.Push().ToContent());
        await app.AskedNotes.ClearAsync("orders", default);
        await app.ReceiveAsync(EventPayload.Updated().ToContent(), "orders");

        Assert.Equal(
            ["""{"version":1,"track":"orders","reason":"push","operation":null}""", """{"version":1,"track":"orders","reason":"workitem","operation":null}"""],
            app.QueuedTexts);
    }

    private static void Tracks(Dictionary<string, string?> settings)
    {
        settings["TrackDefaults__Retire"] = "Keep";
        settings["Tracks__orders__GitBranches"] = "main,release/*";
        settings["Tracks__billing__Project"] = "meridian";
        settings["Tracks__billing__IterationRoot"] = "Release 5";
        settings["Tracks__billing__Database"] = "invoices";
        settings["Tracks__ledger__Project"] = "3f6c1b0e-8d52-4c6a-9a57-2f1d4b7e9c10";
        settings["Tracks__ledger__IterationRoot"] = "Release 6";
        settings["Tracks__ledger__Database"] = "ledger";
        settings["Tracks__atlas__Project"] = "Atlas";
        settings["Tracks__atlas__Database"] = "atlas";
        settings["Tracks__atlas__GitBranches"] = "release/*";
        settings["Tracks__broken__Project"] = "Meridian";
    }

    private static JsonNode With(JsonNode happened, string name, JsonNode? value)
    {
        happened[name] = value;
        return happened;
    }
}
