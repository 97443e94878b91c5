using IterationBranches.Configuration;

namespace IterationBranches.AzureBoards.Administration;

/// <param name="Existing">Null: it is to be created.</param>
/// <param name="Problems">What is wrong with the existing one; it is left as it is.</param>
public sealed record PlannedSubscription(WantedSubscription Wanted, Subscription? Existing, IReadOnlyList<string> Problems);

/// <summary>One that leads to the app, but is not wanted: of another event or track, or a second one of the same.</summary>
public sealed record StraySubscription(Subscription Existing, string? Track, string Why);

/// <summary>Which subscriptions there should be, and which of them there are. A pure function.</summary>
public sealed record SubscriptionPlan(IReadOnlyList<PlannedSubscription> Subscriptions, IReadOnlyList<StraySubscription> Strays)
{
    public const string ResourceVersion = "1.0";
    public const string KeyHeader = "x-functions-key";

    /// <summary>Of a changed work item only this field matters.</summary>
    public const string IterationPath = "System.IterationPath";

    /// <summary>Everything of the resource, and no texts: the smallest event that still holds the iteration's path.</summary>
    public static readonly IReadOnlyDictionary<string, string> Details = new Dictionary<string, string>
    {
        ["resourceDetailsToSend"] = "all",
        ["messagesToSend"] = "none",
        ["detailedMessagesToSend"] = "none",
    };

    // Added by the server, or said by us.
    private static readonly string[] s_notFilters = ["projectId", "tfsSubscriptionId", "hostId"];

    public static IEnumerable<WantedSubscription> Wanted(Track track, Guid projectId, HookAddress address)
    {
        string[] events = ["workitem.created", "workitem.updated", "workitem.restored", .. track.GitBranches.Count > 0 ? ["git.push"] : Array.Empty<string>()];
        return events.Select(eventType => new WantedSubscription(track.Name, eventType, track.Project, projectId, address.Of(track.Name)));
    }

    /// <param name="existing">All web hooks that can be seen.</param>
    /// <param name="onlyTracks">The tracks that were asked for; null: all. What leads to another is not looked at.</param>
    public static SubscriptionPlan For(
        IReadOnlyList<WantedSubscription> wanted, IReadOnlyList<Subscription> existing, HookAddress address, HookCredential credential, IReadOnlySet<string>? onlyTracks = null)
    {
        var ours = existing
            .Select(found => (Found: found, IsOurs: address.IsOurs(found.Url, out var track), Track: track))
            .Where(found => found.IsOurs && (onlyTracks is null || (found.Track is not null && onlyTracks.Contains(found.Track))))
            .ToList();
        var byPurpose = ours.ToLookup(found => Purpose(found.Found.EventType, found.Found.ProjectId, found.Track));
        var purposes = wanted.Select(PurposeOf).ToHashSet();
        var taken = new HashSet<Guid>();
        var planned = wanted.Select(one =>
        {
            // With several, the one that needs nothing.
            var found = byPurpose[PurposeOf(one)]
                .Select(found => (found.Found, Problems: ProblemsOf(found.Found, one, credential)))
                .OrderBy(found => found.Problems.Count)
                .FirstOrDefault();
            if (found.Found is not null)
            {
                taken.Add(found.Found.Id);
            }

            return new PlannedSubscription(one, found.Found, found.Problems ?? []);
        }).ToList();
        var strays = ours.Where(found => !taken.Contains(found.Found.Id)).Select(found => new StraySubscription(found.Found, found.Track, WhyStray(found.Found, found.Track)));
        return new(planned, [.. strays]);

        string WhyStray(Subscription found, string? track) => purposes.Contains(Purpose(found.EventType, found.ProjectId, track))
            ? "there is another one for the same: each event is told twice"
            : "no track in the settings asks for it";
    }

    /// <summary>What one is for. Case makes no difference to a track.</summary>
    private static (string EventType, Guid? ProjectId, string? Track) Purpose(string eventType, Guid? projectId, string? track) => (eventType, projectId, track?.ToLowerInvariant());

    private static (string EventType, Guid? ProjectId, string? Track) PurposeOf(WantedSubscription wanted) => Purpose(wanted.EventType, wanted.ProjectId, wanted.Track);

    private static List<string> ProblemsOf(Subscription found, WantedSubscription wanted, HookCredential credential)
    {
        List<string> problems = [];
        if (!string.Equals(found.Url, wanted.Url, StringComparison.OrdinalIgnoreCase))
        {
            // Not printed: there may be a key in it.
            problems.Add($"its URL must be {wanted.Url} and nothing else");
        }

        Expect("resourceVersion", found.ResourceVersion, ResourceVersion);
        foreach (var (name, value) in Details)
        {
            Expect(name, found.ConsumerInputs.GetValueOrDefault(name), value);
        }

        Expect("basicAuthUsername", found.ConsumerInputs.GetValueOrDefault("basicAuthUsername"), credential.Username);
        if (!HasKey(found.ConsumerInputs.GetValueOrDefault("httpHeaders"), credential.FunctionKey))
        {
            problems.Add($"its header {KeyHeader} is missing, or holds another key");
        }

        foreach (var (name, value) in found.PublisherInputs.Where(input => !string.IsNullOrEmpty(input.Value) && !s_notFilters.Contains(input.Key)))
        {
            if (name != "changedFields" || value != IterationPath)
            {
                problems.Add($"its filter {name} must be empty, or events are missed");
            }
        }

        if (found.WhyNotEnabled is { } why && found.Status != "onProbation")
        {
            problems.Add($"it is {why}");
        }

        return problems;

        void Expect(string name, string? value, string must)
        {
            if (value != must)
            {
                problems.Add($"its {name} is {(string.IsNullOrEmpty(value) ? "not set" : $"'{value}'")}, and must be '{must}'");
            }
        }
    }

    private static bool HasKey(string? headers, string key) => headers is not null && headers.Split('\n').Any(line =>
        line.Split(':', 2) is [var name, var value] && name.Trim().Equals(KeyHeader, StringComparison.OrdinalIgnoreCase) && value.Trim() == key);
}
