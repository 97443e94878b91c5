using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using IterationBranches.Configuration;
using IterationBranches.Http;
using Microsoft.Extensions.Logging;

namespace IterationBranches.AzureBoards.Administration;

/// <summary>
/// Web hooks over REST 7.1 (https://learn.microsoft.com/rest/api/azure/devops/hooks/subscriptions), as an administrator: the
/// app itself needs none of this, and may do none of it.
/// </summary>
public sealed partial class SubscriptionsClient(HttpClient http, ILogger<SubscriptionsClient> logger, BoardsSettings boards, BoardsGate gate, TimeProvider time)
{
    private const string Version = "api-version=7.1";

    // Alone among these, it has never been released.
    private const string TestVersion = "api-version=7.1-preview.1";

    /// <summary>Azure DevOps waits for the app, which may have to start first.</summary>
    private static readonly TimeSpan s_testPatience = TimeSpan.FromSeconds(90);

    private readonly BoardsConnection _connection = new(http, gate, time, boards, logger, exception => AdministratorRefusals.NoToken(exception, boards));

    /// <summary>A project's id; hooks know projects by nothing else.</summary>
    public async Task<Guid> FindProjectAsync(string nameOrId, CancellationToken cancellationToken)
    {
        if (Guid.TryParse(nameOrId, out var id))
        {
            return id;
        }

        if (!UrlPath.IsUsable(nameOrId))
        {
            throw new AzureBoardsException(Failure.PersonNeeded, $"A project cannot be called \"{nameOrId}\"; correct the track's Project.");
        }

        var project = await SendAsync(HttpMethod.Get, ["projects", nameOrId], Version, null, SubscriptionsJson.Default.ProjectBody, AdministratorRefusals.OfProject(nameOrId, boards), cancellationToken);
        return project.Id ?? throw NotUnderstood("the project has no \"id\"");
    }

    /// <summary>All web hooks that the administrator may see, ours or not.</summary>
    public async Task<IReadOnlyList<Subscription>> ListAsync(CancellationToken cancellationToken)
    {
        var list = await SendAsync(
            HttpMethod.Get, ["hooks", "subscriptions"], $"publisherId=tfs&consumerId=webHooks&consumerActionId=httpRequest&{Version}", null,
            SubscriptionsJson.Default.SubscriptionList, AdministratorRefusals.Of("read the service hooks", "View subscriptions", boards), cancellationToken);
        return [.. (list.Value ?? throw NotUnderstood("there is no \"value\"")).OfType<Subscription>()];
    }

    /// <summary>Not idempotent: when no answer comes, the list says whether it was created.</summary>
    public async Task<Subscription> CreateAsync(WantedSubscription wanted, HookCredential credential, CancellationToken cancellationToken)
    {
        var publisher = new Dictionary<string, string> { ["projectId"] = wanted.ProjectId.ToString() };
        if (wanted.EventType == "workitem.updated")
        {
            publisher["changedFields"] = SubscriptionPlan.IterationPath;
        }

        var consumer = new Dictionary<string, string>(SubscriptionPlan.Details)
        {
            ["url"] = wanted.Url,
            ["basicAuthUsername"] = credential.Username,
            ["basicAuthPassword"] = credential.Password,
            ["httpHeaders"] = $"{SubscriptionPlan.KeyHeader}:{credential.FunctionKey}",
        };
        var body = new SubscriptionBody("tfs", wanted.EventType, SubscriptionPlan.ResourceVersion, "webHooks", "httpRequest", publisher, consumer);
        var scope = wanted.EventType == "git.push" ? "Code (Read)" : "Work Items (Read)";
        var question = AdministratorRefusals.Of(
            $"create a service hook for {wanted.EventType} in the project \"{wanted.Project}\"", "Edit subscriptions", boards, $"PublisherSecurity/{wanted.ProjectId}", scope,
            credential.Password, credential.FunctionKey);
        return await SendAsync(
            HttpMethod.Post, ["hooks", "subscriptions"], Version, ToContent(body, SubscriptionsJson.Default.SubscriptionBody), SubscriptionsJson.Default.Subscription, question, cancellationToken);
    }

    /// <summary>One that is gone already is no failure.</summary>
    public async Task DeleteAsync(Subscription subscription, CancellationToken cancellationToken)
    {
        var answer = await SendAsync(HttpMethod.Delete, ["hooks", "subscriptions", subscription.Id.ToString()], Version, null, cancellationToken);
        if (answer.Status is not (200 or 204 or 404))
        {
            throw BoardsRefusals.Of(answer, AdministratorRefusals.Of(
                $"delete the service hook {subscription.Id}", "Delete subscriptions", boards, subscription.ProjectId is { } project ? $"PublisherSecurity/{project}" : null));
        }
    }

    /// <summary>Sends Azure DevOps' own made-up event, and waits for what came of it.</summary>
    /// <param name="password">The stored one is not told, so that it is sent again.</param>
    public async Task<TestAnswer> TestAsync(Subscription subscription, string password, CancellationToken cancellationToken)
    {
        var inputs = new Dictionary<string, string?>(subscription.ConsumerInputs) { ["basicAuthPassword"] = password };
        var body = new TestBody(
            subscription.Id, new TestDetails("tfs", subscription.EventType, "webHooks", "httpRequest", subscription.PublisherInputs, inputs));
        var question = AdministratorRefusals.Of(
            $"test the service hook {subscription.Id}", "Edit subscriptions", boards, subscription.ProjectId is { } project ? $"PublisherSecurity/{project}" : null,
            secrets: [password, inputs.GetValueOrDefault("httpHeaders")]);
        var sent = await SendAsync(
            HttpMethod.Post, ["hooks", "testnotifications"], $"useRealData=false&{TestVersion}", ToContent(body, SubscriptionsJson.Default.TestBody), SubscriptionsJson.Default.NotificationBody,
            question, cancellationToken);
        var deadline = time.GetUtcNow() + s_testPatience;
        for (var wait = TimeSpan.FromMilliseconds(250); sent.Status != "completed"; wait = wait < TimeSpan.FromSeconds(2) ? wait * 2 : wait)
        {
            if (time.GetUtcNow() >= deadline)
            {
                return new(false, null, $"no answer within {s_testPatience.TotalSeconds:0} seconds");
            }

            await Task.Delay(wait, time, cancellationToken);
            // As Azure DevOps files it: under the subscription, or under none.
            string[] path = ["hooks", "subscriptions", (sent.SubscriptionId ?? Guid.Empty).ToString(), "notifications", $"{sent.Id}"];
            sent = await SendAsync(HttpMethod.Get, path, Version, null, SubscriptionsJson.Default.NotificationBody, question, cancellationToken);
        }

        return AnswerOf(sent, password, inputs.GetValueOrDefault("httpHeaders"));
    }

    private static TestAnswer AnswerOf(NotificationBody notification, params string?[] secrets)
    {
        var response = notification.Details?.Response ?? "";
        var status = StatusCode.Match(response) is { Success: true } found ? int.Parse(found.Groups["code"].ValueSpan, provider: null) : (int?)null;
        var reason = notification.Details?.ErrorMessage is { Length: > 0 } error ? error
            : ReasonPhrase.Match(response) is { Success: true } phrase ? phrase.Groups["phrase"].Value
            : notification.Result ?? "";
        return new(notification.Result == "succeeded", status, Redaction.Show(reason, secrets));
    }

    private async Task<T> SendAsync<T>(
        HttpMethod method, string[] path, string query, HttpContent? content, JsonTypeInfo<T> type, BoardsQuestion question, CancellationToken cancellationToken)
        where T : class
    {
        var answer = await SendAsync(method, path, query, content, cancellationToken);
        // Some 200s of a refused credential are sign-in pages.
        if (answer is not { Status: 200, IsJson: true })
        {
            throw BoardsRefusals.Of(answer, question);
        }

        try
        {
            return JsonSerializer.Deserialize(answer.Body.Span, type) ?? throw NotUnderstood("it is null");
        }
        catch (JsonException exception)
        {
            throw NotUnderstood($"it is not the expected JSON at {exception.Path}");
        }
    }

    private async Task<Answer> SendAsync(HttpMethod method, string[] path, string query, HttpContent? content, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, $"{UrlPath.Of([boards.Organization, "_apis", .. path])}?{query}") { Content = content };
        return await _connection.SendAsync(request, cancellationToken);
    }

    private static ByteArrayContent ToContent<T>(T body, JsonTypeInfo<T> type) =>
        new(JsonSerializer.SerializeToUtf8Bytes(body, type)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };

    private static AzureBoardsException NotUnderstood(string why) => new(Failure.Transient, $"The answer of Azure DevOps was not understood: {why}.", 200);

    [GeneratedRegex(@"Status Code:\s*(?<code>\d{3})\b", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex StatusCode { get; }

    [GeneratedRegex(@"Reason Phrase:\s*(?<phrase>[^\r\n]*)", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ReasonPhrase { get; }

    private sealed record ProjectBody(Guid? Id);

    private sealed record SubscriptionList(Subscription?[]? Value);

    private sealed record SubscriptionBody(
        string PublisherId, string EventType, string ResourceVersion, string ConsumerId, string ConsumerActionId,
        IReadOnlyDictionary<string, string> PublisherInputs, IReadOnlyDictionary<string, string> ConsumerInputs);

    private sealed record TestBody(Guid SubscriptionId, TestDetails Details);

    private sealed record TestDetails(
        string PublisherId, string EventType, string ConsumerId, string ConsumerActionId,
        IReadOnlyDictionary<string, string?> PublisherInputs, IReadOnlyDictionary<string, string?> ConsumerInputs);

    private sealed record NotificationBody(int Id, Guid? SubscriptionId, string? Status, string? Result, NotificationDetails? Details);

    private sealed record NotificationDetails(string? Response, string? ErrorMessage);

    // The generator names its files by the context alone, so that the name is unique in the assembly.
    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, PropertyNameCaseInsensitive = true)]
    [JsonSerializable(typeof(ProjectBody))]
    [JsonSerializable(typeof(SubscriptionList))]
    [JsonSerializable(typeof(SubscriptionBody))]
    [JsonSerializable(typeof(TestBody))]
    [JsonSerializable(typeof(NotificationBody))]
    private sealed partial class SubscriptionsJson : JsonSerializerContext;
}
