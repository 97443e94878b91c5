using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace IterationBranches.Sandbox.StandIns.AzureBoards;

/// <summary>A subscription as it was posted, its inputs all texts.</summary>
internal sealed record PostedSubscription(string? ResourceVersion, IReadOnlyDictionary<string, string> PublisherInputs, IReadOnlyDictionary<string, string> ConsumerInputs, string CreatedBy, DateTimeOffset CreatedAt);

/// <summary>
/// <c>_apis/hooks/subscriptions</c>: the web hook's own inputs are checked as its descriptors say
/// (https://learn.microsoft.com/azure/devops/service-hooks/services/webhooks). Passwords come back masked, headers do not.
/// </summary>
internal static partial class SubscriptionEndpoints
{
    private const string Mask = "********";

    private static readonly Dictionary<string, string[]> s_filters = new()
    {
        ["workitem.created"] = ["areaPath", "workItemType", "tag", "linksChanged"],
        ["workitem.updated"] = ["areaPath", "workItemType", "tag", "linksChanged", "changedFields"],
        ["workitem.restored"] = ["areaPath", "workItemType", "tag"],
        ["git.push"] = ["repository", "branch", "pushedBy"],
    };

    private static readonly Dictionary<string, string[]> s_choices = new()
    {
        ["resourceDetailsToSend"] = ["", "all", "minimal", "none"],
        ["messagesToSend"] = ["", "all", "text", "html", "markdown", "none"],
        ["detailedMessagesToSend"] = ["", "all", "text", "html", "markdown", "none"],
        ["acceptUntrustedCerts"] = ["", "true", "false"],
    };

    public static BoardsReply List(BoardsRequest request)
    {
        Demand(request, HookRights.View, project: null);
        return BoardsReply.List(request.State.Subscriptions
            .Where(subscription => Asks("publisherId", "tfs") && Asks("eventType", subscription.EventType) && Asks("consumerId", "webHooks") && Asks("consumerActionId", "httpRequest"))
            .Where(subscription => IsVisible(request, subscription))
            .Select(subscription => Show(request, subscription)));

        bool Asks(string name, string value) => request.Query(name) is null or "" || request.Query(name) == value;
    }

    public static BoardsReply Get(BoardsRequest request) => new(Show(request, Find(request)));

    public static BoardsReply Delete(BoardsRequest request)
    {
        var subscription = Find(request);
        Demand(request, HookRights.Delete, subscription.ProjectId);
        request.State.Subscriptions.Remove(subscription);
        return new(null);
    }

    public static BoardsReply Create(BoardsRequest request, JsonNode? body)
    {
        var subscription = Read(request, body);
        request.State.Subscriptions.Add(subscription);
        return new(Show(request, subscription));
    }

    /// <summary>Checks everything about a subscription that was posted, but adds it to nothing.</summary>
    public static HookSubscription Read(BoardsRequest request, JsonNode? body)
    {
        if (body is not JsonObject posted)
        {
            throw BoardsException.BadInput("The subscription must be a JSON object.");
        }

        Expect(Text(posted, "publisherId"), "tfs", "publisher");
        Expect(Text(posted, "consumerId"), "webHooks", "consumer");
        Expect(Text(posted, "consumerActionId"), "httpRequest", "consumer action");
        var eventType = Text(posted, "eventType");
        if (eventType is null || !s_filters.TryGetValue(eventType, out var filters))
        {
            throw BoardsException.BadInput($"The event type '{eventType}' is not supported by publisher 'tfs'.");
        }

        var version = Text(posted, "resourceVersion");
        if (version is not (null or "1.0" or "latest"))
        {
            throw BoardsException.BadInput($"The resource version '{version}' is not supported for the event type '{eventType}' here.");
        }

        var publisher = Inputs(posted, "publisherInputs");
        var project = FindProject(request, publisher.GetValueOrDefault("projectId"));
        // Each family of events has a scope of its own.
        if (!request.Caller.Has(eventType == "git.push" ? "vso.code" : "vso.work"))
        {
            throw BoardsAccess.NotAllowed(request.Caller);
        }

        Demand(request, HookRights.Edit, project);
        foreach (var (name, value) in publisher.Where(input => input.Key is not ("projectId" or "tfsSubscriptionId")))
        {
            if (!filters.Contains(name) || (value.Length > 0 && (name, value) is not ("changedFields", "System.IterationPath")))
            {
                throw BoardsException.BadInput($"The stand-in has no filter '{name}' with the value '{value}' for '{eventType}'.");
            }
        }

        var consumer = Inputs(posted, "consumerInputs");
        CheckConsumer(consumer);
        return new(
            eventType, new Uri(consumer["url"]), consumer.GetValueOrDefault("basicAuthUsername", ""), consumer.GetValueOrDefault("basicAuthPassword", ""), project,
            KeyOf(consumer.GetValueOrDefault("httpHeaders", "")), new(version, publisher, consumer, request.Caller.Name, request.Now));
    }

    /// <summary>Whoever may not act on a project's hooks is told which permission is missing.</summary>
    public static void Demand(BoardsRequest request, HookRights right, Guid? project)
    {
        if (!request.Caller.Hooks.HasFlag(right))
        {
            throw BoardsException.AccessDenied(
                request.Caller.Name, project is null ? "PublisherSecurity" : $"PublisherSecurity/{project}", $"{(right == HookRights.View ? "View" : right == HookRights.Edit ? "Edit" : "Delete")} subscriptions");
        }
    }

    private static Guid FindProject(BoardsRequest request, string? id)
    {
        if (string.IsNullOrEmpty(id))
        {
            // A hook of the whole organization; nobody administers that here.
            throw BoardsException.AccessDenied(request.Caller.Name, "PublisherSecurity", "Edit subscriptions");
        }

        return Guid.TryParse(id, out _) && request.State.FindProject(id) is { } project && request.Caller.Sees(project)
            ? project.Id
            : throw BoardsException.NoProject(id);
    }

    private static void CheckConsumer(Dictionary<string, string> inputs)
    {
        if (!inputs.TryGetValue("url", out var url) || !Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            throw BoardsException.BadInput("The input 'url' is required, and must be an absolute http or https address.");
        }

        foreach (var (name, value) in inputs)
        {
            var isRight = name switch
            {
                "url" => true,
                // Real ones refuse this machine's addresses; here everything is on it.
                "basicAuthUsername" or "basicAuthPassword" => Credential().IsMatch(value),
                "httpHeaders" => Headers().IsMatch(value),
                _ => s_choices.TryGetValue(name, out var choices) && choices.Contains(value),
            };
            if (!isRight)
            {
                // The value may be a secret.
                throw BoardsException.BadInput($"The value of the input '{name}' is not valid for the consumer action 'httpRequest'.");
            }
        }

        if (!inputs.ContainsKey("basicAuthUsername") || !inputs.ContainsKey("basicAuthPassword"))
        {
            throw BoardsException.BadInput("The stand-in delivers with basic authentication alone.");
        }

        if (address.Scheme != "https" && !address.IsLoopback)
        {
            throw BoardsException.BadInput("Basic authentication needs an https address.");
        }
    }

    private static HookSubscription Find(BoardsRequest request)
    {
        var id = request.Route("id")!;
        return request.State.Subscriptions.Find(subscription => subscription.Id == Guid.Parse(id)) is { } found && IsVisible(request, found)
            ? found
            : throw BoardsException.NoSubscription(id);
    }

    private static bool IsVisible(BoardsRequest request, HookSubscription subscription)
    {
        Demand(request, HookRights.View, subscription.ProjectId);
        return subscription.ProjectId is null || request.State.Projects.Exists(project => project.Id == subscription.ProjectId && request.Caller.Sees(project));
    }

    private static JsonObject Show(BoardsRequest request, HookSubscription subscription)
    {
        var publisher = new JsonObject();
        var consumer = new JsonObject();
        Fill(publisher, subscription.Posted.PublisherInputs);
        Fill(consumer, subscription.Posted.ConsumerInputs);
        publisher["tfsSubscriptionId"] = subscription.Id.ToString();
        if (consumer.ContainsKey("basicAuthPassword"))
        {
            consumer["basicAuthPassword"] = Mask;
        }

        var url = $"{request.Organization}/_apis/hooks/subscriptions/{subscription.Id}";
        return new()
        {
            ["id"] = subscription.Id.ToString(),
            ["url"] = url,
            ["status"] = JsonNamingPolicy.CamelCase.ConvertName(subscription.Status.ToString()),
            ["publisherId"] = "tfs",
            ["eventType"] = subscription.EventType,
            ["subscriber"] = null,
            ["resourceVersion"] = subscription.Posted.ResourceVersion ?? "1.0",
            ["eventDescription"] = "Any",
            ["consumerId"] = "webHooks",
            ["consumerActionId"] = "httpRequest",
            ["actionDescription"] = $"To host {subscription.Url.Host}",
            ["createdBy"] = new JsonObject { ["displayName"] = subscription.Posted.CreatedBy },
            ["createdDate"] = subscription.Posted.CreatedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'"),
            ["publisherInputs"] = publisher,
            ["consumerInputs"] = consumer,
            ["_links"] = new JsonObject { ["self"] = new JsonObject { ["href"] = url } },
        };

        static void Fill(JsonObject target, IReadOnlyDictionary<string, string> inputs)
        {
            foreach (var (name, value) in inputs)
            {
                target[name] = value;
            }
        }
    }

    private static Dictionary<string, string> Inputs(JsonObject posted, string name) => posted[name] switch
    {
        null => [],
        JsonObject inputs => inputs.ToDictionary(input => input.Key, input => input.Value?.GetValueKind() switch
        {
            null or JsonValueKind.Null => "",
            JsonValueKind.String => input.Value.GetValue<string>(),
            _ => throw BoardsException.BadInput($"The input '{input.Key}' must be a text."),
        }),
        _ => throw BoardsException.BadInput($"'{name}' must be an object."),
    };

    private static string? Text(JsonObject posted, string name) => posted[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static void Expect(string? value, string known, string what)
    {
        if (value != known)
        {
            throw BoardsException.BadInput($"The {what} '{value}' could not be found.");
        }
    }

    private static string? KeyOf(string headers) => headers.Split('\n').Select(line => line.Split(':', 2))
        .FirstOrDefault(header => header is [var name, _] && name.Trim().Equals("x-functions-key", StringComparison.OrdinalIgnoreCase))?[1].Trim();

    [GeneratedRegex(@"^\S{1,256}\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Credential();

    // The descriptor's own: no value may hold a space, so that no Authorization header can be sent this way.
    [GeneratedRegex(@"^(\S+\s*:\s*\S+\s*[\r\n\f]+)*(\S+\s*:\s*\S+)+$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Headers();
}
