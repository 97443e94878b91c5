using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace IterationBranches.Sandbox.StandIns.AzureBoards;

/// <summary>A web hook that somebody set up. A class, so that its text shows no password.</summary>
public sealed partial class HookSubscription
{
    private int _lastNotificationId;

    internal HookSubscription(string eventType, Uri url, string username, string password, Guid? projectId, string? functionKey, PostedSubscription posted)
    {
        if (eventType is not ("workitem.created" or "workitem.updated" or "workitem.restored" or "git.push"))
        {
            throw new ArgumentOutOfRangeException(nameof(eventType), eventType, "The publisher tfs sends workitem.created, workitem.updated, workitem.restored and git.push here.");
        }

        if (!Credential().IsMatch(username) || !Credential().IsMatch(password))
        {
            throw new ArgumentException("Azure DevOps takes 1 to 256 characters without white space.", nameof(username));
        }

        (EventType, Url, Username, Password, ProjectId, FunctionKey, Posted) = (eventType, url, username, password, projectId, functionKey, posted);
    }

    public Guid Id { get; } = Guid.NewGuid();

    public string EventType { get; }

    public Uri Url { get; }

    public string Username { get; }

    /// <summary>Null: every project of the organization.</summary>
    public Guid? ProjectId { get; }

    public HookStatus Status { get; set; }

    /// <summary>How many events were never sent, because the subscription was on probation or disabled.</summary>
    public int LostEvents { get; internal set; }

    internal PostedSubscription Posted { get; }

    /// <summary>Makes less, or another version, of an event that has all of its resource in version 1.0.</summary>
    internal Action<JsonObject>? Reshape { get; init; }

    internal string Password { get; }

    internal string? FunctionKey { get; }

    /// <summary>Each subscription counts its own notifications.</summary>
    internal int NextNotificationId() => Interlocked.Increment(ref _lastNotificationId);

    internal bool Matches(string eventType, BoardsProject project) => EventType == eventType && (ProjectId is null || ProjectId == project.Id);

    [GeneratedRegex(@"^\S{1,256}\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Credential();
}

/// <summary>One event that was sent to one subscription, and what came back.</summary>
/// <param name="Status">0: no answer came.</param>
public sealed record HookDelivery(HookSubscription Subscription, string EventType, int Status, string ResponseBody)
{
    /// <summary>The bytes that were sent.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>1, or more when it was sent again.</summary>
    public int Attempt { get; init; } = 1;
}

/// <summary>A work item that was created, and the deliveries that told of it.</summary>
public sealed record CreatedWorkItem(int Id, IReadOnlyList<HookDelivery> Deliveries);
