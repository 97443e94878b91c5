using IterationBranches.Http;

namespace IterationBranches.AzureBoards.Administration;

/// <summary>Who calls the function: what a subscription must carry. A class, so that its text shows no secret.</summary>
/// <param name="functionKey">Travels as the header <c>x-functions-key</c>.</param>
public sealed class HookCredential(string username, string password, string functionKey)
{
    public string Username { get; } = username;

    public string Password { get; } = password;

    public string FunctionKey { get; } = functionKey;

    public override string ToString() => Username;
}

/// <summary>A subscription as it should be: one event of one project, told to one track.</summary>
/// <param name="Project">By the name or id in the track's settings.</param>
public sealed record WantedSubscription(string Track, string EventType, string Project, Guid ProjectId, string Url);

/// <summary>
/// A web hook as Azure DevOps tells of it. The password comes back as asterisks, the header with the function key in clear
/// text: a class, so that its text shows neither.
/// </summary>
public sealed class Subscription
{
    public Guid Id { get; init; }

    public string EventType { get; init; } = "";

    public string? ResourceVersion { get; init; }

    /// <summary><c>enabled</c>, <c>onProbation</c>, <c>disabledByUser</c>, <c>disabledBySystem</c> or <c>disabledByInactiveIdentity</c>.</summary>
    public string Status { get; init; } = "";

    public IReadOnlyDictionary<string, string?> PublisherInputs { get; init; } = new Dictionary<string, string?>();

    public IReadOnlyDictionary<string, string?> ConsumerInputs { get; init; } = new Dictionary<string, string?>();

    /// <summary>Null: the whole organization.</summary>
    public Guid? ProjectId => Guid.TryParse(PublisherInputs.GetValueOrDefault("projectId"), out var id) ? id : null;

    public string? Url => ConsumerInputs.GetValueOrDefault("url");

    public bool IsEnabled => Status == "enabled";

    /// <summary>What its status means for its events, and what to do; null when all is well.</summary>
    public string? WhyNotEnabled => Status switch
    {
        "enabled" => null,
        "onProbation" => "on probation: deliveries failed, and events are lost until one succeeds; Azure DevOps tries again by itself, for 36 hours",
        "disabledByUser" => "disabled by a person; enable it again under Project settings, Service hooks",
        "disabledBySystem" => "disabled by Azure DevOps: deliveries failed for 36 hours, or were answered 410; mend the cause, delete it and create it again",
        "disabledByInactiveIdentity" => "disabled because who created it has left or may see the project no longer; delete it and create it again",
        var other => $"its status is {Redaction.Show(other)}",
    };

    public override string ToString() => $"{EventType} {Id}";
}

/// <summary>What came of a test event.</summary>
/// <param name="Status">With which the app answered; null when no answer came, or Azure DevOps does not tell.</param>
/// <param name="Reason">Why it failed, or the answer's reason phrase.</param>
public sealed record TestAnswer(bool Succeeded, int? Status, string Reason);
