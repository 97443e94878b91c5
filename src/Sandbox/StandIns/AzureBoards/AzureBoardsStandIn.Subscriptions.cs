using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.WebUtilities;

namespace IterationBranches.Sandbox.StandIns.AzureBoards;

// The administration of service hooks by REST. A subscription that was posted delivers like one that was added by hand.
public sealed partial class AzureBoardsStandIn
{
    private readonly Dictionary<int, TestNotification> _tests = [];

    /// <summary>Every subscription that there is.</summary>
    public IReadOnlyList<HookSubscription> Subscriptions => Locked(HookSubscription[] (state) => [.. state.Subscriptions]);

    private void MapSubscriptions(RouteGroupBuilder organization)
    {
        const string List = "/_apis/hooks/subscriptions";
        const string One = $"{List}/{{id:guid}}";
        Add(organization, List, "list_subscriptions", "vso.work", SubscriptionEndpoints.List);
        Add(organization, One, "get_subscription", "vso.work", SubscriptionEndpoints.Get);
        Add(organization, $"{One}/notifications/{{notification:int}}", "get_notification", "vso.work", GetTest);
        organization.MapMethods(One, [HttpMethods.Delete], Answer("vso.work", SubscriptionEndpoints.Delete)).WithName("delete_subscription");
        organization.MapMethods(List, [HttpMethods.Post], AnswerTo("vso.work", SubscriptionEndpoints.Create)).WithName("create_subscription");
        organization.MapMethods("/_apis/hooks/testnotifications", [HttpMethods.Post], AnswerTo("vso.work", StartTest)).WithName("test_subscription");
    }

    private RequestDelegate AnswerTo(string scope, Func<BoardsRequest, JsonNode?, BoardsReply> endpoint) => async context =>
    {
        JsonNode? body = null;
        try
        {
            body = context.Request.HasJsonContentType() ? await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted) : null;
        }
        catch (JsonException)
        {
            // As nothing: the endpoint says what it must be, to those who may hear it.
        }

        await Answer(scope, request => endpoint(request, body))(context);
    };

    /// <summary>What was posted is sent as it is: a masked password is a wrong one. The answer does not wait for it.</summary>
    private BoardsReply StartTest(BoardsRequest request, JsonNode? body)
    {
        if (request.Query("api-version")?.Contains("-preview", StringComparison.Ordinal) is not true)
        {
            throw BoardsException.VersionIsPreview("7.1");
        }

        var subscription = SubscriptionEndpoints.Read(request, (body as JsonObject)?["details"]);
        var test = new TestNotification(_tests.Count + 1, subscription);
        _tests.Add(test.Id, test);
        _ = RunTestAsync(test);
        return new(test.Show());
    }

    private async Task RunTestAsync(TestNotification test)
    {
        // Not under the lock of who asked.
        await Task.Yield();
        test.Delivery = await TestAsync(test.Subscription);
    }

    private BoardsReply GetTest(BoardsRequest request)
    {
        var id = (string)request.Http.RouteValues["notification"]!;
        var test = _tests.GetValueOrDefault(int.Parse(id)) ?? throw BoardsException.NoNotification(id);
        SubscriptionEndpoints.Demand(request, HookRights.View, test.Subscription.ProjectId);
        return request.Route("id") == Guid.Empty.ToString() ? new(test.Show()) : throw BoardsException.NoNotification(id);
    }

    /// <summary>Filed under no subscription, as what was never posted.</summary>
    private sealed class TestNotification(int id, HookSubscription subscription)
    {
        public int Id { get; } = id;

        public HookSubscription Subscription { get; } = subscription;

        public volatile HookDelivery? Delivery;

        public JsonObject Show() => new()
        {
            ["id"] = Id,
            ["subscriptionId"] = Guid.Empty.ToString(),
            ["status"] = Delivery is null ? "queued" : "completed",
            ["result"] = Delivery switch { null => "pending", { Status: >= 200 and < 300 } => "succeeded", _ => "failed" },
            ["details"] = new JsonObject
            {
                ["eventType"] = Subscription.EventType,
                ["response"] = Delivery is { Status: > 0 } answered
                    ? $"Status Code: {answered.Status}\nReason Phrase: {ReasonPhrases.GetReasonPhrase(answered.Status)}\nHTTP Version: 1.1\n{answered.ResponseBody}"
                    : null,
                ["errorMessage"] = Delivery switch
                {
                    { Status: 0 } silent => silent.ResponseBody,
                    { Status: >= 300 } refused => $"{ReasonPhrases.GetReasonPhrase(refused.Status)} ({refused.Status})",
                    _ => null,
                },
            },
        };
    }
}
