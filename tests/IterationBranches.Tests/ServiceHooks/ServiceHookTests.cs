using System.Text;
using System.Text.Json.Nodes;
using IterationBranches.Configuration;
using IterationBranches.Provisioning;
using IterationBranches.ServiceHooks;
using IterationBranches.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace IterationBranches.Tests.ServiceHooks;

public sealed class ServiceHookTests
{
    private const string ProjectId = "3f6c1b0e-8d52-4c6a-9a57-2f1d4b7e9c10";

    private readonly InMemoryLookQueue _queue = new(new ManualTime());

    [Theory]
    [InlineData("workitem.created.json", LookReason.WorkItem, null, @"Meridian\Release 5\Sprint 43", "")]
    [InlineData("workitem.restored.json", LookReason.WorkItem, null, @"Meridian\Release 5\Sprint 43", "")]
    [InlineData("workitem.updated.iteration-changed.json", LookReason.WorkItem, null, @"Meridian\Release 5\Sprint 42", "")]
    [InlineData("workitem.updated.other-field.json", LookReason.WorkItem, "the iteration path did not change", null, "")]
    [InlineData("git.push.new-branch.json", LookReason.Push, null, null, "release/5.42")]
    [InlineData("git.push.several-refs.json", LookReason.Push, null, null, "release/5.42")]
    [InlineData("git.push.commit.json", LookReason.Push, "no branch is new", null, "")]
    public void A_delivery_of_Azure_DevOps_is_understood(string file, LookReason reason, string? ignore, string? path, string branches)
    {
        var happened = Parse(Payload(file));

        Assert.Equal((reason, ignore, "Meridian", Guid.Parse(ProjectId)), (happened.Reason, happened.Ignore, happened.ProjectName, happened.ProjectId));
        Assert.Equal((ignore is null ? path : null, branches), (happened.IterationPath, string.Join(",", happened.NewGitBranches ?? [])));
    }

    [Fact]
    public void With_all_names_in_another_case_it_is_understood_as_well()
    {
        var text = Payload("workitem.created.json").ToJsonString().Replace("\"resource\"", "\"Resource\"").Replace("\"fields\"", "\"Fields\"");

        Assert.Equal(@"Meridian\Release 5\Sprint 43", Parse(JsonNode.Parse(text)!).IterationPath);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"eventType":7}""")]
    [InlineData("""{"eventType":""}""")]
    public void What_is_no_event_is_null(string text) => Assert.Null(ServiceHookEvent.Parse(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Broken_text_and_endless_nesting_are_no_event()
    {
        Assert.Null(ServiceHookEvent.Parse("{\"eventType\":\"\xff\"}"u8.ToArray().Select(letter => letter == 0xc3 ? (byte)0xff : letter).ToArray()));
        Assert.Null(ServiceHookEvent.Parse(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", 100)))));
    }

    [Theory]
    [InlineData("00000000-0000-0000-0000-000000000000", null, null, true)]
    [InlineData(null, "http://fabrikam-fiber-inc.visualstudio.com/DefaultCollection/_apis/wit/workItems/5", null, true)]
    [InlineData(null, null, "c12d0eb8-e382-443b-9f9c-c52cba5014c2", true)]
    [InlineData(null, null, null, false)] // a real one may lack it
    [InlineData("6d1f0a7b-3c85-4e29-9b46-a2e8d05c7f13", "http://fabrikam-fiber-inc.visualstudio.com/x", null, true)] // hooks test
    [InlineData("6d1f0a7b-3c85-4e29-9b46-a2e8d05c7f13", null, "c12d0eb8-e382-443b-9f9c-c52cba5014c2", true)]
    [InlineData("6d1f0a7b-3c85-4e29-9b46-a2e8d05c7f13", "https://fabrikam-fiber-inc.visualstudio.com/x", "5c9e4b1f-7a30-4d28-b6c5-0f83d2e7a194", false)]
    public void What_the_test_button_sends_is_understood_and_ignored(string? subscription, string? url, string? collection, bool isTest)
    {
        var body = Payload("workitem.created.json");
        body["subscriptionId"] = subscription;
        body["resource"]!["url"] = url;
        body["resourceContainers"]!["collection"]!["id"] = collection;

        Assert.Equal(isTest ? "a test event; its form is understood" : null, Parse(body).Ignore);
    }

    [Theory]
    [InlineData("build.complete", "this event says nothing about iterations")]
    [InlineData("workitem.deleted", "this event says nothing about iterations")]
    public void Other_events_are_ignored(string eventType, string why)
    {
        var body = Payload("workitem.created.json");
        body["eventType"] = eventType;

        Assert.Equal(why, Parse(body).Ignore);
    }

    [Theory]
    [InlineData("Meridian", "the work item is in no iteration")] // the project itself: the backlog
    [InlineData(@"Meridian\Sprint 42", null)]
    public void A_work_item_in_the_backlog_says_nothing(string path, string? ignore)
    {
        var body = Payload("workitem.created.json");
        body["resource"]!["fields"]!["System.IterationPath"] = path;

        Assert.Equal(ignore, Parse(body).Ignore);
    }

    [Fact]
    public void Without_any_details_a_change_is_looked_at()
    {
        var body = Payload("workitem.updated.iteration-changed.json");
        body["resource"] = new JsonObject { ["id"] = 2, ["url"] = "https://dev.azure.com/contoso/_apis/wit/workItems/8123/updates/2" };

        var happened = Parse(body);

        Assert.Equal((null, Guid.Parse(ProjectId)), (happened.Ignore, happened.ProjectId));
    }

    [Theory]
    [InlineData("refs/tags/v1", "0000000000000000000000000000000000000000", "33b55f7cb7e7e245323987634f960cf4a6e6bc74")] // a tag
    [InlineData("refs/heads/release/1", "33b55f7cb7e7e245323987634f960cf4a6e6bc74", "0000000000000000000000000000000000000000")] // deleted
    public void Only_a_branch_that_is_new_counts(string name, string before, string after)
    {
        var body = Payload("git.push.new-branch.json");
        body["resource"]!["refUpdates"] = new JsonArray(new JsonObject { ["name"] = name, ["oldObjectId"] = before, ["newObjectId"] = after });

        Assert.Equal("no branch is new", Parse(body).Ignore);
    }

    // The settings: orders and billing of project Meridian, billing below Release 6 alone; ledger of another project.
    [Theory]
    [InlineData("workitem.created.json", null, "orders")]
    [InlineData("workitem.created.json", "orders", "orders")]
    [InlineData("workitem.created.json", "ORDERS", "orders")]
    [InlineData("workitem.created.json", "ledger", "ledger")] // the address says so, whatever the event's project is called
    [InlineData("workitem.created.json", "billing", "it does not concern this track")] // not below its root
    [InlineData("workitem.created.json", "shipping", "there is no such track in the settings")]
    [InlineData("workitem.created.json", "broken", "the track is off: its settings are wrong")]
    [InlineData("workitem.updated.other-field.json", "orders", "the iteration path did not change")]
    [InlineData("git.push.new-branch.json", null, "orders")]
    [InlineData("git.push.new-branch.json", "billing", "it does not concern this track")] // it names no patterns
    [InlineData("git.push.commit.json", null, "no branch is new")]
    public async Task An_event_queues_a_look_at_the_tracks_that_it_concerns(string file, string? track, string expected)
    {
        var happened = Parse(Payload(file));

        var answer = await Receiver().ReceiveAsync(track, happened, default);

        Assert.Equal(expected, answer.Reason ?? string.Join(",", answer.Queued));
        Assert.Equal(answer.Queued, _queue.Messages.Select(message => LookMessage.Parse(message.Text).Message!.Track));
        Assert.All(_queue.Messages, message => Assert.Equal(happened.Reason, LookMessage.Parse(message.Text).Message!.Reason));
    }

    [Theory]
    [InlineData(@"Meridian\Release 6\Sprint 50", "billing,orders")]
    [InlineData(@"Meridian\Release 6", "billing,orders")]
    [InlineData(@"Meridian\Release 66\Sprint 50", "orders")]
    public async Task A_track_with_a_root_is_concerned_by_what_lies_below_it(string path, string queued)
    {
        var body = Payload("workitem.created.json");
        body["resource"]!["fields"]!["System.IterationPath"] = path;

        var answer = await Receiver().ReceiveAsync(null, Parse(body), default);

        Assert.Equal(queued, string.Join(",", answer.Queued.Order()));
    }

    /// <summary>What the poll reads in any of these forms, a hook is compared with in one.</summary>
    [Theory]
    [InlineData(@"Release 6\\Team A")]
    [InlineData(@"\Release 6 \ Team A\")]
    [InlineData("release 6//team a")]
    [InlineData("/")]
    public async Task A_root_that_is_polled_is_matched_by_hooks_in_whatever_form_it_was_written(string root)
    {
        var body = Payload("workitem.created.json");
        body["resource"]!["fields"]!["System.IterationPath"] = @"Meridian\Release 6\Team A\Sprint 50";

        var answer = await Receiver(Load(new() { ["Tracks__billing__IterationRoot"] = root })).ReceiveAsync("billing", Parse(body), default);

        Assert.Equal(["billing"], answer.Queued);
    }

    [Theory]
    [InlineData("refs/heads/release/*")]
    [InlineData("release/*")]
    public async Task A_pattern_of_branches_is_the_same_with_the_name_in_full(string pattern)
    {
        var settings = Load(new() { ["Tracks__orders__GitBranches"] = pattern });

        Assert.Equal(["orders"], (await Receiver(settings).ReceiveAsync("orders", Parse(Payload("git.push.new-branch.json")), default)).Queued);
    }

    [Theory]
    [InlineData("{3F6C1B0E-8D52-4C6A-9A57-2F1D4B7E9C10}")]
    [InlineData(ProjectId)]
    public async Task A_project_that_the_settings_name_by_its_id_is_known(string id)
    {
        var settings = Load(new() { ["Tracks__orders__Project"] = id });

        Assert.Equal(["orders"], (await Receiver(settings).ReceiveAsync(null, Parse(Payload("workitem.created.json")), default)).Queued);
    }

    [Fact]
    public async Task When_the_queue_is_down_the_sender_hears_it()
    {
        _queue.Down = new PeerException(Failure.Transient, "the queue is down");

        await Assert.ThrowsAsync<PeerException>(() => Receiver().ReceiveAsync("orders", Parse(Payload("workitem.created.json")), default));
    }

    [Theory]
    [InlineData("azure-devops:hook-password-of-the-tests", true)]
    [InlineData("azure-devops:the-one-before-this-one", true)]
    [InlineData("azure-devops:hook-password-of-the-test", false)]
    [InlineData("azure-devops:hook-password-of-the-tests ", false)]
    [InlineData("Azure-DevOps:hook-password-of-the-tests", false)]
    [InlineData("azure-devops:", false)]
    [InlineData("", false)]
    public void The_current_and_the_previous_password_open_the_door(string credential, bool isAuthentic)
    {
        var receiver = Receiver(Load(new() { ["ServiceHook__PreviousPassword"] = "the-one-before-this-one" }));
        var encoded = Convert.ToBase64String(Encoding.UTF8.GetBytes(credential));

        Assert.Equal(isAuthentic, receiver.IsAuthentic($"Basic {encoded}"));
        Assert.Equal(isAuthentic, receiver.IsAuthentic($"basic {encoded}"));
        Assert.False(receiver.IsAuthentic($"Bearer {encoded}"));
        Assert.False(receiver.IsAuthentic(encoded));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Basic")]
    [InlineData("Basic ")]
    [InlineData("Basic not base64!")]
    public void What_is_no_credential_opens_nothing(string? header) => Assert.False(Receiver().IsAuthentic(header));

    [Fact]
    public void Without_a_password_nothing_opens_the_door()
    {
        var receiver = Receiver(Load(new() { ["ServiceHook__Password"] = "" }));

        Assert.False(receiver.IsAuthentic($"Basic {Convert.ToBase64String("azure-devops:"u8)}"));
    }

    private static JsonNode Payload(string file) => JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Payloads", "azure-devops", file)))!;

    private static ServiceHookEvent Parse(JsonNode body) => ServiceHookEvent.Parse(Encoding.UTF8.GetBytes(body.ToJsonString()))!;

    private ServiceHookReceiver Receiver(Settings? settings = null) => new(
        settings ?? Load([]),
        new AskedLooks(_queue, new InMemoryAskedNotes(), new ManualTime(), NullLogger<AskedLooks>.Instance),
        NullLogger<ServiceHookReceiver>.Instance);

    private static Settings Load(Dictionary<string, string?> changes)
    {
        var values = SettingValues.Working();
        values["Tracks__orders__GitBranches"] = "main,release/*";
        values["Tracks__broken__Project"] = "Meridian";
        foreach (var (name, project, root) in new[] { ("billing", "meridian", "Release 6"), ("ledger", "Atlas", null) })
        {
            values[$"Tracks__{name}__Project"] = project;
            values[$"Tracks__{name}__IterationRoot"] = root;
            values[$"Tracks__{name}__Database"] = name;
            values[$"Tracks__{name}__Retire"] = "Keep";
        }

        foreach (var (name, value) in changes)
        {
            values[name] = value;
        }

        return SettingsLoader.Load(values.ToConfiguration());
    }
}
