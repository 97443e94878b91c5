using System.Text.Json.Serialization;
using Refit;

namespace IterationBranches.AzureBoards.Administration;

/// <summary>What an administrator asks of Azure DevOps, over REST 7.1. The app itself needs none of this, and may do none of it.</summary>
internal interface IServiceHooksApi
{
    /// <summary>https://learn.microsoft.com/rest/api/azure/devops/core/projects/get.</summary>
    [Get("/{organization}/_apis/projects/{projectId}?api-version=7.1")]
    Task<ProjectBody?> GetProjectAsync(string organization, string projectId, [Property] BoardsQuestion question, CancellationToken cancellationToken);

    /// <summary>https://learn.microsoft.com/rest/api/azure/devops/hooks/subscriptions/list, of web hooks alone.</summary>
    [Get("/{organization}/_apis/hooks/subscriptions?publisherId=tfs&consumerId=webHooks&consumerActionId=httpRequest&api-version=7.1")]
    Task<SubscriptionList?> ListSubscriptionsAsync(string organization, [Property] BoardsQuestion question, CancellationToken cancellationToken);

    /// <summary>https://learn.microsoft.com/rest/api/azure/devops/hooks/subscriptions/create.</summary>
    [Post("/{organization}/_apis/hooks/subscriptions?api-version=7.1")]
    Task<Subscription?> CreateSubscriptionAsync(
        string organization, [Body] SubscriptionBody subscription, [Property] BoardsQuestion question, CancellationToken cancellationToken);

    /// <summary>
    /// https://learn.microsoft.com/rest/api/azure/devops/hooks/subscriptions/delete. The text is empty: of a method without a
    /// result Refit reports a network failure as it is, without asking <see cref="RefitSettings.TransportExceptionFactory"/>.
    /// </summary>
    [Delete("/{organization}/_apis/hooks/subscriptions/{subscriptionId}?api-version=7.1")]
    Task<string> DeleteSubscriptionAsync(string organization, Guid subscriptionId, [Property] BoardsQuestion question, CancellationToken cancellationToken);

    /// <summary>https://learn.microsoft.com/rest/api/azure/devops/hooks/notifications/create. Alone among these, it has never been released.</summary>
    [Post("/{organization}/_apis/hooks/testnotifications?useRealData=false&api-version=7.1-preview.1")]
    Task<NotificationBody?> CreateTestNotificationAsync(
        string organization, [Body] TestBody notification, [Property] BoardsQuestion question, CancellationToken cancellationToken);

    /// <summary>https://learn.microsoft.com/rest/api/azure/devops/hooks/notifications/get.</summary>
    [Get("/{organization}/_apis/hooks/subscriptions/{subscriptionId}/notifications/{notificationId}?api-version=7.1")]
    Task<NotificationBody?> GetNotificationAsync(
        string organization, Guid subscriptionId, int notificationId, [Property] BoardsQuestion question, CancellationToken cancellationToken);
}

internal sealed record ProjectBody(Guid? Id);

internal sealed record SubscriptionList(Subscription?[]? Value);

internal sealed record SubscriptionBody(
    string PublisherId, string EventType, string ResourceVersion, string ConsumerId, string ConsumerActionId,
    IReadOnlyDictionary<string, string> PublisherInputs, IReadOnlyDictionary<string, string> ConsumerInputs);

internal sealed record TestBody(Guid SubscriptionId, TestDetails Details);

internal sealed record TestDetails(
    string PublisherId, string EventType, string ConsumerId, string ConsumerActionId,
    IReadOnlyDictionary<string, string?> PublisherInputs, IReadOnlyDictionary<string, string?> ConsumerInputs);

internal sealed record NotificationBody(int Id, Guid? SubscriptionId, string? Status, string? Result, NotificationDetails? Details);

internal sealed record NotificationDetails(string? Response, string? ErrorMessage);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, PropertyNameCaseInsensitive = true)]
[JsonSerializable(typeof(ProjectBody))]
[JsonSerializable(typeof(SubscriptionList))]
[JsonSerializable(typeof(SubscriptionBody))]
[JsonSerializable(typeof(TestBody))]
[JsonSerializable(typeof(NotificationBody))]
internal sealed partial class ServiceHooksJson : JsonSerializerContext;
