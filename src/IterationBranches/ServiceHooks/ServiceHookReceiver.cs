using System.IO.Enumeration;
using System.Security.Cryptography;
using System.Text;
using IterationBranches.Configuration;
using IterationBranches.Iterations;
using IterationBranches.Provisioning;
using Microsoft.Extensions.Logging;

namespace IterationBranches.ServiceHooks;

/// <summary>
/// Says which tracks an event of Azure DevOps concerns, and queues a look at each. It never calls out. What is decided
/// here is answered with a 2xx: any 4xx would put the subscription on probation, and its events would be lost for hours
/// (https://learn.microsoft.com/azure/devops/service-hooks/troubleshoot).
/// </summary>
public sealed partial class ServiceHookReceiver(Settings settings, AskedLooks looks, ILogger<ServiceHookReceiver> logger)
{
    /// <summary>Azure DevOps' own limit.</summary>
    public const int MaximumBytes = 2 * 1024 * 1024;

    private const int AtOnce = 8;

    /// <summary>Whether the basic credential is the configured one, or the previous one while it is being changed. False for all when there is none.</summary>
    /// <param name="authorization">The header's value.</param>
    public bool IsAuthentic(string? authorization)
    {
        var hook = settings.ServiceHook;
        if (hook.Password is null || authorization?.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase) is not true)
        {
            return false;
        }

        var given = new byte[authorization.Length];
        if (!Convert.TryFromBase64String(authorization["Basic ".Length..].Trim(), given, out var length))
        {
            return false;
        }

        // Both are compared whatever the first says, and as hashes, so that neither the length nor the time tells anything.
        var hash = SHA256.HashData(given.AsSpan(0, length));
        var isCurrent = Matches(hash, hook.Username, hook.Password);
        var isPrevious = Matches(hash, hook.Username, hook.PreviousPassword ?? hook.Password);
        return isCurrent | isPrevious;

        static bool Matches(byte[] hash, string username, string password) =>
            CryptographicOperations.FixedTimeEquals(hash, SHA256.HashData(Encoding.UTF8.GetBytes($"{username}:{password}")));
    }

    /// <param name="trackName">From the URL; null: the tracks of the event's project.</param>
    /// <exception cref="ServiceException">The queue is down; the sender must try again.</exception>
    public async Task<ServiceHookAnswer> ReceiveAsync(string? trackName, ServiceHookEvent happened, CancellationToken cancellationToken)
    {
        var (tracks, whyNone) = happened.Ignore is { } ignore ? ([], ignore) : Concerned(trackName, happened);
        if (tracks.Count == 0)
        {
            LogIgnored(whyNone);
            return new([], whyNone);
        }

        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(tracks, options, async (track, token) =>
        {
            if (await looks.AskAsync(track.Name, happened.Reason, token))
            {
                LogQueued(track.Name, happened.Reason);
            }
            else
            {
                LogPending(track.Name, happened.Reason);
            }
        });
        return new([.. tracks.Select(track => track.Name)], null);
    }

    private (IReadOnlyList<Track> Tracks, string WhyNone) Concerned(string? trackName, ServiceHookEvent happened)
    {
        if (trackName is not null)
        {
            return settings.FindTrack(trackName) is not { } named
                ? ([], settings.TracksOff.ContainsKey(trackName) ? "the track is off: its settings are wrong" : "there is no such track in the settings")
                : IsConcerned(named, happened) ? ([named], "") : ([], "it does not concern this track");
        }

        var tracks = settings.Tracks.Where(track => MayBeOfProject(track, happened) && IsConcerned(track, happened)).ToList();
        return (tracks, "it concerns no track");
    }

    /// <summary>An event without details has the project's id and not its name: then it may concern any track whose settings have a name.</summary>
    private static bool MayBeOfProject(Track track, ServiceHookEvent happened) => Guid.TryParse(track.Project, out var id)
        ? happened.ProjectId is null || happened.ProjectId == id
        : happened.ProjectName is null || string.Equals(track.Project, happened.ProjectName, StringComparison.OrdinalIgnoreCase);

    private static bool IsConcerned(Track track, ServiceHookEvent happened)
    {
        if (happened.Reason == LookReason.Push)
        {
            return happened.NewGitBranches is null
                ? track.GitBranches.Count > 0
                : happened.NewGitBranches.Any(branch => track.GitBranches.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, branch, ignoreCase: false)));
        }

        return track.IterationRoot is null || happened.IterationPath is null || IterationPaths.IsBelow(happened.IterationPath, track.IterationRoot);
    }

    // Names of tracks are those of the settings; nothing of the request is logged, so nothing in it can pretend to be a line.
    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "{Track}: service hook ({Reason}): a look is queued")]
    private partial void LogQueued(string track, LookReason reason);

    [LoggerMessage(EventId = 2, Level = LogLevel.Information, Message = "Service hook: nothing to do: {Reason}")]
    private partial void LogIgnored(string reason);

    [LoggerMessage(EventId = 3, Level = LogLevel.Information, Message = "{Track}: service hook ({Reason}): a look is pending already")]
    private partial void LogPending(string track, LookReason reason);
}

/// <param name="Queued">The tracks that will be looked at.</param>
/// <param name="Reason">Why there are none; null when there are.</param>
public sealed record ServiceHookAnswer(IReadOnlyList<string> Queued, string? Reason);
