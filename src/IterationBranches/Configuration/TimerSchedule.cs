using System.Globalization;
using NCrontab;

namespace IterationBranches.Configuration;

/// <summary>When a timer fires, as the Functions host reads it: NCRONTAB of six fields, or of five for one without seconds, or an interval.</summary>
internal static class TimerSchedule
{
    public static bool IsRight(string text) => IsCrontab(text)
        || (TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var interval) && interval > TimeSpan.Zero);

    private static bool IsCrontab(string text)
    {
        var withSeconds = text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length != 5;
        return CrontabSchedule.TryParse(text, new CrontabSchedule.ParseOptions { IncludingSeconds = withSeconds }) is not null;
    }
}
