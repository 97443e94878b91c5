using IterationBranches.Testing.Faults;

namespace IterationBranches.EndToEnd.Tests.CrashMatrix;

/// <summary>The n-th call of an operation, counted from the poll that finds the iteration.</summary>
internal sealed record Call(string Service, string Operation, int Nth, bool IsWrite)
{
    public override string ToString() => $"{Service} {Operation} #{Nth}";
}

/// <summary>What strikes the process at a call. The in-process matrix has these and more, with every call.</summary>
internal enum Trouble
{
    KilledBefore,
    KilledAfter,
    AnswerLost,

    /// <summary>Refused with all the client's own repetitions.</summary>
    Unavailable,
    ServerError,
    TooManyRequestsUntil,

    /// <summary>A proxy's page, once.</summary>
    BadGateway,

    /// <summary>SIGSTOP until the lease has run out and another process has been at work; then the request arrives.</summary>
    PausedBefore,

    /// <summary>As before, with the answer instead of the request.</summary>
    PausedAfter,
}

internal sealed class Incident(Call call, Trouble trouble)
{
    /// <summary>As many as the most patient of the clients tries: Key Vault's and the storage account's.</summary>
    private const int MostTries = 4;

    public Call Call => call;

    public Hold Hold { get; } = new();

    public bool IsPause => trouble is Trouble.PausedBefore or Trouble.PausedAfter;

    /// <summary>
    /// Key Vault has no compare-and-set: who stands still between the proof of the lease and the write, or in the write,
    /// writes after whoever took over, and the record has had two credentials.
    /// </summary>
    public bool IsLateVaultWrite => IsPause && call is { Service: "Key Vault", IsWrite: true } or { Operation: "list_secret_versions" or "renew_lease" };

    public Fault ToFault(Func<Task> kill) => trouble switch
    {
        Trouble.KilledBefore => Fault.Kill(kill, afterEffect: false),
        Trouble.KilledAfter => Fault.Kill(kill, afterEffect: true),
        Trouble.AnswerLost => Fault.LoseResponse(),
        Trouble.Unavailable => Fault.Refuse(503),
        Trouble.ServerError => Fault.Refuse(500, body: "{}"),
        Trouble.TooManyRequestsUntil => Fault.Refuse(429, retryAfter: "1", body: "{}"),
        Trouble.BadGateway => Fault.Refuse(502, body: "<html>Bad gateway</html>", contentType: "text/html"),
        Trouble.PausedBefore => Fault.HoldRequest(Hold),
        Trouble.PausedAfter => Fault.HoldAnswer(Hold),
        _ => throw new InvalidOperationException($"{trouble} is no trouble"),
    };

    public int Times => trouble is Trouble.Unavailable or Trouble.ServerError or Trouble.TooManyRequestsUntil ? MostTries : 1;

    public override string ToString() => $"{trouble} at {call}";
}
