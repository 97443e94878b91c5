using System.Text.RegularExpressions;
using IterationBranches.Configuration;
using IterationBranches.Http;

namespace IterationBranches.AzureBoards.Administration;

/// <summary>Web hooks as an administrator sees them: the app itself needs none of this, and may do none of it.</summary>
public sealed partial class SubscriptionsClient
{
    /// <summary>Azure DevOps waits for the app, which may have to start first.</summary>
    private static readonly TimeSpan s_testPatience = TimeSpan.FromSeconds(90);

    private readonly IServiceHooksApi _api;
    private readonly BoardsSettings _boards;
    private readonly TimeProvider _time;

    internal SubscriptionsClient(IServiceHooksApi api, BoardsSettings boards, TimeProvider time) => (_api, _boards, _time) = (api, boards, time);

    /// <summary>A project's id; hooks know projects by nothing else.</summary>
    public async Task<Guid> FindProjectAsync(string nameOrId, CancellationToken cancellationToken)
    {
        if (Guid.TryParse(nameOrId, out var id))
        {
            return id;
        }

        var project = await _api.GetProjectAsync(_boards.Organization, nameOrId, AdministratorRefusals.OfProject(nameOrId, _boards), cancellationToken);
        return project?.Id ?? throw BoardsRefusals.NotUnderstood("the project has no \"id\"");
    }

    /// <summary>All web hooks that the administrator may see, ours or not.</summary>
    public async Task<IReadOnlyList<Subscription>> ListAsync(CancellationToken cancellationToken)
    {
        var list = await _api.ListSubscriptionsAsync(
            _boards.Organization, AdministratorRefusals.Of("read the service hooks", "View subscriptions", _boards), cancellationToken);
        return [.. (list?.Value ?? throw BoardsRefusals.NotUnderstood("there is no \"value\"")).OfType<Subscription>()];
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
            $"create a service hook for {wanted.EventType} in the project \"{wanted.Project}\"", "Edit subscriptions", _boards, $"PublisherSecurity/{wanted.ProjectId}", scope,
            credential.Password, credential.FunctionKey);
        return await _api.CreateSubscriptionAsync(_boards.Organization, body, question, cancellationToken) ?? throw BoardsRefusals.NotUnderstood("it is empty");
    }

    public async Task DeleteAsync(Subscription subscription, CancellationToken cancellationToken)
    {
        var question = AdministratorRefusals.Of($"delete the service hook {subscription.Id}", "Delete subscriptions", _boards, SecurityToken(subscription));
        try
        {
            await _api.DeleteSubscriptionAsync(_boards.Organization, subscription.Id, question, cancellationToken);
        }
        catch (AzureBoardsException refusal) when (refusal.Status == 404)
        {
            // It is gone already, which is no failure.
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
            $"test the service hook {subscription.Id}", "Edit subscriptions", _boards, SecurityToken(subscription), secrets: [password, inputs.GetValueOrDefault("httpHeaders")]);
        var sent = await _api.CreateTestNotificationAsync(_boards.Organization, body, question, cancellationToken) ?? throw BoardsRefusals.NotUnderstood("it is empty");
        var deadline = _time.GetUtcNow() + s_testPatience;
        for (var wait = TimeSpan.FromMilliseconds(250); sent.Status != "completed"; wait = wait < TimeSpan.FromSeconds(2) ? wait * 2 : wait)
        {
            if (_time.GetUtcNow() >= deadline)
            {
                return new(false, null, $"no answer within {s_testPatience.TotalSeconds:0} seconds");
            }

            await Task.Delay(wait, _time, cancellationToken);
            // As Azure DevOps files it: under the subscription, or under none.
            sent = await _api.GetNotificationAsync(_boards.Organization, sent.SubscriptionId ?? Guid.Empty, sent.Id, question, cancellationToken) ?? throw BoardsRefusals.NotUnderstood("it is empty");
        }

        return AnswerOf(sent, password, inputs.GetValueOrDefault("httpHeaders"));
    }

    private static string? SecurityToken(Subscription subscription) => subscription.ProjectId is { } project ? $"PublisherSecurity/{project}" : null;

    private static TestAnswer AnswerOf(NotificationBody notification, params string?[] secrets)
    {
        var response = notification.Details?.Response ?? "";
        var status = StatusCode.Match(response) is { Success: true } found ? int.Parse(found.Groups["code"].ValueSpan, provider: null) : (int?)null;
        var reason = notification.Details?.ErrorMessage is { Length: > 0 } error ? error
            : ReasonPhrase.Match(response) is { Success: true } phrase ? phrase.Groups["phrase"].Value
            : notification.Result ?? "";
        return new(notification.Result == "succeeded", status, Redaction.Show(reason, secrets));
    }

    [GeneratedRegex(@"Status Code:\s*(?<code>\d{3})\b", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex StatusCode { get; }

    [GeneratedRegex(@"Reason Phrase:\s*(?<phrase>[^\r\n]*)", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ReasonPhrase { get; }
}
