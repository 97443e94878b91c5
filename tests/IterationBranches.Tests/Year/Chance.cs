
namespace IterationBranches.Tests.Year;

/// <summary>What happens besides, at random; each trouble is mended within days.</summary>
internal sealed class Chance(Hands hands, int seed)
{
    private readonly Random _random = new(seed);
    private readonly List<(DateOnly On, Func<Task> Act)> _later = [];

    /// <summary>With whom something is going on, and the first day on which that is over.</summary>
    private readonly Dictionary<Sprint, DateOnly> _busy = [];

    /// <summary>What was done, for whoever reads a failure.</summary>
    public List<string> Done { get; } = [];

    /// <param name="often">How likely something happens.</param>
    public async Task PlayAsync(DateOnly today, double often)
    {
        foreach (var due in _later.Where(later => later.On <= today).ToList())
        {
            _later.Remove(due);
            await due.Act();
        }

        if (_random.NextDouble() < often && Any([.. hands.Teams.SelectMany(team => team.Lives).Where(life => IsFree(life) && life is { IsKnown: true, BranchId: not null } && life.IsWanted(today))]) is { } life)
        {
            await StrikeAsync(life, today);
        }

        if (_random.NextDouble() < often / 2 && Any([.. hands.Teams.SelectMany(team => team.Lives).Where(life => IsFree(life) && !life.IsKnown && life.Sprint.Start > today.AddDays(3))]) is { } coming)
        {
            var by = _random.Next(-3, 8);
            Note(today, $"{coming} is moved by {by} days");
            hands.SetDates(coming.Sprint, coming.Sprint.Start?.AddDays(by), coming.Sprint.Finish?.AddDays(by));
        }

        if (_random.NextDouble() < often / 4 && Any([.. hands.Teams.SelectMany(team => team.Lives).Where(life => IsFree(life) && life.Guards.Count == 0 && life.Sprint.Finish < today)]) is { } ended)
        {
            Note(today, $"{ended} goes on");
            hands.SetDates(ended.Sprint, ended.Sprint.Start, today.AddDays(_random.Next(1, 10)));
        }
    }

    private bool IsFree(Life life) => life is { Trouble: null, IsSelected: true, Sprint: { IsRemoved: false, Finish: not null } } && !(_busy.GetValueOrDefault(life.Sprint) > hands.World.Today)
        && !life.Sprint.Name.StartsWith("Release", StringComparison.Ordinal);

    private Task StrikeAsync(Life life, DateOnly today)
    {
        switch (_random.Next(11))
        {
            case 0:
                var finish = life.Sprint.Finish!.Value.AddDays(_random.Next(-5, 7));
                finish = finish < life.Sprint.Start ? life.Sprint.Start!.Value : finish;
                Note(today, $"{life} ends on {finish:O}");
                hands.SetDates(life.Sprint, life.Sprint.Start, finish);
                break;
            case 1:
                Note(today, $"{life} is renamed");
                hands.Rename(life.Sprint, $"{life.Sprint.Name} {today.DayOfYear}");
                break;
            case 2:
                Note(today, $"{life}'s password is deleted");
                hands.DeletePassword(life);
                break;
            case 3:
                Note(today, $"{life} is rotated");
                return hands.RotateAsync(life);
            case 4:
                Note(today, $"{life} is rotated, and what it had deleted");
                return hands.RotateAsync(life, revokeNow: true);
            case 5:
                Note(today, $"{life}'s record is deleted");
                hands.DeleteSecret(life.Record);
                break;
            case 6:
                Note(today, $"{life} is deselected for a while");
                hands.Deselect(life);
                Later(life, today, () =>
                {
                    hands.Select(life.Team.Track, life.Sprint);
                    return Task.CompletedTask;
                });
                break;
            case 7:
                Note(today, $"{life}'s record is disabled for a while");
                hands.DisableRecord(life);
                Later(life, today, () => hands.RotateAsync(life));
                break;
            case 8 when life.Sprint.Finish > today.AddDays(4):
                Note(today, $"{life}'s branch is deleted, and made again later");
                hands.DeleteBranch(life);
                Later(life, today, () => hands.RecreateAsync(life));
                break;
            case 9 when life.Team.Given == life && life.IsRunning(today):
                Note(today, $"the alias of {life.Team} is deleted");
                hands.DeleteSecret(life.Team.Alias);
                break;
            case 10:
                var (start, end) = (life.Sprint.Start, life.Sprint.Finish);
                Note(today, $"{life} has no dates for a while");
                hands.SetDates(life.Sprint, null, null);
                Later(life, today, () =>
                {
                    hands.SetDates(life.Sprint, start, end);
                    return Task.CompletedTask;
                });
                break;
            default:
                break;
        }

        return Task.CompletedTask;
    }

    private void Later(Life life, DateOnly today, Func<Task> act)
    {
        var on = today.AddDays(_random.Next(1, 4));
        // Of all that have selected the sprint; and one thing a day.
        _busy[life.Sprint] = on.AddDays(1);
        _later.Add((on, () =>
        {
            Note(on, $"that of {life} is undone");
            return act();
        }
        ));
    }

    private void Note(DateOnly today, string what) => Done.Add($"{today:O} {what}");

    private Life? Any(IReadOnlyList<Life> lives) => lives.Count == 0 ? null : lives[_random.Next(lives.Count)];
}
