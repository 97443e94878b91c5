using System.Threading.Channels;
using Azure.Storage.Queues;
using IterationBranches.Sandbox.App;
using IterationBranches.Sandbox.Cloud;
using IterationBranches.Sandbox.Demo;
using IterationBranches.Sandbox.FunctionsHost;
using IterationBranches.Sandbox.StandIns.AzureBoards;
using IterationBranches.Testing;

namespace IterationBranches.EndToEnd.Tests.Sandbox;

/// <summary>A new iteration in Azure Boards becomes a ready branch whose credential is in Key Vault.</summary>
public sealed class MainJobTests(PlayedSandbox played, PublishedAppFixture app) : IClassFixture<PlayedSandbox>
{
    [Fact]
    public async Task Every_effect_of_the_story_is_there_when_it_is_read_from_outside()
    {
        var checks = await new Checks(played.Running, played.Story, played.Events).RunAsync(CancellationToken.None);

        Assert.True(checks.Count >= 30, $"only {checks.Count} effects were checked");
        Assert.All(checks, check => Assert.True(check.Passed, $"{check.Name}: {check.Problem}"));
    }

    [Fact]
    public async Task A_deep_look_over_the_same_state_writes_nothing()
    {
        var before = Writes.Of(played.Running.Cloud);
        var looks = played.Running.Host.Invocations["ProvisionBranch"].Succeeded;

        await SendAsync("""{"version":1,"track":"orders","reason":"poll","operation":null}""");
        await SendAsync("""{"version":1,"track":"stock","reason":"poll","operation":null}""");
        await played.Running.SettleAsync(CancellationToken.None);

        Assert.Equal(before, Writes.Of(played.Running.Cloud));
        Assert.Equal(looks + 2, played.Running.Host.Invocations["ProvisionBranch"].Succeeded);
    }

    [Fact]
    public async Task A_hook_that_finds_the_storage_account_down_is_answered_503_and_taken_when_it_comes_again()
    {
        var boards = played.Running.Cloud.Boards;
        var delivered = Channel.CreateUnbounded<HookDelivery>();
        boards.Delivered = delivery => delivered.Writer.TryWrite(delivery);
        played.CutStorage(true);
        await boards.CreateWorkItemAsync(Seed.Project, $@"{Seed.Project}\Hotfix week");
        played.CutStorage(false);

        // Both tracks are of the work item's project, and each has its own hook. One may have been tried again before the other was
        // refused for the first time.
        var deliveries = new List<HookDelivery>();
        while (deliveries.Count(delivery => delivery.Status == 202) < Seed.Tracks.Count)
        {
            deliveries.Add(await delivered.Reader.ReadAsync().AsTask().WaitAsync(Bound.Wait));
        }

        var bySubscription = deliveries.GroupBy(delivery => delivery.Subscription).ToList();
        Assert.Equal(Seed.Tracks.Count, bySubscription.Count);
        Assert.All(bySubscription, sent => Assert.Equal(Enumerable.Range(1, sent.Count()), sent.Select(delivery => delivery.Attempt)));
        Assert.All(bySubscription, sent => Assert.Equal([.. Enumerable.Repeat(503, sent.Count() - 1), 202], sent.Select(delivery => delivery.Status)));
        Assert.All(bySubscription, sent => Assert.True(sent.Count() > 1, "the storage account was down for the first attempt"));
        Assert.All(bySubscription, sent => Assert.Equal(HookStatus.Enabled, sent.Key.Status));
        boards.Delivered = null;
        await played.Running.SettleAsync(CancellationToken.None);
    }

    [Fact]
    public async Task A_message_that_cannot_be_read_is_in_the_poison_queue_with_the_reason()
    {
        await SendAsync("""{"version":1,"track":"nobody","reason":"poll"}""");
        await played.Running.SettleAsync(CancellationToken.None);

        var poison = new QueueClient(played.Running.Cloud.Storage.ConnectionString, "provision-branch-poison", new() { MessageEncoding = QueueMessageEncoding.Base64 });
        var messages = (await poison.ReceiveMessagesAsync(32)).Value;
        var message = Assert.Single(messages);
        Assert.Contains("there is no track 'nobody' in the settings", message.Body.ToString(), StringComparison.Ordinal);
        Assert.Contains(played.Events, seen => seen.Kind == HostEventKind.Log && seen.Text.Contains("there is no track 'nobody'", StringComparison.Ordinal));
        await poison.DeleteMessageAsync(message.MessageId, message.PopReceipt);
    }

    [Fact]
    public void No_credential_is_anywhere_but_in_Key_Vault()
    {
        var secrets = played.Running.Cloud.PlanetScale.IssuedSecrets;
        var places = new Dictionary<string, string>
        {
            ["logs and console"] = string.Join('\n', played.Events.Select(seen => seen.Text)),
            ["answers to hooks"] = string.Join('\n', played.Story.Deliveries.Select(delivery => delivery.ResponseBody)),
            ["queue messages and blob metadata"] = played.SentToStorage,
            ["files"] = string.Join('\n', FilesOf(played.Running.Cloud.Folder).Concat(FilesOf(app.Directory).Where(file => new FileInfo(file).Length < 1_000_000)).Select(File.ReadAllText)),
        };

        Assert.Equal(6, secrets.Count);
        Assert.Contains("\"track\":\"orders\"", places["queue messages and blob metadata"], StringComparison.Ordinal);
        Assert.All(places, place => Assert.All(secrets, secret => Assert.DoesNotContain(secret, place.Value, StringComparison.Ordinal)));
    }

    [Fact]
    public void The_apps_own_keys_are_not_in_what_it_prints()
    {
        string[] keys = ["PlanetScale__ServiceToken", "ServiceHook__Password", "IDENTITY_HEADER"];
        var printed = string.Join('\n', played.Events.Select(seen => seen.Text).Concat(played.Story.Deliveries.Select(delivery => delivery.ResponseBody)));

        Assert.NotEmpty(printed);
        Assert.All(keys, key => Assert.DoesNotContain(played.Settings[key], printed, StringComparison.Ordinal));
        Assert.DoesNotContain(played.Running.Host.FunctionKey, printed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_plan_verb_shows_what_is_there_and_why_the_rest_waits()
    {
        var (exitCode, output, errors) = await CliCommand.RunAsync(["plan"], played.Settings);

        Assert.True(exitCode == 0, output + errors);
        Assert.Matches(@"Sprint 42 +\S+ +current +sprint-42 \(ready\) +br-orders-[0-9a-f]{8} +nothing to do", output);
        Assert.Matches(@"Sprint 44 +\S+ +later +no branch +no secret +branch on \d{4}-\d\d-\d\d", output);
        Assert.Matches(@"Sprint 45 – März +undated +no branch +no secret +no dates yet", output);
        Assert.Matches(@"alias ConnectionStrings--orders: gives br-orders-[0-9a-f]{8}", output);
        Assert.DoesNotContain("would", output, StringComparison.Ordinal);
    }

    private async Task SendAsync(string text) => await
        new QueueClient(played.Running.Cloud.Storage.ConnectionString, "provision-branch", new() { MessageEncoding = QueueMessageEncoding.Base64 }).SendMessageAsync(text);

    private static IEnumerable<string> FilesOf(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories);
}
