using System.Text.Json.Nodes;
using IterationBranches.AzureBoards;
using IterationBranches.AzureBoards.Administration;
using IterationBranches.Configuration;
using IterationBranches.Tests.Http;

namespace IterationBranches.Tests.AzureBoards.Administration;

/// <summary>What the client sends and how it reads the answers, through its real wiring.</summary>
public sealed class SubscriptionsClientTests : IDisposable
{
    private const string Hooks = "/contoso/_apis/hooks";
    private const string Create = $"POST {Hooks}/subscriptions?api-version=7.1";
    private const string List = $"GET {Hooks}/subscriptions?publisherId=tfs&consumerId=webHooks&consumerActionId=httpRequest&api-version=7.1";
    private const string Test = $"POST {Hooks}/testnotifications?useRealData=false&api-version=7.1-preview.1";

    private static readonly Guid s_project = Guid.Parse("3f6c1b0e-8d52-4c6a-9a57-2f1d4b7e9c10");
    private static readonly HookCredential s_credential = new("azure-devops", "hook-password-of-a-test", "function-key-of-a-test==");
    private static readonly WantedSubscription s_wanted = new("orders", "workitem.updated", "Meridian", s_project, "https://app.example/api/hooks/azure-devops/orders");

    private readonly HttpPeer _peer = new();
    private readonly Wiring _wiring;

    public SubscriptionsClientTests() => _wiring = new Wiring(_peer, SomeSettings.Of(), services => services.AddHookAdministration(
        new BoardsSettings { BaseUrl = new Uri("https://dev.azure.com"), Organization = "contoso", PersonalAccessToken = SomeSettings.PersonalAccessToken }, new FakeIdentity(), () => 0.5));

    private SubscriptionsClient Client => _wiring.Get<SubscriptionsClient>();

    public void Dispose()
    {
        _wiring.Dispose();
        _peer.Dispose();
    }

    [Fact]
    public async Task A_creation_says_everything_explicitly_and_is_sent_once()
    {
        _peer.On(Create, Reply.Json(200, await BoardsPayload.ReadAsync("subscription-create.response")));

        var created = await Client.CreateAsync(s_wanted, s_credential, CancellationToken.None);

        Assert.Equal((Guid.Parse("0b9e4d72-5f18-4a63-8c7d-e1a3f6029b85"), "enabled"), (created.Id, created.Status));
        var request = Assert.Single(_peer.Received);
        Assert.Equal("application/json; charset=utf-8", request.Headers["Content-Type"]);
        Assert.Equal("Suppress", request.Headers["X-TFS-FedAuthRedirect"]);
        Assert.StartsWith("Basic ", request.Headers["Authorization"], StringComparison.Ordinal);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(request.Body), JsonNode.Parse(
            """
            {
              "publisherId": "tfs", "eventType": "workitem.updated", "resourceVersion": "1.0", "consumerId": "webHooks", "consumerActionId": "httpRequest",
              "publisherInputs": { "projectId": "3f6c1b0e-8d52-4c6a-9a57-2f1d4b7e9c10", "changedFields": "System.IterationPath" },
              "consumerInputs": {
                "url": "https://app.example/api/hooks/azure-devops/orders",
                "basicAuthUsername": "azure-devops", "basicAuthPassword": "hook-password-of-a-test", "httpHeaders": "x-functions-key:function-key-of-a-test==",
                "resourceDetailsToSend": "all", "messagesToSend": "none", "detailedMessagesToSend": "none"
              }
            }
            """)), request.Body);
    }

    [Fact]
    public async Task A_creation_that_fails_is_not_sent_again()
    {
        _peer.On(Create, Reply.Empty(503));

        var refusal = await Assert.ThrowsAsync<AzureBoardsException>(() => Client.CreateAsync(s_wanted, s_credential, CancellationToken.None));

        Assert.Equal((Failure.Transient, 503), (refusal.Failure, refusal.Status));
        Assert.Single(_peer.Received);
    }

    /// <summary>Status, body, and what the message must name.</summary>
    [Theory]
    [InlineData(403, """{"message":"Access Denied: Robin needs the following permission(s) on the resource PublisherSecurity/3f6c1b0e to perform this action: Edit subscriptions"}""", "\"Edit subscriptions\" is missing (security namespace ServiceHooks, PublisherSecurity/3f6c1b0e-8d52-4c6a-9a57-2f1d4b7e9c10)")]
    [InlineData(401, """{"message":"Access Denied: Robin needs the following permission(s) on the resource PublisherSecurity/3f6c1b0e to perform this action: Edit subscriptions"}""", "Project administrators have it")]
    [InlineData(401, """{"message":"TF400813: The user is not authorized"}""", "AZURE_DEVOPS_EXT_PAT")]
    [InlineData(203, "<html>Sign in</html>", "a sign-in page")]
    [InlineData(400, """{"message":"The value of the input 'url' is not valid"}""", "The value of the input 'url' is not valid")]
    public async Task A_refusal_names_what_is_missing(int status, string body, string says)
    {
        _peer.On(Create, Reply.Text(status, body, body[0] == '<' ? "text/html" : "application/json"));

        var refusal = await Assert.ThrowsAsync<AzureBoardsException>(() => Client.CreateAsync(s_wanted, s_credential, CancellationToken.None));

        Assert.Equal(Failure.PersonNeeded, refusal.Failure);
        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_refusal_shows_a_secret_that_was_sent()
    {
        _peer.On(Create, Reply.Json(400, $$"""{"message":"you sent {{s_credential.Password}} and {{s_credential.FunctionKey}} by {{SomeSettings.PersonalAccessToken}}"}"""));

        var refusal = await Assert.ThrowsAsync<AzureBoardsException>(() => Client.CreateAsync(s_wanted, s_credential, CancellationToken.None));

        Assert.Contains("you sent *** and *** by ***", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(s_credential.Password, refusal.ToString() + _wiring.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(s_credential.FunctionKey, refusal.ToString() + _wiring.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_text_of_a_credential_or_a_subscription_shows_no_secret()
    {
        var subscription = new Subscription { ConsumerInputs = new Dictionary<string, string?> { ["httpHeaders"] = s_credential.FunctionKey } };

        Assert.DoesNotContain(s_credential.FunctionKey, $"{s_credential} {subscription}", StringComparison.Ordinal);
        Assert.DoesNotContain(s_credential.Password, $"{s_credential}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_is_read_as_Azure_DevOps_writes_it()
    {
        _peer.On(List, Reply.Json(200, $$"""{"count":2,"value":[{{await BoardsPayload.ReadAsync("subscription-create.response")}},null]}"""));

        var found = Assert.Single(await Client.ListAsync(CancellationToken.None));

        Assert.Equal(
            ("workitem.updated", "1.0", "enabled", s_project, "https://iterflow-func.azurewebsites.net/api/hooks/azuredevops"),
            (found.EventType, found.ResourceVersion, found.Status, found.ProjectId, found.Url));
    }

    [Theory]
    [InlineData("""{"count":0}""")]
    [InlineData("null")]
    [InlineData("[]")]
    public async Task A_list_that_is_not_understood_is_not_an_empty_one(string body)
    {
        _peer.On(List, Reply.Json(200, body));

        await Assert.ThrowsAsync<AzureBoardsException>(() => Client.ListAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_project_is_known_by_its_id_or_looked_up_by_its_name()
    {
        _peer.On("GET /contoso/_apis/projects/Meridian%20%26%20Co?api-version=7.1", Reply.Json(200, $$"""{"id":"{{s_project}}","name":"Meridian & Co"}"""));

        Assert.Equal(s_project, await Client.FindProjectAsync("Meridian & Co", CancellationToken.None));
        Assert.Equal(s_project, await Client.FindProjectAsync(s_project.ToString(), CancellationToken.None));
        await Assert.ThrowsAsync<AzureBoardsException>(() => Client.FindProjectAsync("..", CancellationToken.None));
        Assert.Single(_peer.Received);
    }

    [Theory]
    [InlineData(204)]
    [InlineData(404)]
    public async Task A_deletion_is_done_when_it_is_gone(int status)
    {
        var subscription = new Subscription { Id = Guid.NewGuid() };
        _peer.On($"DELETE {Hooks}/subscriptions/{subscription.Id}?api-version=7.1", Reply.Empty(status));

        await Client.DeleteAsync(subscription, CancellationToken.None);

        _peer.AssertAllAsked();
    }

    [Fact]
    public async Task A_deletion_behind_a_sign_in_page_is_none()
    {
        var subscription = new Subscription { Id = Guid.NewGuid() };
        _peer.On($"DELETE {Hooks}/subscriptions/{subscription.Id}?api-version=7.1", Reply.Text(203, "<html>Sign in</html>", "text/html"));

        await Assert.ThrowsAsync<AzureBoardsException>(() => Client.DeleteAsync(subscription, CancellationToken.None));
    }

    /// <summary>The notification when it is completed, and what came of it.</summary>
    [Theory]
    [InlineData("""{"id":3,"status":"completed","result":"succeeded","details":{"response":"Status Code: 200\nReason Phrase: OK\nHTTP Version: 1.1"}}""", true, 200, "OK")]
    [InlineData("""{"id":3,"status":"completed","result":"failed","details":{"response":"Status Code: 401\nReason Phrase: Unauthorized","errorMessage":"Unauthorized (401)"}}""", false, 401, "Unauthorized (401)")]
    [InlineData("""{"id":3,"status":"completed","result":"failed","details":{"errorMessage":"No such host is known."}}""", false, null, "No such host is known.")]
    [InlineData("""{"id":3,"status":"completed","result":"filtered"}""", false, null, "filtered")]
    public async Task A_test_is_waited_for_and_its_answer_read(string completed, bool succeeded, int? status, string reason)
    {
        const string Notification = $"GET {Hooks}/subscriptions/00000000-0000-0000-0000-000000000000/notifications/3?api-version=7.1";
        _peer.On(Test, Reply.Json(200, """{"id":3,"subscriptionId":"00000000-0000-0000-0000-000000000000","status":"queued","result":"pending"}"""));
        _peer.On(Notification, Reply.Json(200, """{"id":3,"status":"requestInProgress","result":"pending"}"""), Reply.Json(200, completed));
        var subscription = new Subscription
        {
            Id = Guid.NewGuid(),
            EventType = "git.push",
            PublisherInputs = new Dictionary<string, string?> { ["projectId"] = s_project.ToString() },
            ConsumerInputs = new Dictionary<string, string?> { ["url"] = s_wanted.Url, ["basicAuthPassword"] = "********" },
        };

        var answer = await Client.TestAsync(subscription, s_credential.Password, CancellationToken.None);

        Assert.Equal(new TestAnswer(succeeded, status, reason), answer);
        var sent = JsonNode.Parse(_peer.Received[0].Body)!;
        Assert.Equal(subscription.Id.ToString(), (string?)sent["subscriptionId"]);
        Assert.Equal(s_credential.Password, (string?)sent["details"]!["consumerInputs"]!["basicAuthPassword"]);
        Assert.Equal("git.push", (string?)sent["details"]!["eventType"]);
    }
}
