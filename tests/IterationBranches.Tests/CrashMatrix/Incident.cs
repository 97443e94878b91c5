using System.Globalization;
using IterationBranches.Http;
using IterationBranches.Testing.Faults;

namespace IterationBranches.Tests.CrashMatrix;

/// <summary>What goes wrong with a call.</summary>
public enum Trouble
{
    /// <summary>Refused before the effect, with all the client's own repetitions.</summary>
    TooManyRequests,
    TooManyRequestsUntil,
    Forbidden,
    ServerError,
    Unavailable,

    /// <summary>A proxy's page, once: the client's repetition gets past it, where there is one.</summary>
    BadGatewayOnce,
    AnswerLost,
    TimesOut,
    TimesOutAfterTheEffect,
    Slow,

    /// <summary>The process dies, and the request never arrives.</summary>
    KilledBefore,

    /// <summary>The process dies, and the request takes effect minutes later.</summary>
    KilledAndLate,
    KilledAfter,

    /// <summary>The machine stands still until the lease has run out and somebody else has been at work; then the request arrives.</summary>
    PausedBefore,

    /// <summary>As before, with the answer instead of the request.</summary>
    PausedAfter,
}

/// <summary>One trouble at one call.</summary>
internal sealed class Incident(Call call, Trouble trouble)
{
    public static readonly TimeSpan Late = TimeSpan.FromMinutes(7);

    private static readonly TimeSpan s_slow = TimeSpan.FromSeconds(9);

    public Call Call => call;

    public Trouble Trouble => trouble;

    public Hold Hold { get; } = new();

    /// <summary>Set once whoever drives the run has seen to it.</summary>
    public bool IsStruck { get; set; }

    /// <summary>Whether somebody outside must do something when the call is there.</summary>
    public bool IsHeld => trouble is Trouble.TimesOut or Trouble.TimesOutAfterTheEffect || IsKill || IsPause;

    public bool IsKill => trouble is Trouble.KilledBefore or Trouble.KilledAndLate or Trouble.KilledAfter;

    public bool IsPause => trouble is Trouble.PausedBefore or Trouble.PausedAfter;

    /// <summary>
    /// What Key Vault, which has no compare-and-set, cannot prevent: a write that comes after somebody else's, since the
    /// request was on its way, or its sender stood still between the proof of the lease and the write.
    /// </summary>
    public bool IsLateVaultWrite => call switch
    {
        { Service: Service.KeyVault, IsWrite: true } => trouble is Trouble.KilledAndLate or Trouble.PausedBefore,
        { Service: Service.KeyVault, Operation: "list_secret_versions" } => IsPause,
        { Service: Service.Storage, Operation: "prove_lease" } => trouble is Trouble.PausedAfter,
        _ => false,
    };

    /// <summary>
    /// While nobody knows who we are on PlanetScale, the answer to the first creation is the only thing that says that
    /// the branch is ours. Without it, or without the note of it, the branch cannot be told from somebody else's.
    /// </summary>
    public bool LosesActor => call switch
    {
        { Operation: "create_branch" } => IsAfterEffect,
        { Operation: "remember", Nth: 1 } => trouble is Trouble.KilledBefore or Trouble.KilledAndLate or Trouble.PausedBefore,
        _ => false,
    };

    /// <summary>Until the client gives up.</summary>
    public TimeSpan Patience => TimeSpan.FromSeconds(call.Service == Service.Boards ? 101 : 31);

    private bool IsAfterEffect => trouble is Trouble.AnswerLost or Trouble.TimesOutAfterTheEffect or Trouble.KilledAfter or Trouble.PausedAfter;

    /// <summary>Queue and lease are in memory here, and fail in fewer ways.</summary>
    public static bool IsPossible(Call call, Trouble trouble) =>
        call.Service != Service.Storage || trouble is Trouble.Unavailable or Trouble.AnswerLost
            or Trouble.KilledBefore or Trouble.KilledAndLate or Trouble.KilledAfter or Trouble.PausedBefore or Trouble.PausedAfter;

    public void Plan(OutsideWorld world)
    {
        if (call.Service == Service.Storage)
        {
            world.Edge.Add(call, new StorageFault(IsAfterEffect, IsHeld ? Hold : null));
            return;
        }

        var tries = call.Service == Service.KeyVault ? OutsideWorld.VaultTries : RetryHandler.Tries;
        // What is refused for good is not tried again by itself, and waits longer each time.
        var (fault, times) = trouble switch
        {
            Trouble.TooManyRequests => (Fault.Refuse(429, body: "{}"), tries),
            Trouble.TooManyRequestsUntil => (Fault.Refuse(429, retryAfter: "90", body: "{}"), tries),
            Trouble.Forbidden => (Fault.Refuse(403, body: "{}"), 1),
            Trouble.ServerError => (Fault.Refuse(500, body: "{}"), tries),
            Trouble.Unavailable => (Fault.Refuse(503), tries),
            Trouble.BadGatewayOnce => (Fault.Refuse(502, body: "<html>Bad gateway</html>", contentType: "text/html"), 1),
            Trouble.AnswerLost => (Fault.LoseResponse(), 1),
            Trouble.Slow => (Fault.Slow(s_slow), 1),
            Trouble.TimesOut or Trouble.TimesOutAfterTheEffect => (Fault.TimeOut(IsAfterEffect, Hold), 1),
            _ => (IsAfterEffect ? Fault.HoldAnswer(Hold) : Fault.HoldRequest(Hold), 1),
        };
        world.Of(call.Service).Faults.Add(call.Operation, fault, call.Nth, times);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{trouble} at {call}");
}
