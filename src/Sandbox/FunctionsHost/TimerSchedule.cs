using NCrontab;

namespace IterationBranches.Sandbox.FunctionsHost;

/// <summary>An NCRONTAB expression, in UTC: six fields, or five for one without seconds.</summary>
public sealed class TimerSchedule
{
    private readonly CrontabSchedule _schedule;

    private TimerSchedule(CrontabSchedule schedule) => _schedule = schedule;

    /// <returns>Null: it is not NCRONTAB.</returns>
    public static TimerSchedule? TryParse(string text)
    {
        var withSeconds = text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length == 6;
        return CrontabSchedule.TryParse(text, new CrontabSchedule.ParseOptions { IncludingSeconds = withSeconds }) is { } schedule ? new(schedule) : null;
    }

    public DateTimeOffset After(DateTimeOffset at) => new(_schedule.GetNextOccurrence(at.UtcDateTime), TimeSpan.Zero);

    /// <summary>Such a schedule is never monitored: its status would be written all the time.</summary>
    public bool IsSubMinute(DateTimeOffset from)
    {
        List<DateTime> next = [.. _schedule.GetNextOccurrences(from.UtcDateTime, DateTime.MaxValue).Take(6)];
        return next.Zip(next.Skip(1)).Any(pair => pair.Second - pair.First < TimeSpan.FromMinutes(1));
    }
}
