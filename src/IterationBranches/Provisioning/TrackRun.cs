using IterationBranches.Configuration;
using IterationBranches.Records;
using Microsoft.Extensions.Logging;

namespace IterationBranches.Provisioning;

/// <summary>One message's work on one track, under its lease.</summary>
internal sealed partial class TrackRun(ProvisioningParts parts, Track track, LookMessage message, ITrackLease lease, ILogger logger)
{
    /// <summary>Well under the host's <c>functionTimeout</c>, which would kill every other invocation too.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    /// <summary>So often in a row, a name that is taken by a branch that nobody can see is looked at again, before a person is told.</summary>
    private const int MostLooksAgain = 5;

    private readonly DateTimeOffset _begun = parts.Clock.GetUtcNow();
    private readonly HashSet<Step> _done = [];
    private readonly HashSet<Guid> _blocked = [];
    private readonly HashSet<Guid> _waiting = [];
    private readonly NextLook _next = new(parts, track);
    private readonly Dictionary<string, int> _taken = new(StringComparer.OrdinalIgnoreCase);
    private bool _isLookedAtAgain;
    private ServiceException? _transient;
    private TrackMemory _memory = lease.Memory;

    /// <summary>What the operator asked for and has not been done: the next look takes it along.</summary>
    private LookOperation? _openOperation = message.Operation;

    public async Task GoAsync(CancellationToken cancellationToken)
    {
        if (message.Operation is { Verb: LookOperation.Retry } retry)
        {
            _memory = _memory with { Refusals = _memory.Refusals.Where(refusal => !IsMeant(retry, refusal.Key)).ToDictionary() };
        }

        // Who asks for something has a reason to think that it can be done.
        if (_openOperation is null && _memory.TrackRefusal is { } refusal && refusal.Holds(_begun))
        {
            LogPassedOver(track.Name, refusal.NotBefore, refusal.Reason);
            return;
        }

        if (await LookAsync(cancellationToken) is { } world)
        {
            await CarryOutAsync(world, cancellationToken);
        }

        await FinishAsync(cancellationToken);
    }

    private Task<World?> LookAsync(CancellationToken cancellationToken) => SeeAsync(async () =>
    {
        var world = await parts.Looker.LookAsync(track, _memory, message.Operation, cancellationToken);
        _memory = _memory with { Aliases = world.Vault.AliasesOf(track.Name).Select(alias => alias.SecretName).ToHashSet(StringComparer.OrdinalIgnoreCase) };
        return message.Operation is { Verb: LookOperation.Retry } retry ? await ForgetRefusalsAsync(retry, world, cancellationToken) : world;
    });

    /// <returns>Null when it cannot be seen; then the run is to end.</returns>
    private async Task<World?> SeeAsync(Func<Task<World>> see)
    {
        try
        {
            return await see();
        }
        catch (ServiceException refusal) when (refusal.Failure == Failure.ToldToWait)
        {
            WaitAsTold(refusal);
        }
        catch (ServiceException refusal) when (refusal.Failure == Failure.PersonNeeded)
        {
            _openOperation = null;
            Refuse(TrackMemory.WholeTrack, refusal.Message);
        }
        catch (ServiceException refusal)
        {
            _transient ??= refusal;
        }

        return null;
    }

    /// <summary>
    /// An operator says that it is mended: what was remembered is tried at once. The tags go first, because what follows
    /// may have to wait for a later look, which knows nothing of the operator.
    /// </summary>
    private async Task<World> ForgetRefusalsAsync(LookOperation retry, World world, CancellationToken cancellationToken)
    {
        var refused = world.Vault.RecordsOf(world.Track.Name).Where(record => record.Refused is not null && (retry.IterationId ?? record.IterationId) == record.IterationId)
            .Select(record => record.SecretName).ToHashSet();
        world = await parts.Looker.ReadAsync(world, Unread.Of(refused.Except(world.Versions.Keys)), cancellationToken);
        var forgotten = new List<Record>();
        foreach (var record in world.Vault.RecordsOf(world.Track.Name).Where(record => record.Refused is not null && refused.Contains(record.SecretName)).Select(record => record with { Refused = null }))
        {
            if (parts.Settings.DryRun)
            {
                forgotten.Add(record);
                continue;
            }

            await lease.ProveAsync(cancellationToken);
            forgotten.Add(await parts.Records.TagAsync(record, cancellationToken));
        }

        _openOperation = null;
        return world.With(forgotten);
    }

    /// <summary>A refusal of the whole track stands in the way of any iteration.</summary>
    private static bool IsMeant(LookOperation retry, string key) =>
        retry.IterationId is not { } id || key == id.ToString("N") || key is TrackMemory.WholeTrack or TrackMemory.NewBranches;

    private async Task CarryOutAsync(World world, CancellationToken cancellationToken)
    {
        while (true)
        {
            // What comes after a step may need to have read more than what came before it.
            if (await SeeAsync(() => parts.Looker.ReadOnAsync(world with { Now = parts.Clock.GetUtcNow(), Memory = _memory }, cancellationToken)) is not { } read)
            {
                return;
            }

            var plan = Plan.For(read);
            Note(plan);
            if (parts.Settings.DryRun)
            {
                foreach (var would in plan.Steps)
                {
                    LogWould(track.Name, would);
                }

                break;
            }

            if (NextOf(plan) is not { } step)
            {
                break;
            }

            // However long the look took: a run that does nothing would be followed by others that do nothing.
            if (_done.Count > 0 && parts.Clock.GetUtcNow() - _begun >= Deadline)
            {
                LogOutOfTime(track.Name);
                _next.At(parts.Clock.GetUtcNow());
                return;
            }

            if (await DoAsync(step, plan.World, cancellationToken) is not { } changed)
            {
                return;
            }

            world = changed;
        }

        if (_openOperation is { IterationId: { } asked } operation && !_waiting.Contains(asked))
        {
            _openOperation = null;
            SayOutcome(operation, asked, world);
        }

        // Everything was tried; what was not refused again is mended, or gone.
        var now = parts.Clock.GetUtcNow();
        _memory = _memory with
        {
            LastLook = now,
            LooksAgain = _isLookedAtAgain ? _memory.LooksAgain : 0,
            Taken = _taken,
            Refusals = _memory.Refusals.Where(refusal => refusal.Value.Holds(now)).ToDictionary(),
        };
    }

    private Step? NextOf(Plan plan) => plan.Steps.FirstOrDefault(step =>
        step is not Step.AwaitBranch && !IsDone(step) && (step.About is not { } id || !_blocked.Contains(id)));

    private void Note(Plan plan)
    {
        foreach (var due in plan.Steps.OfType<Step.AwaitBranch>().Select(wait => wait.NextLook).Concat(plan.LookAgainAt is { } at ? [at] : []).Where(_ => !parts.Settings.DryRun))
        {
            _next.At(due);
        }

        if (_done.Count == 0)
        {
            Say(plan);
            WarnDaily(plan);
        }
    }

    /// <returns>The world after the step; null when the run is to end.</returns>
    private async Task<World?> DoAsync(Step step, World world, CancellationToken cancellationToken)
    {
        _done.Add(step);
        try
        {
            if (step is Step.Refuse refuse)
            {
                CloseOperation(step);
                return await RefuseAsync(world, KeyOf(step), refuse.Record, refuse.Reason, cancellationToken);
            }

            if (step.IsDestructive)
            {
                world = await parts.Looker.LookAsync(track, _memory, message.Operation, cancellationToken);
                if (Plan.For(world).Steps.FirstOrDefault(other => IsSame(other, step)) is not { } still)
                {
                    return world;
                }

                step = still;
                _done.Add(step);
            }

            var outcome = await parts.Runner.RunAsync(step, world, lease, cancellationToken);
            if (parts.Settings.PlanetScale.ActorId is null)
            {
                _memory = _memory with { ActorId = outcome.World?.ActorId ?? _memory.ActorId };
            }

            if (outcome.World is { } changed)
            {
                return changed;
            }

            if (step is Step.CreateBranch create && (_taken[create.Record.Branch] = _memory.Taken.GetValueOrDefault(create.Record.Branch) + 1) > MostLooksAgain)
            {
                Block(step);
                return await RefuseAsync(world, KeyOf(step), RecordOf(step, world), $"PlanetScale says that the branch name {create.Record.Branch} is taken, and shows no such branch; wait until it is deleted for good, or rename the iteration", cancellationToken);
            }

            _next.Again(_memory.LooksAgain);
            (_memory, _isLookedAtAgain) = (_memory with { LooksAgain = _memory.LooksAgain + 1 }, true);
            Block(step);
            // A name that is taken is the affair of one iteration; anything else says that somebody else is at work.
            return step is Step.CreateBranch ? world : null;
        }
        catch (ServiceException refusal) when (refusal.Failure == Failure.ToldToWait)
        {
            WaitAsTold(refusal);
            Block(step);
            // What an operator asked for may need the alias too.
            if ((step.About ?? _openOperation?.IterationId) is { } waiting)
            {
                _waiting.Add(waiting);
            }

            // Too many requests concern every step alike; anything else concerns this one alone.
            return refusal.Status == 429 ? null : world;
        }
        catch (ServiceException refusal) when (refusal.Failure == Failure.PersonNeeded)
        {
            Block(step);
            CloseOperation(step);
            return await RefuseAsync(world, KeyOf(step), RecordOf(step, world), refusal.Message, cancellationToken);
        }
        catch (ServiceException refusal)
        {
            LogTransient(track.Name, step, refusal.Message);
            Block(step);
            _transient ??= refusal;
            return world;
        }
    }

    private async Task<World> RefuseAsync(World world, string key, Record? record, string reason, CancellationToken cancellationToken)
    {
        if (record is null)
        {
            // Each plan is made with what is remembered by then.
            Refuse(key, reason);
            return world;
        }

        var refusal = Refusal.After(record.Refused, parts.Clock.GetUtcNow(), reason);
        LogRefused(track.Name, reason, refusal.NotBefore);
        try
        {
            await lease.ProveAsync(cancellationToken);
            return world.With(await parts.Records.TagAsync(record with { Refused = refusal }, cancellationToken));
        }
        catch (ServiceException failure)
        {
            // It is said again by the next look, which is better than hiding what it is about.
            LogNotRemembered(track.Name, failure.Message);
            return world.With(record with { Refused = refusal });
        }
    }

    private void Refuse(string key, string reason)
    {
        var refusal = Refusal.After(_memory.Refusals.GetValueOrDefault(key), parts.Clock.GetUtcNow(), reason);
        LogRefused(track.Name, reason, refusal.NotBefore);
        _memory = _memory.With(key, refusal);
    }

    private void WaitAsTold(ServiceException refusal) => LogWaiting(track.Name, refusal.Message, _next.AsTold(refusal.RetryAfter));

    /// <summary>The operator has been told why not, and may ask again.</summary>
    private void CloseOperation(Step step)
    {
        if (step.About is null || step.About == _openOperation?.IterationId)
        {
            _openOperation = null;
        }
    }

    /// <summary>Once in a run, also when a list goes on showing what is gone: the record may have been read in another way by then.</summary>
    private bool IsDone(Step step) => _done.Contains(step) || (step.IsDestructive && _done.Any(done => IsSame(done, step)));

    private static bool IsSame(Step one, Step other) =>
        one.GetType() == other.GetType() && one.About == other.About
        && (one as Step.DeleteCredential)?.Credential.Id == (other as Step.DeleteCredential)?.Credential.Id;

    private void Block(Step step)
    {
        if (step.About is { } id)
        {
            _blocked.Add(id);
        }
    }

    /// <summary>One delayed message for the track, and only then the note that it was sent.</summary>
    private async Task FinishAsync(CancellationToken cancellationToken)
    {
        if (await _next.SendAsync(_openOperation is null ? null : message, _memory.PendingLook, cancellationToken) is var (delay, pending))
        {
            _memory = _memory with { PendingLook = pending };
            LogNextLook(track.Name, delay);
        }

        await lease.RememberAsync(_memory, cancellationToken);

        if (_transient is not null)
        {
            throw _transient;
        }
    }

    /// <summary>Under what a refusal of the step is remembered when no record can say it.</summary>
    private static string KeyOf(Step step) => step switch
    {
        Step.PointAlias => TrackMemory.Alias,
        Step.DeleteCredential { About: null } => TrackMemory.Orphans,
        Step.Refuse { About: null, Key: var key } => key,
        _ => step.About?.ToString("N") ?? TrackMemory.WholeTrack,
    };

    /// <summary>The record as it is now; a claim that was just refused has none yet.</summary>
    private static Record? RecordOf(Step step, World world) => step.About is { } id
        && world.Vault.RecordOf(world.Track.Name, id) is { Version: not null } record ? record : null;
}
