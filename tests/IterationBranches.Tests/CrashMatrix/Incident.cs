using System.Globalization;
using IterationBranches.Credentials;
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

    /// <summary>The list of a collection shows what was there five minutes ago.</summary>
    Lags,

    /// <summary>From this list on all of its kind do.</summary>
    LagsOn,

    /// <summary>Something was inserted between two pages, and what it pushed on is on the next one again.</summary>
    ShownTwice,

    /// <summary>What has been in the list for long is left out of it, as after a deletion between two pages.</summary>
    WithoutParent,
    WithoutBranch,
    WithoutRecord,
    WithoutAlias,
    WithoutCredential,

    /// <summary>As before, what is the next sprint's.</summary>
    WithoutNextBranch,
    WithoutNextRecord,
}

/// <summary>One trouble at one call.</summary>
internal sealed class Incident(Call call, Trouble trouble)
{
    public static readonly TimeSpan Late = TimeSpan.FromMinutes(7);

    private static readonly TimeSpan s_slow = TimeSpan.FromSeconds(9);
    private static readonly TimeSpan s_lag = TimeSpan.FromMinutes(5);

    public Call Call => call;

    public Trouble Trouble => trouble;

    /// <summary>How many lists in a row lag, or leave something out.</summary>
    public int InARow { get; init; } = 1;

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

    /// <summary>Until the client gives up.</summary>
    public TimeSpan Patience => TimeSpan.FromSeconds(call.Service == Service.Boards ? 101 : 31);

    private bool IsAfterEffect => trouble is Trouble.AnswerLost or Trouble.TimesOutAfterTheEffect or Trouble.KilledAfter or Trouble.PausedAfter;

    /// <summary>Whether it is only what a list shows that is wrong: nothing of a collection is consistent but what is asked for by its name or id.</summary>
    public static bool IsOfLists(Trouble trouble) => trouble >= Trouble.Lags;

    /// <summary>Whether it concerns a sprint that only some scenarios have.</summary>
    public static bool IsOfNextSprint(Trouble trouble) => trouble is Trouble.WithoutNextBranch or Trouble.WithoutNextRecord;

    public static bool IsPossible(Call call, Trouble trouble) => IsOfLists(trouble) ? IsPossibleInList(call.Operation, trouble) : IsPossibleAnywhere(call, trouble);

    private static bool IsPossibleInList(string operation, Trouble trouble) => operation switch
    {
        "list_secrets" => trouble is Trouble.Lags or Trouble.LagsOn or Trouble.ShownTwice or Trouble.WithoutRecord or Trouble.WithoutNextRecord or Trouble.WithoutAlias,
        "list_branches" => trouble is Trouble.Lags or Trouble.LagsOn or Trouble.ShownTwice or Trouble.WithoutParent or Trouble.WithoutBranch or Trouble.WithoutNextBranch,
        "list_passwords" => trouble is Trouble.Lags or Trouble.LagsOn or Trouble.ShownTwice or Trouble.WithoutCredential,
        "list_deploy_requests" => trouble is Trouble.Lags or Trouble.LagsOn,
        _ => false,
    };

    /// <summary>Queue and lease are in memory here, and fail in fewer ways.</summary>
    private static bool IsPossibleAnywhere(Call call, Trouble trouble) =>
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
            Trouble.LagsOn => (ListFaults.Lags(s_lag), int.MaxValue),
            Trouble.Lags => (ListFaults.Lags(s_lag), InARow),
            Trouble.ShownTwice => (ListFaults.Repeats(_ => true), InARow),
            _ when IsOfLists(trouble) => (ListFaults.LeavesOut(name => IsLeftOut(name, (CrashWorld)world)), InARow),
            Trouble.TimesOut or Trouble.TimesOutAfterTheEffect => (Fault.TimeOut(IsAfterEffect, Hold), 1),
            _ => (IsAfterEffect ? Fault.HoldAnswer(Hold) : Fault.HoldRequest(Hold), 1),
        };
        world.Of(call.Service).Faults.Add(call.Operation, fault, call.Nth, times);
    }

    private bool IsLeftOut(string name, CrashWorld world) => trouble switch
    {
        Trouble.WithoutParent => name == "main",
        Trouble.WithoutBranch => name.StartsWith(Stage.Sprint42, StringComparison.Ordinal),
        Trouble.WithoutNextBranch => name.StartsWith(Stage.Sprint43, StringComparison.Ordinal),
        Trouble.WithoutRecord => name == world.Secret,
        Trouble.WithoutNextRecord => name != world.Secret && name.StartsWith("br-", StringComparison.Ordinal),
        Trouble.WithoutAlias => name == CrashWorld.Alias,
        Trouble.WithoutCredential => name.StartsWith(Credential.NamePrefix, StringComparison.Ordinal) && name != Stage.Persons,
        _ => throw new ArgumentOutOfRangeException(nameof(name), trouble, "is not of a list"),
    };

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{trouble}{(InARow > 1 ? $" {InARow} times in a row" : "")} at {call}");
}
