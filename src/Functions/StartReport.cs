using IterationBranches.Configuration;
using Microsoft.Extensions.Logging;

namespace IterationBranches.Functions;

/// <summary>What an operator wants to know of the settings, said once when the process starts.</summary>
public static partial class StartReport
{
    public static void Write(Settings settings, ILoggerFactory loggers)
    {
        var logger = loggers.CreateLogger("Start");
        if (settings.AppProblems.Count > 0)
        {
            LogProblems(logger, string.Join("; ", settings.AppProblems));
            return;
        }

        LogTracks(logger, settings.Tracks.Count, string.Join(", ", settings.Tracks), settings.DryRun ? "; dry run, nothing will be changed" : "");
        foreach (var (track, problems) in settings.TracksOff)
        {
            LogTrackOff(logger, track, string.Join("; ", problems));
        }

        if (settings.ServiceHook.Password is null)
        {
            LogHooksOff(logger);
        }
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Error, Message = "The settings are wrong, and every invocation will fail: {Problems}")]
    private static partial void LogProblems(ILogger logger, string problems);

    [LoggerMessage(EventId = 2, Level = LogLevel.Information, Message = "Serving {Count} tracks: {Tracks}{DryRun}")]
    private static partial void LogTracks(ILogger logger, int count, string tracks, string dryRun);

    [LoggerMessage(EventId = 3, Level = LogLevel.Error, Message = "{Track}: the track is off: {Problems}")]
    private static partial void LogTrackOff(ILogger logger, string track, string problems);

    [LoggerMessage(EventId = 4, Level = LogLevel.Warning, Message = "Service hooks are off, every one is answered with 401: ServiceHook__Password is not set")]
    private static partial void LogHooksOff(ILogger logger);
}
