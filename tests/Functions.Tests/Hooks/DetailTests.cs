using System.Net;
using System.Text.Json.Nodes;
using IterationBranches.Functions.Tests.Running;

namespace IterationBranches.Functions.Tests.Hooks;

/// <summary>
/// Every event in every amount of detail and every version of its form: with the track in the URL an event is ignored
/// only when it says that it does not matter.
/// </summary>
public sealed class DetailTests
{
    private static readonly string[] s_details = ["all", "minimal", "none"];

    // What the UI offers, and one that may come.
    private static readonly string[] s_versions = ["1.0", "3.1-preview.3", "5.1-preview.3", "8.0"];

    private static readonly Dictionary<string, Func<JsonNode>> s_mattering = new()
    {
        ["created"] = () => EventPayload.Created(),
        ["restored"] = EventPayload.Restored,
        ["updated: moved"] = EventPayload.Updated,
        ["push: a new branch"] = () => EventPayload.Push(),
        ["push: several refs"] = EventPayload.SeveralRefs,
    };

    private static readonly Dictionary<string, Func<JsonNode>> s_ignorable = new()
    {
        ["created: in no iteration"] = () => EventPayload.Created("Meridian"),
        ["restored: in no iteration"] = () => With(EventPayload.Restored(), fields => fields["System.IterationPath"] = "Meridian"),
        ["updated: another field"] = EventPayload.OtherField,
        ["updated: links alone"] = EventPayload.LinksAlone,
        ["push: commits"] = EventPayload.Commit,
        ["push: a branch is deleted"] = () => EventPayload.Push(from: "7f1c0a94e2b58d36c9f4017ab3e6d825f90c1b47", to: EventPayload.Zeros),
    };

    public static IEnumerable<TheoryDataRow<string, string, string>> Rows(bool mattering) =>
        from name in (mattering ? s_mattering : s_ignorable).Keys
        from details in s_details
        from version in s_versions
        select new TheoryDataRow<string, string, string>(name, details, version);

    [Theory]
    [MemberData(nameof(Rows), true)]
    public async Task What_may_matter_is_looked_at(string name, string details, string version)
    {
        await using var app = await RunningApp.StartAsync(settings => settings["Tracks__orders__GitBranches"] = "release/*");

        var answer = await app.ReceiveAsync(EventPayload.Sent(s_mattering[name](), details, version).ToContent(), "orders");

        Assert.Equal(HttpStatusCode.Accepted, answer.Status);
        Assert.Equal(["orders"], answer.Queued);
        Assert.Equal(1, app.Queue.Sent);
    }

    [Theory]
    [MemberData(nameof(Rows), false)]
    public async Task What_does_not_matter_is_looked_at_only_when_it_does_not_say_so(string name, string details, string version)
    {
        await using var app = await RunningApp.StartAsync(settings => settings["Tracks__orders__GitBranches"] = "release/*");

        var answer = await app.ReceiveAsync(EventPayload.Sent(s_ignorable[name](), details, version).ToContent(), "orders");

        Assert.Equal(details == "all" ? HttpStatusCode.OK : HttpStatusCode.Accepted, answer.Status);
        Assert.Equal(details == "all" ? 0 : 1, app.Queue.Sent);
    }

    [Fact]
    public async Task Names_in_another_case_are_understood_as_well()
    {
        await using var app = await RunningApp.StartAsync();

        Assert.Equal(HttpStatusCode.Accepted, (await app.ReceiveAsync(EventPayload.InPascalCase(EventPayload.Updated()).ToContent(), "orders")).Status);
        Assert.Equal(HttpStatusCode.OK, (await app.ReceiveAsync(EventPayload.InPascalCase(EventPayload.OtherField()).ToContent(), "orders")).Status);
    }

    // The delta of a field that was cleared or set has one value; a copied sample of the documentation is flat.
    [Theory]
    [InlineData("""{"oldValue":"Meridian\\Release 5\\Sprint 42"}""")]
    [InlineData("{}")]
    [InlineData("""{"newValue":17}""")]
    [InlineData("\"Meridian\\\\Release 5\\\\Sprint 42\"")]
    [InlineData("null")]
    public async Task A_change_of_the_path_that_does_not_say_to_what_is_looked_at(string change)
    {
        await using var app = await RunningApp.StartAsync();

        var happened = With(EventPayload.Updated(), fields => fields["System.IterationPath"] = JsonNode.Parse(change));

        Assert.Equal(HttpStatusCode.Accepted, (await app.ReceiveAsync(happened.ToContent(), "orders")).Status);
    }

    private static JsonNode With(JsonNode happened, Action<JsonNode> change)
    {
        change(happened["resource"]!["fields"]!);
        return happened;
    }
}
