using IterationBranches.Branches;
using IterationBranches.Configuration;
using IterationBranches.Iterations;
using IterationBranches.Records;

namespace IterationBranches.Provisioning;

/// <summary>What comes next for one iteration.</summary>
/// <param name="Step">What would be done; null when there is nothing to do.</param>
/// <param name="Note">Why nothing is done, when that is not because all is well; null otherwise.</param>
public sealed record IterationPlan(ScheduledIteration Scheduled, Record? Record, Branch? Branch, Step? Step, string? Note)
{
    public Iteration Iteration => Scheduled.Iteration;
}

/// <summary>
/// The difference between what Boards asks for and what PlanetScale and Key Vault have: a pure function of one look.
/// For each iteration it names the next step alone; when that is done, the world is planned again. How a branch comes,
/// lives and goes is in the other parts of this class.
/// </summary>
/// <param name="Notes">What concerns the track, and needs nothing to be done.</param>
/// <param name="Unread">What has to be read before everything can be planned; until then it is passed over.</param>
public sealed partial record Plan(World World, IReadOnlyList<IterationPlan> Iterations, IReadOnlyList<Step> TrackSteps, IReadOnlyList<string> Notes, Unread Unread)
{
    public IEnumerable<Step> Steps => Iterations.Select(iteration => iteration.Step).OfType<Step>().Concat(TrackSteps);

    /// <summary>When something becomes due of which nothing else tells; null: nothing does.</summary>
    public DateTimeOffset? LookAgainAt { get; private init; }

    /// <summary>What is worth one warning a day; null: nothing.</summary>
    public string? DailyWarning => LimitWarning(World);

    public static Plan For(World world)
    {
        if (Unserved(world) is { } reason)
        {
            return new(world, [], [new Step.Refuse(null, null, reason)], [], Unread.Nothing);
        }

        var planned = ScheduledOf(world).Select(scheduled => (Scheduled: scheduled, Next: NextOf(world, scheduled))).ToList();
        var iterations = planned.Select(one => new IterationPlan(one.Scheduled, RecordOf(world, one.Scheduled.Iteration), BranchOf(world, one.Scheduled.Iteration), one.Next.Step, one.Next.Note)).ToList();
        var (alias, aliasNotes) = PlanAlias(world);
        var strays = Strays(world).ToList();
        var unrecorded = UnrecordedBranches.Notes(world, iterations.Select(iteration => iteration.Step).OfType<Step>()).ToList();
        var unread = Unread.All(planned.Select(one => one.Next.Unread).Concat(strays.Select(stray => stray.Unread))
            .Append(unrecorded.Count > 0 && !world.IsVaultListedTwice ? Unread.OfVault : Unread.Nothing)
            .Append(Unread.Of(iterations.Select(iteration => iteration.Step?.Changed).Where(record => record is { Version: null }).Select(record => record!.SecretName))));
        return new(world, iterations, [.. RefuseNewBranches(world, planned.Select(one => one.Scheduled)), .. RefuseCredentials(world), .. alias, .. strays.Select(stray => stray.Step).OfType<Step>()], [.. aliasNotes, .. unrecorded, .. world.Unseen], unread)
        {
            LookAgainAt = strays.Select(stray => stray.DueAt).Min(),
        };
    }

    /// <summary>Whether the records alone show that a look at the track would find something to do. The poll asks this, without PlanetScale.</summary>
    public static bool IsLookDue(
        Track track, IReadOnlyList<Iteration> iterations, VaultListing vault, TrackMemory memory, DateOnly today, DateTimeOffset now)
    {
        var wanted = Schedule.Of(track, iterations, today).Where(scheduled => scheduled.Standing == Standing.Wanted).Select(scheduled => scheduled.Iteration);
        return wanted.Any(iteration => vault.RecordOf(track.Name, iteration.Id) is { } record
                ? (record.State != RecordState.Ready || (record.Enabled && record.ExpiresAt <= now)) && record.Refused?.Holds(now) is not true
                : memory.WhyNotNew(iteration.Id, now) is null)
            || iterations.Any(iteration => vault.RecordOf(track.Name, iteration.Id) is { } record && record.Refused?.Holds(now) is not true
                && iteration.Finish is { } finish && IsOutdated(record, finish))
            // What the alias gives between two sprints is in use.
            || vault.AliasesOf(track.Name).Any(alias => vault.RecordOf(track.Name, alias.IterationId) is { State: RecordState.Ready, Enabled: true } given
                && given.CredentialId == alias.CredentialId && given.ExpiresAt <= now && given.Refused?.Holds(now) is not true)
            || (Schedule.Current(iterations, today) is { } current
                && vault.RecordOf(track.Name, current.Id) is { State: RecordState.Ready, Enabled: true, CredentialId: not null } ready
                && ready.Refused?.Holds(now) is not true
                && !vault.OtherNames.Contains(track.Alias)
                && memory.AliasRefusal?.Holds(now) is not true
                && vault.AliasOf(track.Name, track.Alias) is var alias && alias is not { Enabled: false }
                && (alias?.CredentialId, alias?.IterationId) != (ready.CredentialId, current.Id));
    }

    /// <summary>When a credential of this iteration stops being needed: after the finish day, the grace, and one day more.</summary>
    public static DateTimeOffset ExpiryOf(Track track, DateOnly finish, TimeZoneInfo zone)
    {
        // A finish may be the calendar's last day, by which somebody means "never".
        var day = Math.Min(finish.DayNumber + 1 + track.Grace.Days + 1, DateOnly.MaxValue.DayNumber - 1);
        var end = DateOnly.FromDayNumber(day).ToDateTime(TimeOnly.MinValue);
        return new DateTimeOffset(end, zone.GetUtcOffset(end)).ToUniversalTime();
    }

    private static string? Unserved(World world) => world.Database.Kind switch
    {
        DatabaseKind.Unknown => $"{world.Database.Name} is of a kind that this version does not know (Tracks__{world.Track.Name}__Database)",
        DatabaseKind.Postgres when !world.Track.DataBranching && !world.Vault.RecordsOf(world.Track.Name).Any() => PostgresNeedsData(world),
        _ => null,
    };

    /// <summary>The track's iterations; and those that only its records know, unless the project cannot be seen.</summary>
    private static IEnumerable<ScheduledIteration> ScheduledOf(World world)
    {
        var scheduled = Schedule.Of(world.Track, world.Iterations, world.Today);
        if (world.Deselected is not { } project)
        {
            return scheduled;
        }

        var (listed, deselected) = (world.Iterations.Select(iteration => iteration.Id).ToHashSet(), project.ToLookup(iteration => iteration.Id));
        return scheduled.Concat(world.Vault.RecordsOf(world.Track.Name)
            .Where(record => !listed.Contains(record.IterationId))
            .OrderBy(record => record.SecretName, StringComparer.Ordinal)
            .Select(record => deselected[record.IterationId].FirstOrDefault() is { } found
                ? new ScheduledIteration(found, Standing.Deselected, null)
                : new ScheduledIteration(LastKnown(record), Standing.Gone, null)));
    }

    /// <summary>What the record remembers of an iteration that is not in Boards any more; its path had no room in the tags, perhaps.</summary>
    private static Iteration LastKnown(Record record) => new(
        record.IterationId, record.IterationPath.Length > 0 ? record.IterationPath.Split('\\')[^1] : record.Branch, record.IterationPath, null, record.Finish);

    private static Next NextOf(World world, ScheduledIteration scheduled)
    {
        var iteration = scheduled.Iteration;
        var isWanted = scheduled.Standing == Standing.Wanted;
        var record = RecordOf(world, iteration);
        if (!isWanted && record is null)
        {
            return Next.Say(WhyNot(scheduled));
        }

        if ((record is null ? world.Memory.WhyNotNew(iteration.Id, world.Now) : record.Refused) is { } refusal && refusal.Holds(world.Now) && !IsAskedFor(world, record))
        {
            return Next.Say(PassedOver(refusal));
        }

        var next = NextOf(world, scheduled, record);
        // What was refused is mended when nothing is left to do that could be refused again.
        return record is { Refused: not null } && next is { Step: null, ToRead: null }
            ? new Step.Follow(iteration, record with { Refused = null }, "nothing is refused any more")
            : next;
    }

    private static Next NextOf(World world, ScheduledIteration scheduled, Record? record)
    {
        var iteration = scheduled.Iteration;
        var isWanted = scheduled.Standing == Standing.Wanted;
        return record switch
        {
            null => ClaimFirst(world, iteration),
            _ when !IsOnDatabase(world, record) && (!isWanted || record.State == RecordState.Deleted) =>
                record.State != RecordState.Deleted && Followed(world, scheduled, record) is { } follow ? follow
                : isWanted ? new Step.Refuse(iteration, record, Elsewhere(world, record))
                : Next.Say(Elsewhere(world, record)),
            { State: RecordState.Deleted } => AfterDeleted(world, scheduled, record),
            { State: RecordState.Revoked } => AfterRevoked(world, scheduled, record),
            { State: RecordState.Ready } => AfterCommit(world, scheduled, record),
            _ when !isWanted => Going(world, scheduled, record),
            { BranchId: null } => AfterClaim(world, iteration, record),
            _ => AfterBranch(world, iteration, record),
        };
    }

    /// <summary>Whether an operator asked for a new credential, or a new branch, of this record; once that is there, it is named, and the operation is over.</summary>
    private static bool IsAskedFor(World world, Record? record, string? verb = null) =>
        record is not null && world.Operation is { Verb: LookOperation.Rotate or LookOperation.Recreate } operation && (verb is null || operation.Verb == verb)
        && operation.IterationId == record.IterationId && operation.CredentialId == record.CredentialId;

    private static string PassedOver(Refusal refusal) => $"refused until {refusal.NotBefore.UtcDateTime:yyyy-MM-dd HH:mm} UTC: {refusal.Reason}";

    private static string? WhyNot(ScheduledIteration scheduled) => scheduled.Standing switch
    {
        Standing.Undated => "no dates yet",
        Standing.NotYetDue => $"branch on {scheduled.WantedFrom:yyyy-MM-dd}",
        Standing.Parent => "the parent of other iterations, not a sprint",
        Standing.Finished => "finished, and has no branch",
        _ => null,
    };

    private static Record? RecordOf(World world, Iteration iteration) => world.Vault.RecordOf(world.Track.Name, iteration.Id);

    private static Branch? BranchOf(World world, Iteration iteration) => RecordOf(world, iteration) is { } record ? BranchOf(world, record) : null;

    private static Branch? BranchOf(World world, Record record) => record.BranchId is { } id ? world.BranchById(id) : null;

    internal static bool IsOnDatabase(World world, Record record) =>
        record.ProviderAddress.StartsWith($"planetscale://{world.Organization}/{world.Database.Name}/", StringComparison.OrdinalIgnoreCase);

    /// <summary>Why no new branch can be made for this track, said once for all iterations that would have one.</summary>
    private static IEnumerable<Step> RefuseNewBranches(World world, IEnumerable<ScheduledIteration> scheduled) =>
        scheduled.Any(one => one.Standing == Standing.Wanted && RecordOf(world, one.Iteration) is null && world.Memory.WhyNotNew(one.Iteration.Id, world.Now) is null)
        && WhyNoBranch(world, world.Track.DataBranching) is { } reason
            ? [new Step.Refuse(null, null, reason) { Key = TrackMemory.NewBranches }]
            : [];

    private static IEnumerable<Step> RefuseCredentials(World world) =>
        world.WhyNoneSeen is { } reason && world.Memory.Refusals.GetValueOrDefault(TrackMemory.Credentials)?.Holds(world.Now) is not true
            ? [new Step.Refuse(null, null, reason) { Key = TrackMemory.Credentials }]
            : [];

    /// <summary>The setting that differs is named; of two, both.</summary>
    private static string Elsewhere(World world, Record record)
    {
        var parts = record.ProviderAddress.Split('/');
        string[] differs =
        [
            .. Is(2, world.Organization) ? Array.Empty<string>() : [$"PlanetScale__Organization now says {world.Organization}"],
            .. Is(3, world.Database.Name) ? Array.Empty<string>() : [$"Tracks__{world.Track.Name}__Database now says {world.Database.Name}"],
        ];
        return $"{record.SecretName} leads to {record.ProviderAddress}, and {string.Join(" and ", differs)}; it is left as it is, and the database serves the next iteration";

        bool Is(int part, string name) => parts.Length > part && string.Equals(parts[part], name, StringComparison.OrdinalIgnoreCase);
    }

    private static string Missing(World world, Record record) => !IsOnDatabase(world, record)
        ? Elsewhere(world, record)
        : $"branch {record.Branch} ({record.BranchId}) is gone from PlanetScale; it was not deleted by this product, and is not made again without being asked ('recreate')";

    /// <summary>One of: a step, a note, something to read first, or nothing.</summary>
    private readonly record struct Next(Step? Step, string? Note, Unread? ToRead)
    {
        /// <summary>When there is a step; null: that is not known.</summary>
        public DateTimeOffset? DueAt { get; init; }

        public static Next Nothing => default;

        public Unread Unread => ToRead ?? Unread.Nothing;

        public static Next Say(string? note) => new(null, note, null);

        public static Next Read(Unread unread) => new(null, null, unread);

        public static implicit operator Next(Step step) => new(step, null, null);
    }
}
